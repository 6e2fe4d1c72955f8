/** The data model changes: beside queries, twice at once, on two servers, under a backend that is killed. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "../../helpers/server.ts";
import { assert, assertNone, type Check } from "../group.ts";
import { lint } from "../lints.ts";
import { MEMBER, type MetadataWorld } from "./world.ts";

/** Whether metadata and catalog agree, and every table is behind its policies. */
const WALLS = ["row_security", "in_workspace", "record_privileges", "kept_columns", "keys_stay_inside"];
const AGREE = ["metadata_agrees", "trash_agrees", "half_built"];
let count = 0;
const newName = () => `made${[...String(count++)].map((digit) => "abcdefghij"[Number(digit)]).join("")}z`;
const codesOf = ({ errors }: Answer<unknown>) => (errors ?? []).map(({ extensions }) => extensions.errors?.[0]?.code ?? extensions.code);

/** All that is done to company, and beside it; it leaves what it found. */
async function round({ make, objectId }: MetadataWorld): Promise<void> {
  const company = await objectId("company");
  const name = newName();
  const [field] = await make({ kind: "createField", data: { objectId: company, name, type: "NUMBER", defaultValue: 7 } });
  await make({ kind: "updateField", data: { id: field, name: `${name}x` } });
  const [object] = await make({ kind: "createObject", data: { nameSingular: name, namePlural: `${name}s` } });
  const relation = { targetObjectId: company, targetFieldName: `${name}s` };
  const [joined] = await make({ kind: "createField", data: { objectId: object, name: "owner", type: "RELATION", relation } });
  await make({ kind: "updateObject", data: { id: object, nameSingular: `${name}y`, namePlural: `${name}ys` } });
  await make({ kind: "deleteField", data: { id: joined, force: true } });
  await make({ kind: "deleteField", data: { id: field, force: true } });
  await make({ kind: "deleteObject", data: { id: object, force: true } });
}

async function racing(world: MetadataWorld): Promise<void> {
  const READ = "{ companies(first: 5) { totalCount nodes { name contacts(first: 2) { nodes { firstName company { name } } } } } }";
  const WRITE = 'mutation { createTask(data: { title: "Meanwhile" }) { title } }';
  const found: string[] = [];
  let [answers, isDone] = [0, false];
  const client = async (ask: MetadataWorld["graphql"], query: string, email?: string) => {
    while (!isDone) {
      const { status, data, errors } = await ask<Record<string, { title?: string; nodes?: unknown[] }>>(query, {}, email);
      answers++;
      const [value] = Object.values(data ?? {});
      if (status !== 200 || errors) found.push(`${status} ${JSON.stringify(errors)}`);
      else if (value?.title !== "Meanwhile" && value?.nodes?.length !== 5) found.push(`a wrong answer: ${JSON.stringify(data)}`);
    }
  };
  const clients = [
    client(world.graphql, READ),
    client(world.there, READ),
    client(world.there, WRITE, MEMBER),
    client(world.graphql, READ, "owner@acme.test"),
  ];
  try {
    for (let n = 0; n < (world.isFull ? 40 : 2); n++) await round(world);
  } finally {
    isDone = true;
    await Promise.all(clients);
  }
  world.note(`${answers} answers meanwhile`);
  assertNone(found, "clients that saw an error");
  assertNone(await lint(world.adminUrl, AGREE), "differences of metadata and catalog");
}

/** What one server has changed, the other knows at its next request: added, renamed, taken away. */
async function twoServers({ make, there, objectId, graphql, isFull }: MetadataWorld): Promise<void> {
  const company = await objectId("company");
  const [row] = (await graphql<{ companies: { nodes: { id: string }[] } }>("{ companies(first: 1) { nodes { id } } }")).data!.companies
    .nodes;
  const found: string[] = [];
  for (let n = 0; n < (isFull ? 30 : 3); n++) {
    const name = newName();
    const [id] = await make({ kind: "createField", data: { objectId: company, name, type: "TEXT" } });
    const write = (field: string, value: string) =>
      there(`mutation ($id: UUID!) { updateCompany(id: $id, data: { ${field}: "${value}" }) { ${field} } }`, { id: row!.id });
    const read = (field: string) =>
      there<{ company: Record<string, string> }>(`query ($id: UUID!) { company(filter: { id: { eq: $id } }) { ${field} } }`, {
        id: row!.id,
      });
    if ((await write(name, "there")).errors) found.push("a new field is not known at once");
    await read(name);
    await make({ kind: "updateField", data: { id, name: `${name}x` } });
    const renamed = await read(`${name}x`);
    if (renamed.data?.company?.[`${name}x`] !== "there")
      found.push(`a renamed field is not known at once: ${JSON.stringify(renamed.errors)}`);
    if (!(await read(name)).errors) found.push("a field is still known by its former name");
    await make({ kind: "deleteField", data: { id, force: true } });
    if (!(await read(`${name}x`)).errors) found.push("a deleted field is still answered");
  }
  assertNone(found, "answers from what is no more");
}

/** Twenty who make the same: one does, the others are told why not. */
async function same(world: MetadataWorld): Promise<void> {
  const name = newName();
  const version = async () =>
    Number((await world.sql<{ v: string }>("select metadata_version as v from core.workspaces where id = authz.workspace_id()"))[0]!.v);
  const before = await version();
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => world.apply({ kind: "createObject", data: { nameSingular: name, namePlural: `${name}s` } })),
  );
  const made = answers.filter(({ errors }) => !errors).length;
  const codes = answers.flatMap(codesOf);
  assertNone(
    codes.filter((code) => code !== "BUSY" && code !== "NAME_TAKEN"),
    "other refusals",
  );
  assert(made === 1, `${made} of 20 made it`);
  assert((await version()) === before + 1, "the version says that there were more changes, or fewer");
  const rows = await world.sql("select from core.objects where name_singular = $1 and workspace_id = authz.workspace_id()", [name]);
  assert(rows.length === 1, `there are ${rows.length} of them`);
}

/** Changes of many kinds at once, whose order nobody knows: each wholly or not at all. */
async function atOnce(world: MetadataWorld): Promise<void> {
  const company = await world.objectId("company");
  const before = Number(
    (await world.sql<{ v: string }>("select metadata_version as v from core.workspaces where id = authz.workspace_id()"))[0]!.v,
  );
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, n) => {
      const name = newName();
      if (n % 3 === 0) return world.apply({ kind: "createObject", data: { nameSingular: name, namePlural: `${name}s` } });
      if (n % 3 === 1) return world.apply({ kind: "createField", data: { objectId: company, name, type: "TEXT" } });
      return world.apply({ kind: "updateObject", data: { id: company, description: `At once, ${n}.` } });
    }),
  );
  assertNone(
    answers.flatMap(codesOf).filter((code) => code !== "BUSY"),
    "other refusals",
  );
  const made = answers.filter(({ errors }) => !errors).length;
  const after = Number(
    (await world.sql<{ v: string }>("select metadata_version as v from core.workspaces where id = authz.workspace_id()"))[0]!.v,
  );
  assert(made > 0 && after === before + made, `${made} changes, and the version went from ${before} to ${after}`);
  assertNone(await lint(world.adminUrl, AGREE), "differences of metadata and catalog");
}

/** The backend of a change is killed at any moment of it. */
async function killed(world: MetadataWorld): Promise<void> {
  const company = await world.objectId("company");
  let kills = 0;
  for (let n = 0; n < (world.isFull ? 200 : 12); n++) {
    const name = newName();
    const change =
      n % 2
        ? world.apply({ kind: "createObject", data: { nameSingular: name, namePlural: `${name}s` } })
        : world.apply({ kind: "createField", data: { objectId: company, name, type: "TEXT", isUnique: true } });
    await sleep(world.random(60));
    kills += (
      await world.sql(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'relata_server' and datname = current_database() and xact_start is not null",
      )
    ).length;
    const answer = await change;
    assert(answer.status < 500 || answer.status === 503, `a killed change answered ${answer.status}: ${JSON.stringify(answer.errors)}`);
  }
  world.note(`${kills} backends killed`);
  assertNone(await lint(world.adminUrl, AGREE), "differences of metadata and catalog");
  for (let n = 0; n < 50 && (await world.graphql("{ companies { totalCount } }")).errors; n++) await sleep(100);
  assert(!(await world.graphql("{ companies { totalCount } }")).errors, "the server does not come back");
}

/** While objects and fields come and go, no table is ever without its policies. */
async function neverOpen(world: MetadataWorld): Promise<void> {
  const found = new Set<string>();
  let [samples, isDone] = [0, false];
  const watch = (async () => {
    while (!isDone) {
      for (const fault of await lint(world.adminUrl, WALLS)) found.add(fault);
      samples++;
      await sleep(50);
    }
  })();
  try {
    for (let n = 0; n < (world.isFull ? 50 : 2); n++) await round(world);
    for (let n = 0; n < 3; n++) {
      const name = newName();
      await world.make({ kind: "createObject", data: { nameSingular: name, namePlural: `${name}s` } });
    }
  } finally {
    isDone = true;
    await watch;
  }
  for (const fault of await lint(world.adminUrl, WALLS)) found.add(fault);
  world.note(`${samples} samples`);
  assertNone([...found], "faults");
}

export const changes: Check<MetadataWorld>[] = [
  { id: "H136", title: "objects and fields come and go beside clients of two servers: none sees an error", run: racing },
  { id: "H138", title: "what one server changes, the other knows at its next request", run: twoServers },
  { id: "H140", title: "twenty make one object at once: one does", run: same },
  { id: "H140b", title: "changes of many kinds at once: each wholly or not at all, and counted", run: atOnce },
  { id: "H139", title: "backends killed in the middle of changes: metadata and catalog agree", run: killed },
  { id: "A9", title: "while tables come and go, none is ever without its policies", run: neverOpen },
];
