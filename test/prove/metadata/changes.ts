/** The data model changes: beside queries, twice at once, on two servers. */
import { assert, assertNone, type Check } from "../group.ts";
import { lint } from "../lints.ts";
import { AGREE, codesOf, newName, round } from "./round.ts";
import { MEMBER, type MetadataWorld } from "./world.ts";

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
  for (let n = 0; n < (isFull ? 30 : 2); n++) {
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

export const changes: Check<MetadataWorld>[] = [
  { id: "H136", title: "objects and fields come and go beside clients of two servers: none sees an error", run: racing },
  { id: "H138", title: "what one server changes, the other knows at its next request", run: twoServers },
  { id: "H140", title: "twenty make one object at once: one does", run: same },
  { id: "H140b", title: "changes of many kinds at once: each wholly or not at all, and counted", run: atOnce },
];
