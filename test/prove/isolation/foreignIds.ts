/** Foreign ids and random ones, through every place of both schemas that takes an id: no leak, no write, and no difference between the two. */
import { getIntrospectionQuery, type IntrospectionQuery } from "graphql";
import type { Workspace } from "../../bench/crm.ts";
import type { Answer } from "../../helpers/server.ts";
import { assert, assertNone, type Check } from "../group.ts";
import { type Place, SchemaReader } from "../schema.ts";
import { snapshot } from "./snapshot.ts";
import type { IsolationWorld } from "./world.ts";

const AT_ONCE = 4;
const AGAIN = 3;

const asId = (typeName: string) =>
  typeName === "UUID" ? (value: unknown) => value : typeName === "UUIDFilter" ? (value: unknown) => ({ eq: value }) : undefined;

export async function readSchema(world: IsolationWorld, path: string, { token }: Workspace): Promise<SchemaReader> {
  const { data, errors } = await world.ask<IntrospectionQuery>(path, token, getIntrospectionQuery());
  assert(data && !errors, () => `the schema of ${path} cannot be read: ${JSON.stringify(errors)}`);
  return new SchemaReader(data);
}

/** A new id of the form that ours have, of nothing. */
export const randomId = (like: string): string => {
  const hex = () => crypto.randomUUID().replaceAll("-", "");
  const [one, two] = [hex(), hex()];
  return `${like.slice(0, 13)}-${like[14]}${one.slice(0, 3)}-${like[19]}${one.slice(3, 6)}-${two.slice(0, 12)}`;
};

/** All that an answer tells, but for the id itself and what is another in each answer. */
export const told = ({ status, data, errors }: Answer, id: string): string =>
  JSON.stringify({ status, data, errors })
    .replaceAll(id, "<id>")
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uuid>")
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)/g, "<moment>")
    .replace(/[\w-]{43,}/g, "<token>")
    .replace(/-?\d+(\.\d+)?/g, (number, _fraction, at: number, whole: string) =>
      whole.slice(at - 14, at).includes("otalCount") ? number : "<n>",
    );

type Pair = { place: Place; foreign: string; random: string };

async function compare(
  world: IsolationWorld,
  path: string,
  attacker: Workspace,
  { place, foreign, random }: Pair,
): Promise<string | undefined> {
  const send = (id: string) => world.ask(path, attacker.token, place.document, place.variables(id));
  const differences = new Set<string>();
  for (let n = 0; n < AGAIN; n++) {
    const ids = n === 0 ? [foreign, random] : [foreign, randomId(foreign)];
    // Who comes first may find a name free that the second finds taken.
    const order = n % 2 ? [1, 0] : [0, 1];
    const answers: string[] = [];
    for (const at of order) {
      const answer = await send(ids[at]!);
      answers[at] = told(answer, ids[at]!);
      if (answer.status >= 500) return `${place.name} answered ${answer.status}: ${answers[at]}`;
      // What he has made under this id is his now.
      if (place.kind === "mutation" && answer.data && Object.values(answer.data)[0]) world.scanner.forgetIds([ids[at]!]);
    }
    if (answers[0] === answers[1]) return undefined;
    differences.add(`${answers[0]} and ${answers[1]}`);
  }
  return `${place.name} tells a foreign id from a random one: ${[...differences][0]}`;
}

async function attack(world: IsolationWorld, path: string): Promise<void> {
  const { attackers, victims, random } = world;
  const reader = await readSchema(world, path, attackers[0]!);
  const places = reader.places(asId);
  assert(places.length > 50, `only ${places.length} places take an id`);
  const before = await snapshot(world);
  const found: string[] = [];
  const rounds = world.isFull ? 30 : 1;
  const queue = Array.from({ length: rounds }, () => places).flat();
  let sent = 0;
  const work = async (attacker: Workspace) => {
    for (let place = queue.shift(); place; place = queue.shift()) {
      const ids = world.idsOf(victims[random(victims.length)]!);
      const foreign = ids[random(ids.length)]!;
      const fault = await compare(world, path, attacker, { place, foreign, random: randomId(foreign) });
      sent += 2;
      if (fault) found.push(fault);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => work(attackers[n % attackers.length]!)));
  world.note(`${places.length} places, ${sent} requests`);
  assertNone(found, "answers that tell");
  const after = await snapshot(world);
  assertNone(
    [...before].filter(([name, hash]) => after.get(name) !== hash).map(([name]) => name),
    "workspaces changed by others",
  );
  const alive = await Promise.all(attackers.map(({ token }) => world.ask("/graphql", token, "{ companies { totalCount } }")));
  assert(
    alive.every(({ status }) => status === 200),
    "an attacker has shut himself out, so that what he sent proves nothing",
  );
}

export const foreignIds: Check<IsolationWorld>[] = [
  {
    id: "A1",
    title: "foreign ids through every place of /graphql: no leak, no write, no difference from random ones",
    run: (world) => attack(world, "/graphql"),
  },
  { id: "A1b", title: "the same through every place of /metadata", run: (world) => attack(world, "/metadata") },
];
