/** A workspace's data model as a file: exported, planned and applied to another workspace. */
import { adminQuery, useApi } from "../helpers/server.ts";
import { relata } from "./cli.ts";
import "../helpers/slow.ts";

const api = useApi();
const run = (args: string[], input = "") => relata(args, { PG_DATABASE_URL: api.adminUrl }, input);
const exported = async (workspace: string) => (await run(["model", "export", workspace])).out;
const applied = (workspace: string, model: string, ...more: string[]) => run(["model", "apply", workspace, "-", ...more], model);

/** A workspace as it comes. */
const make = (name: string) => adminQuery(api.adminUrl, "select private.create_workspace($1, $1)", [name]);
const apply = (changes: { kind: string; data: object }[]) =>
  adminQuery(
    api.adminUrl,
    "select core.apply_changes($1) from (select set_config('relata.permissions', '*', false)) x",
    [JSON.stringify(changes)],
    "acme",
  );

const EMPTY = `relata: 1
objects: {}
`;

/** Everything that a model can say, as far as types and relations go. */
async function shapeAcme(): Promise<void> {
  const changes: { kind: string; data: object }[] = [];
  const change = (kind: string, data: object) => void changes.push({ kind, data });
  change("createObject", {
    nameSingular: "rocket",
    namePlural: "rockets",
    labelPlural: "Rockets, all",
    description: "It's: #1\n@no tag",
    icon: "Icon",
  });
  const field = (name: string, type: string, more: object = {}) => change("createField", { objectId: "rocket", name, type, ...more });
  field("stage", "SELECT", {
    options: [{ value: "NEW" }, { value: "OFF", label: "Off: gone" }, { value: "A_B", color: "red" }, { value: "TRUE" }],
    defaultValue: "NEW",
    isNullable: false,
  });
  field("mass", "NUMBER", { settings: { dataType: "bigint" }, label: "Mass: kg" });
  field("price", "NUMERIC", { defaultValue: 1.5, isNullable: false });
  field("code", "TEXT", { isUnique: true, settings: { isCaseInsensitive: true }, description: "null" });
  field("launched", "DATE_TIME", { defaultValue: "now" });
  field("day", "DATE");
  field("isReady", "BOOLEAN", { defaultValue: false, isNullable: false });
  field("token", "UUID", { defaultValue: "uuid" });
  field("maker", "RELATION", {
    relation: { targetObject: "company", targetFieldName: "rockets", targetFieldLabel: "Ships", onDelete: "CASCADE" },
  });
  field("parent", "RELATION", { relation: { targetObject: "rocket", targetFieldName: "parts" } });
  field("hidden", "TEXT");
  for (const type of ["ADDRESS", "CURRENCY", "EMAILS", "FULL_NAME", "LINKS", "PHONES", "RATING", "RAW_JSON", "RICH_TEXT"]) {
    field(`the${type.charAt(0)}${type.slice(1).replace("_", "").toLowerCase()}`, type);
  }
  field("files", "FILES", { settings: { maxNumberOfValues: 3 } });
  field("tags", "ARRAY", { settings: { maxNumberOfValues: 5 } });
  field("moods", "MULTI_SELECT", { options: [{ value: "B" }, { value: "A", color: "blue" }], defaultValue: ["A"] });
  field("captain", "RELATION", { relation: { targetObject: "person", targetFieldName: "command", type: "ONE_TO_ONE" } });
  field("crew", "RELATION", { relation: { targetObject: "person", targetFieldName: "voyages", type: "MANY_TO_MANY" } });
  field("friends", "RELATION", {
    relation: { targetObject: "rocket", targetFieldName: "befriended", type: "MANY_TO_MANY", junctionName: "friendship" },
  });
  field("cargo", "MORPH_RELATION", {
    relation: {
      targets: [
        { targetObject: "opportunity", targetFieldName: "carriers", onDelete: "CASCADE" },
        { targetObject: "company", targetFieldName: "carriers", targetFieldLabel: "Carried by" },
      ],
    },
  });
  field("dear", "NUMERIC", { settings: { formula: { op: "add", args: [{ field: "price" }, 1] } } });
  field("allOf", "NUMERIC", { settings: { formula: { op: "multiply", args: [{ field: "dear" }, 2] } } }); // made of one that stands behind it
  field("partsWorth", "NUMERIC", { settings: { rollup: { relation: "parts", function: "sum", field: "price" } } });
  change("createRule", {
    objectId: "rocket",
    name: "isPaid",
    message: "Nothing is free.",
    expression: { op: "greater", args: [{ field: "price" }, 0] },
  });
  change("createIndex", { objectId: "rocket", fields: [{ fieldId: "rocket.stage" }, { fieldId: "rocket.day" }] });
  change("createIndex", { objectId: "rocket", fields: [{ fieldId: "rocket.theAddress", part: "addressCity" }] });
  change("createField", { objectId: "friendship", name: "since", type: "DATE" });
  change("updateField", { id: "noteTarget.targetRocket", label: "About" });
  change("updateField", { id: "rocket.hidden", isActive: false });
  change("updateField", { id: "company.rockets", description: "What they made." });
  change("updateObject", { id: "rocket", labelField: "code", searchFields: ["code", "name"] });
  change("deleteField", { id: "project.budget" });
  change("createField", { objectId: "company", name: "motto", type: "TEXT", defaultValue: "yes" });
  change("updateField", { id: "company.industry", label: "Branch" });
  change("updateField", { id: "company.createdAt", label: "Since" });
  change("updateField", { id: "company.address", isActive: false });
  change("updateObject", { id: "person", labelPlural: "Folks" });
  change("updateObject", { id: "note", isActive: false });
  await apply(changes);
}

it("can export a workspace, apply it to an empty one, and export the same bytes", async () => {
  await shapeAcme();
  await make("empty");
  expect(await exported("empty")).toContain("objects: {}");
  const acme = await exported("acme");
  expect(acme).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-|\d{4}-\d\d-\d\d/); // neither ids nor times
  const plan = await run(["model", "plan", "empty", "-"], acme);
  expect([plan.code, plan.err]).toEqual([2, ""]);
  expect(await exported("empty")).toContain("objects: {}");
  expect(await applied("empty", acme)).toMatchObject({ code: 0, err: "" });
  expect(await exported("empty")).toBe(acme);
  expect(await exported("acme")).toBe(acme);
});

it("changes nothing a second time", async () => {
  const acme = await exported("acme");
  const version = () => adminQuery(api.adminUrl, "select metadata_version from core.workspaces where subdomain = 'empty'");
  const before = await version();
  expect(await applied("empty", acme)).toEqual({ code: 0, out: "empty has this model: no changes.\n", err: "" });
  expect(await run(["model", "plan", "empty", "-"], acme)).toEqual({ code: 0, out: "empty has this model: no changes.\n", err: "" });
  expect(await version()).toEqual(before);
});

it("can tell a plan: the changes in words, tables, locks, API and access", async () => {
  const model = `relata: 1
objects:
  company:
    fields:
      industry: { label: Trade }
      rating: { type: SELECT, options: [A, B] }
  planet:
    namePlural: planets
    fields:
      name: { type: TEXT }
`;
  const { code, out } = await run(["model", "plan", "globex", "-"], model);
  expect(code).toBe(2);
  for (const line of [
    "globex: apply would make these changes",
    "  + object planet",
    "  + field company.rating (SELECT: A, B)",
    '  ~ field company.industry: label "Industry" → "Trade"',
    "  planet is created",
    "  company: no reads and writes meanwhile",
    "  + Company.rating",
    "  + CompanyRatingEnum.A",
    "  + Query.planets",
    "  + relata_member may insert company.rating",
  ])
    expect(out.split("\n")).toContain(line);
  expect(out).not.toContain("motto"); // what another workspace has
});

it("keeps what the model lacks, and deletes it with --prune; undo brings it back", async () => {
  await make("pruned");
  await applied("pruned", await exported("acme"));
  const kept = await applied("pruned", EMPTY);
  expect([kept.code, kept.err]).toEqual([0, ""]);
  expect(kept.out).toContain("--prune deletes them:\n  field company.motto\n");
  expect(kept.out).toContain("object rocket");
  // No overrides, but what the relations that stay brought to others' index views.
  const left = ["company", "friendship", "opportunity", "person", "project", "rocket"];
  expect((await exported("pruned")).match(/^ {2}\w+:/gm)).toEqual(left.map((name) => `  ${name}:`));
  expect(await applied("pruned", EMPTY, "--prune")).toMatchObject({ code: 0, err: "" });
  expect(await exported("pruned")).toContain("objects: {}");
  expect(await applied("pruned", EMPTY, "--prune")).toMatchObject({ code: 0, out: "pruned has this model: no changes.\n" });
});

it("can write formulas and rules as people read them, and change them", async () => {
  const model = (formula: string, message: string) => `relata: 1
objects:
  deal:
    namePlural: deals
    fields:
      name: { type: TEXT }
      amount: { type: NUMERIC }
      fee: { type: NUMERIC, settings: { formula: ${formula} } }
    rules:
      isPaid: { expression: amount > 0, message: ${message} }
    indexes:
      - { fields: [amount, name] }
      - { fields: [name], isUnique: true }
`;
  await make("ruled");
  const made = await applied("ruled", model("amount * 0.1", "Pay!"));
  expect([made.code, made.err]).toEqual([0, ""]);
  for (const line of ["  + rule deal.isPaid", "  + index (amount, name) of deal", "  + unique index (name) of deal"])
    expect(made.out.split("\n")).toContain(line);
  expect(await applied("ruled", model("amount * 0.1", "Pay!"))).toMatchObject({ out: "ruled has this model: no changes.\n" });
  expect(await applied("ruled", await exported("ruled"))).toMatchObject({ out: "ruled has this model: no changes.\n" });
  const next = model("amount * 0.2", "Do pay.").replace("      - { fields: [amount, name] }\n", "");
  const changed = await applied("ruled", next, "--prune");
  expect([changed.code, changed.err]).toEqual([0, ""]);
  for (const line of ["  ~ rule deal.isPaid: message", "  - index (amount, name) of deal"]) expect(changed.out.split("\n")).toContain(line);
  expect(await applied("ruled", next)).toMatchObject({ out: "ruled has this model: no changes.\n" });
});

const names = (model: string, ...pairs: [string | RegExp, string][]) =>
  pairs.reduce((text, [from, to]) => text.replaceAll(from as string, to), model);

it("deletes a many-to-many with what its junction has of its own", async () => {
  const model = (fields: string) => `relata: 1
objects:
  ship: { namePlural: ships, fields: { name: { type: TEXT }${fields} } }
`;
  const friends =
    ", friends: { type: RELATION, relation: { targetObject: ship, targetFieldName: befriended, type: MANY_TO_MANY, junctionName: bond } }";
  await make("joined");
  expect(await applied("joined", `${model(friends)}  bond: { labelSingular: Tie, fields: { since: { type: DATE } } }\n`)).toMatchObject({
    code: 0,
    err: "",
  });
  expect(await exported("joined")).toContain("  bond:\n    labelSingular: Tie\n    fields:\n      since:\n        type: DATE\n");
  expect(await applied("joined", model(""), "--prune")).toMatchObject({ code: 0, err: "" });
  expect(await exported("joined")).not.toMatch(/bond|friends|since/);
});

it("can rename objects, fields and options, and keeps their records", async () => {
  const model = `relata: 1
objects:
  ship:
    namePlural: ships
    fields:
      name: { type: TEXT }
      state: { type: SELECT, options: [NEW, OLD] }
      owner: { type: RELATION, relation: { targetObject: company, targetFieldName: ships } }
`;
  await make("renamed");
  expect(await applied("renamed", model)).toMatchObject({ code: 0, err: "" });
  const sql = (text: string) => adminQuery(api.adminUrl, text, [], "renamed");
  await sql("insert into company (name) values ('Acme')");
  await sql("insert into ship (name, state, owner_id) select 'Ariane', 'OLD', id from company");
  const other = names(
    model,
    ["  ship:", "  boat:\n    renamedFrom: ship"],
    ["namePlural: ships", "namePlural: boats"],
    ["state: {", "phase: { renamedFrom: state,"],
    ["OLD", "{ value: GONE, renamedFrom: OLD }"],
    ["targetFieldName: ships", "targetFieldName: boats"],
  );
  const done = await applied("renamed", other);
  expect([done.code, done.err]).toEqual([0, ""]);
  expect(await sql("select b.name, b.phase, c.name as owner from boat b join company c on c.id = b.owner_id")).toEqual([
    { name: "Ariane", phase: "GONE", owner: "Acme" },
  ]);
  expect(await applied("renamed", other)).toMatchObject({ code: 0, out: "renamed has this model: no changes.\n" });
  expect(await exported("renamed")).toContain("  boat:\n    namePlural: boats\n    fields:\n      name:\n        type: TEXT\n      owner:");
});

it("can name an object's records by another field than name", async () => {
  const model = `relata: 1
objects:
  pair:
    namePlural: pairs
    labelField: code
    searchFields: [code]
    fields:
      code: { type: TEXT }
  tally:
    namePlural: tallies
    fields:
      name: { type: NUMBER }
    searchFields: []
`;
  await make("labels");
  expect(await applied("labels", model)).toMatchObject({ code: 0, err: "" });
  expect(await applied("labels", await exported("labels"))).toMatchObject({ out: "labels has this model: no changes.\n" });
});

/** Broken and hostile files: what is said, and where. */
const BAD: [string, string, RegExp][] = [
  ["no YAML", "relata: 1\nobjects: {", /^-:2: This is no YAML: /],
  ["a key twice", "relata: 1\nobjects:\n  a: {}\n  a: {}\n", /^-:4: This is no YAML: Map keys must be unique/],
  ["nothing", "", /^-:1: This is a map of keys and values\./],
  ["a list", "- 1\n", /^-:1: This is a map/],
  ["another form", "relata: 2\nobjects: {}\n", /^-:1: relata: This is 1: the only form/],
  ["no form", "objects: {}\n", /^-:1: A model begins with relata: 1\./],
  ["an unknown key", "relata: 1\nobjects:\n  company:\n    colour: red\n", /^-:4: objects\.company\.colour: There is no such key here/],
  [
    "a wrong type",
    "relata: 1\nobjects:\n  company:\n    fields:\n      motto:\n        type: TEXT\n        label: [1]\n",
    /^-:7: objects\.company\.fields\.motto\.label: This is a text\./,
  ],
  [
    "a hostile name",
    'relata: 1\nobjects:\n  "x\'; drop schema core; --": { namePlural: ys }\n',
    /^-:3: objects\.x'; drop schema core; --: A name is camelCase/,
  ],
  ["__proto__", "relata: 1\nobjects:\n  __proto__: { namePlural: ys }\n", /^-:3: objects\.__proto__: A name is camelCase/],
  [
    "a bomb",
    `relata: 1\na: &a [1,1]\n${"bcdefghij"
      .split("")
      .map((x, i) => `${x}: &${x} [${Array(9).fill(`*${"abcdefghij"[i]}`).join(",")}]`)
      .join("\n")}\n`,
    /^-:1: This is no YAML that can be read/,
  ],
  ["a tag", "relata: 1\nobjects: !!js/function x\n", /^-:2: This is no YAML: Unresolved tag/],
  ["no plural", "relata: 1\nobjects:\n  planet: {}\n", /^-:3: objects\.planet: A new object has a namePlural\./],
  [
    "no field type",
    "relata: 1\nobjects:\n  company:\n    fields:\n      motto: { isUnique: true }\n",
    /^-:5: objects\.company\.fields\.motto: A new field has a type/,
  ],
  [
    "a strange type",
    "relata: 1\nobjects:\n  company:\n    fields:\n      motto: { type: FLOAT }\n",
    /^-:5: objects\.company\.fields\.motto\.type: There is no such field type\./,
  ],
  [
    "another type",
    "relata: 1\nobjects:\n  company:\n    fields:\n      industry: { type: NUMBER }\n",
    /^-:5: objects\.company\.fields\.industry\.type: A field keeps its type, TEXT/,
  ],
  [
    "a lost target",
    "relata: 1\nobjects:\n  company:\n    fields:\n      moon: { type: RELATION, relation: { targetObject: moon, targetFieldName: x } }\n",
    /^-:5: objects\.company\.fields\.moon\.relation\.targetObject: There is no object moon\./,
  ],
  ["a reserved name", "relata: 1\nobjects:\n  query: { namePlural: queries }\n", /^-:3: objects\.query: The name query is reserved\./],
  [
    "a bad default",
    "relata: 1\nobjects:\n  company:\n    fields:\n      n: { type: NUMBER, defaultValue: many }\n",
    /^-:5: objects\.company\.fields\.n\.defaultValue: The default value does not fit/,
  ],
  [
    "a bad option",
    "relata: 1\nobjects:\n  company:\n    fields:\n      n:\n        type: SELECT\n        options: [a]\n",
    /^-:7: objects\.company\.fields\.n\.options\.value: An option's value is UPPER_SNAKE_CASE/,
  ],
  [
    "an endless number",
    "relata: 1\nobjects:\n  company:\n    fields:\n      n: { type: NUMBER, defaultValue: .inf }\n",
    /^-:5: objects\.company\.fields\.n\.defaultValue: This is no number/,
  ],
  [
    "one fault behind good changes",
    "relata: 1\nobjects:\n  planet: { namePlural: planets }\n  moon: { namePlural: planets }\n",
    /^-:4: objects\.moon\.namePlural: This workspace already has an object called planets\./,
  ],
];

it.each(BAD)("cannot apply %s: one sentence with the line, exit code 1, and nothing changed", async (_what, model, sentence) => {
  const state = () =>
    adminQuery(
      api.adminUrl,
      "select metadata_version, (select count(*) from core.changes c where c.workspace_id = w.id) from core.workspaces w where subdomain = 'globex'",
    );
  const before = await state();
  const { code, out, err } = await applied("globex", model);
  expect([code, out, err]).toEqual([1, "", expect.stringMatching(sentence)]);
  expect(err).not.toMatch(/\n\s+at |Error:/);
  expect(await state()).toEqual(before);
});

it("tells all faults of a file at once", async () => {
  const { err } = await applied("globex", "relata: 1\nobjects:\n  a: { b: 1 }\n  c: { icon: 2 }\n");
  expect(err.trim().split("\n")).toEqual([
    expect.stringMatching(/^-:3: objects\.a\.b: /),
    expect.stringMatching(/^-:4: objects\.c\.icon: /),
  ]);
});

it("cannot find a workspace or a file that is not there", async () => {
  expect(await run(["model", "export", "nobody"])).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^There is no workspace nobody\. There are: acme, /),
  });
  expect(await run(["model", "plan", "acme", "/no/such.yaml"])).toEqual({
    code: 1,
    out: "",
    err: "/no/such.yaml cannot be read (ENOENT).\n",
  });
  expect(await run(["model", "plan", "acme"])).toEqual({ code: 1, out: "", err: "This needs a workspace and a file.\n" });
  expect(await run(["model"])).toMatchObject({ code: 1, err: expect.stringContaining("model export <workspace>") });
});

it("reads past the lines that npm puts before an export", async () => {
  const banner = "\n> relata@0.1.0 relata\n> node src/cli.ts model export acme\n\n";
  expect(await applied("empty", banner + (await exported("acme")))).toMatchObject({ out: "empty has this model: no changes.\n" });
  expect((await applied("empty", `${banner}relata: 1\nobjects:\n  a: { b: 1 }\n`)).err).toMatch(/^-:7: /);
});

it("shows what was applied at the next request", async () => {
  const model = `relata: 1\nobjects:\n  comet: { namePlural: comets, fields: { name: { type: TEXT } } }\n`;
  expect(await applied("globex", model)).toMatchObject({ code: 0 });
  const { data } = await api.graphql<{ comets: { totalCount: number } }>("{ comets { totalCount } }", {}, "owner@globex.test");
  expect(data!.comets.totalCount).toBe(0);
  const [made] = await adminQuery<{ actor_source: string; actor_name: string }>(
    api.adminUrl,
    "select actor_source, actor_name from core.changes where kind = 'createObject' and data ->> 'nameSingular' = 'comet'",
  );
  expect(made).toEqual({ actor_source: "SYSTEM", actor_name: expect.any(String) });
});
