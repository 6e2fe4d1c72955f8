/** Operations that are too deep, too wide, too long or made at random; injections in every text. */
import { getIntrospectionQuery, type IntrospectionQuery } from "graphql";
import { ATTACKS } from "../../adversarial.ts";
import { makeOperations } from "../../graphql/operations.ts";
import { assert, assertNone, type Check } from "../group.ts";
import { SchemaReader } from "../schema.ts";
import { type Body, faultOf } from "./faultOf.ts";
import { type AbuseWorld, OWNER } from "./world.ts";

const AT_ONCE = 4;
async function all<T>(list: readonly T[], one: (item: T) => Promise<void>): Promise<void> {
  const queue = [...list];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await one(item);
    }),
  );
}

async function attacks(world: AbuseWorld): Promise<void> {
  const found: string[] = [];
  for (const { name, body, codes } of ATTACKS) {
    const { status, text } = await world.send("/graphql", body);
    const { data, errors } = JSON.parse(text) as Body;
    const told = (errors ?? []).map(({ extensions }) => String(extensions?.code));
    const hasData = Object.values(data ?? {}).some((value) => value !== null);
    if (status >= 500 || hasData || !told.length || told.some((code) => !codes.includes(code)))
      found.push(`${name}: ${status} ${hasData ? "with data" : ""} ${told.slice(0, 3)}`);
  }
  world.note(`${ATTACKS.length} attacks`);
  assertNone(found, "attacks that were not refused");
  await world.assertWell();
}

async function introspect(world: AbuseWorld, path: string): Promise<IntrospectionQuery> {
  const { data, errors } = await world.ask<IntrospectionQuery>(path, await world.tokenOf(OWNER), getIntrospectionQuery());
  assert(data, () => `the schema of ${path} cannot be read: ${JSON.stringify(errors)}`);
  return data;
}

async function fuzz(world: AbuseWorld): Promise<void> {
  const found: string[] = [];
  let answered = 0;
  const count = world.isFull ? 10_000 : 250;
  for (const path of ["/graphql", "/metadata"]) {
    const [row] = await world.sql<{ id: string }>("select id from company limit 1");
    const operations = makeOperations(await introspect(world, path), world.random, [row!.id, "00000000-0000-0000-0000-000000000000"]);
    await all(
      Array.from({ length: count }, () => operations.next()),
      async (query) => {
        const { status, text } = await world.send(path, JSON.stringify({ query }));
        const fault = faultOf(status, text);
        if (fault) found.push(`${fault} of ${query.slice(0, 200)}`);
        if (Object.values((JSON.parse(text) as Body).data ?? {}).some((value) => value !== null)) answered++;
      },
    );
  }
  world.note(`${2 * count} operations, ${answered} answered`);
  assertNone(found, "faults");
  assert(answered > count / 10, "next to nothing came through: little was proven");
  await world.assertWell();
}

const INJECTIONS = [
  "'; drop table company; --",
  "UTC'; select pg_sleep(5); --",
  '") or 1=1 --',
  "\\'; delete from company; --",
  "$$; drop table company; $$",
  "%I %L %s",
  "\u0000",
  "a\r\nX-Injected: yes",
  "$x$; select 1; $x$",
  "__proto__",
  "\ud800",
  "(a+)+$",
  "x".repeat(20_000),
];

/** Each payload in each place of both schemas that takes a text. */
async function injections(world: AbuseWorld): Promise<void> {
  const found: string[] = [];
  const count = () => world.sql<{ n: number }>("select count(*)::int as n from person");
  const before = (await count())[0]!.n;
  let sent = 0;
  for (const path of ["/graphql", "/metadata"]) {
    const reader = new SchemaReader(await introspect(world, path));
    const places = reader.places(
      (name) => (name === "String" ? (value) => value : name === "StringFilter" ? (value) => ({ eq: value }) : undefined),
      ["query"],
    );
    const mutations = reader
      .places((name) => (name === "String" ? (value) => value : undefined), ["mutation"])
      .filter(({ root }) => !/signOut|deleteUser|leave/.test(root));
    await all([...places, ...mutations], async (place) => {
      for (const payload of world.isFull ? INJECTIONS : [INJECTIONS[world.random(INJECTIONS.length)]!]) {
        sent++;
        const startedAt = performance.now();
        const { status, text } = await world.send(path, JSON.stringify({ query: place.document, variables: place.variables(payload) }));
        const fault = faultOf(status, text) ?? (performance.now() - startedAt > 4500 ? "it slept" : undefined);
        if (fault) found.push(`${place.name} with ${payload.slice(0, 40)}: ${fault}`);
      }
    });
  }
  world.note(`${sent} places`);
  assertNone(found, "texts that did something");
  assert((await count())[0]!.n >= before, "records are gone");
  await world.assertWell();
}

export const operations: Check<AbuseWorld>[] = [
  { id: "C38", title: "too deep, too many, too long, in circles: refused by its code", run: attacks },
  { id: "C35", title: "operations made from both schemas at random, valid and broken: no fault of the server's", run: fuzz },
  { id: "C37", title: "injections in every text of both schemas: none does anything", run: injections },
];
