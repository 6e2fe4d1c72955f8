/** Names and texts of somebody who means harm, models of any size, and rights that names must not bring along. */
import { errorCodes } from "../../../src/errors.ts";
import { TEXTS } from "../../metadata/hostileInput.ts";
import { assert, assertNone, type Check } from "../group.ts";
import { lint } from "../lints.ts";
import { type Change, MEMBER, type MetadataWorld } from "./world.ts";

const KNOWN = new Set<string>([...errorCodes, "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"]);
for (const code of ["INTERNAL_ERROR", "UNAVAILABLE", "QUERY_TIMEOUT"]) KNOWN.delete(code);
const MORE = [
  "__typename",
  "__schema",
  "pg_catalog",
  "pgClass",
  "x".repeat(63),
  "x".repeat(64),
  "é".repeat(40),
  "company",
  "Company",
  "cоmpany",
  "people",
  "edges",
  "nodes",
  "pageInfo",
  "totalCount",
  "id",
  "deletedAt",
  "createdBy",
  "searchVector",
  "constructor",
  "toString",
];
const PLAN = "mutation ($changes: [ChangeInput!]!) { planChanges(changes: $changes) { isPlan } }";

/** Every text, in every place where a change takes one. */
async function hostile(world: MetadataWorld): Promise<void> {
  const objectId = await world.objectId("company");
  const untouched = () =>
    world.sql(
      `select (select md5(string_agg(r::text, ',' order by oid)) from pg_roles r where rolname like 'relata%') as roles, (select count(*)::int from company) as companies,
              (select md5(string_agg(p.oid::regprocedure || p.prosrc, ',' order by p.oid)) from pg_proc p where pronamespace > 16000) as functions`,
    );
  const before = JSON.stringify(await untouched());
  const texts = [...new Set([...TEXTS, ...MORE])];
  const places: ((text: string, n: number) => Change)[] = [
    (text) => ({ kind: "createObject", data: { nameSingular: text, namePlural: `${text}s` } }),
    (text) => ({ kind: "createObject", data: { nameSingular: "hostileOne", namePlural: text } }),
    (text) => ({
      kind: "createObject",
      data: { nameSingular: "hostileTwo", namePlural: "hostileTwos", labelSingular: text, description: text, icon: text },
    }),
    (text) => ({ kind: "createField", data: { objectId, name: text, type: "TEXT" } }),
    (text) => ({
      kind: "createField",
      data: { objectId, name: "hostileField", type: "TEXT", label: text, description: text, defaultValue: text },
    }),
    (text) => ({ kind: "createField", data: { objectId, name: "hostileChoice", type: "SELECT", options: [{ value: text, label: text }] } }),
    (text) => ({ kind: "createField", data: { objectId, name: "hostileKind", type: text, settings: { [text]: text } } }),
    (text) => ({
      kind: "createField",
      data: { objectId, name: "hostileLink", type: "RELATION", relation: { targetObjectId: objectId, targetFieldName: text } },
    }),
    (text) => ({ kind: "updateObject", data: { id: objectId, nameSingular: text, searchFields: [text] } }),
    (text) => ({ kind: text, data: { [text]: text } }),
  ];
  const found: string[] = [];
  const queue = texts.flatMap((text, n) => places.filter((_, at) => world.isFull || (at + n) % 6 === 0).map((place) => place(text, n)));
  const sent = queue.length;
  let taken = 0;
  for (let change = queue.shift(); change; change = queue.shift()) {
    const { status, errors } = await world.metadata(PLAN, { changes: [change] });
    const strange = (errors ?? []).map(({ extensions }) => extensions.code).filter((code) => !KNOWN.has(code));
    if (status >= 500 || strange.length) found.push(`${status} ${strange} of ${JSON.stringify(change)}`);
    if (!errors) taken++;
  }
  world.note(`${sent} changes, ${taken} taken`);
  assertNone(found, "faults");
  assert(taken > sent / 20, "next to nothing was taken: little was proven");
  assert(JSON.stringify(await untouched()) === before, "a change has reached what no change may");
  assertNone(await lint(world.adminUrl, ["metadata_agrees", "trash_agrees"]), "differences of metadata and catalog");
}

/** A model that is large is built, and answers. */
async function large(world: MetadataWorld): Promise<void> {
  const [objects, fields] = world.isFull ? [200, 300] : [10, 100];
  const [id] = await world.make({ kind: "createObject", data: { nameSingular: "giant", namePlural: "giants" } });
  const name = (prefix: string, n: number) => `${prefix}${[...String(n)].map((digit) => "abcdefghij"[Number(digit)]).join("")}z`;
  for (let n = 0; n < fields; n += 50)
    await world.make(
      ...Array.from({ length: 50 }, (_, k) => ({ kind: "createField", data: { objectId: id, name: name("wide", n + k), type: "TEXT" } })),
    );
  await world.make(
    ...Array.from({ length: objects }, (_, n) => ({
      kind: "createObject",
      data: { nameSingular: name("many", n), namePlural: `${name("many", n)}s` },
    })),
  );
  const options = Array.from({ length: 500 }, (_, n) => ({ value: `V${n}` }));
  await world.make({ kind: "createField", data: { objectId: id, name: "choice", type: "SELECT", options } });
  const startedAt = performance.now();
  const { errors } = await world.there(
    `mutation { createGiant(data: { name: "x", ${name("wide", 7)}: "y", choice: V499 }) { id choice } }`,
  );
  assert(!errors, () => JSON.stringify(errors));
  world.note(
    `first answer of the other server after ${Math.round(performance.now() - startedAt)} ms, of ${objects} more objects and ${fields} fields`,
  );
}

/** A name that comes again brings no right with it that was given on what bore it before. */
async function names(world: MetadataWorld): Promise<void> {
  const [role] = await world.sql<{ id: string; permissions: string[] }>(
    "select id, permissions from core.roles where name = 'MEMBER' and workspace_id = authz.workspace_id()",
  );
  try {
    const data = { nameSingular: "vault", namePlural: "vaults" };
    const [first] = await world.make({ kind: "createObject", data });
    const update = "mutation ($id: UUID!, $data: UpdateRoleInput!) { updateOneRole(id: $id, data: $data) { id } }";
    const granted = await world.metadata(update, { id: role!.id, data: { permissions: ["companies.read", "vaults.read"] } });
    assert(!granted.errors, () => JSON.stringify(granted.errors));
    const reads = async () => {
      const { data: told, errors } = await world.graphql<{ vaults: { totalCount: number } }>("{ vaults { totalCount } }", {}, MEMBER);
      return errors ? "refused" : told!.vaults.totalCount;
    };
    await world.graphql('mutation { createVault(data: { name: "first" }) { id } }');
    assert((await reads()) === 1, "the right does not work: nothing was proven");
    await world.make({ kind: "deleteObject", data: { id: first, force: true } });
    await world.make({ kind: "createObject", data });
    await world.graphql('mutation { createVault(data: { name: "second" }) { id } }');
    const seen = await reads();
    assert(seen === "refused" || seen === 0, `an object of the same name is read by a right on the former: ${seen}`);
  } finally {
    await world.sql("update core.roles set permissions = $2 where id = $1", [role!.id, role!.permissions]);
  }
}

export const nameChecks: Check<MetadataWorld>[] = [
  {
    id: "H141",
    title: "hostile names and texts in every place of a change: refused or taken as they are, and nothing else happens",
    run: hostile,
  },
  { id: "H142", title: "a large model is built and answers", run: large },
  { id: "B28", title: "a name that comes again brings no right along", run: names },
];
