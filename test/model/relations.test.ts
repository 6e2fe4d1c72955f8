/** Relations that stand, in a model: another onDelete, other targets of a morph field, and what is refused. */
import { adminQuery, useApi } from "../helpers/server.ts";
import { relata } from "./cli.ts";
import "../helpers/slow.ts";

const api = useApi();
const run = (args: string[], input = "") => relata(args, { PG_DATABASE_URL: api.adminUrl }, input);
const exported = async (workspace: string) => (await run(["model", "export", workspace])).out;
const applied = (workspace: string, model: string, ...more: string[]) => run(["model", "apply", workspace, "-", ...more], model);
const make = (name: string) => adminQuery(api.adminUrl, "select private.create_workspace($1, $1)", [name]);

const model = (maker: string, targets: string) => `relata: 1
objects:
  ship:
    namePlural: ships
    fields:
      name: { type: TEXT }
      maker: { type: RELATION, relation: { targetObject: company, targetFieldName: ships${maker} } }
      cargo:
        type: MORPH_RELATION
        relation: { targets: [${targets}] }
`;
const COMPANY = "{ targetObject: company, targetFieldName: carriers }";
const PERSON = "{ targetObject: person, targetFieldName: carriers, targetFieldLabel: Riding, targetFieldDescription: Who rides. }";
const TASK = "{ targetObject: task, targetFieldName: ships, onDelete: CASCADE, targetFieldIsActive: false }";
const NOTHING = (workspace: string) => `${workspace} has this model: no changes.`;

const next = model(", onDelete: CASCADE", `${PERSON.replace("Who rides", "Rider").replace(" }", ", onDelete: RESTRICT }")}, ${TASK}`);

it("can get another onDelete and other targets; those that it lacks stay", async () => {
  await make("first");
  expect(await applied("first", model("", `${COMPANY}, ${PERSON}`))).toMatchObject({ code: 0, err: "" });
  const done = await applied("first", next);
  expect([done.code, done.err]).toEqual([0, ""]);
  for (const line of [
    '  ~ relation ship.maker: onDelete "SET_NULL" → "CASCADE"',
    '  ~ relation ship.cargo: onDelete "SET_NULL" → "RESTRICT"',
    "  + target task of ship.cargo",
    '  ~ field person.carriers: description → "Rider."',
    "  target company of ship.cargo",
  ])
    expect(done.out.split("\n")).toContain(line);
  expect(await exported("first")).toContain("targetObject: company\n              targetFieldName: carriers");
});

it("can lose targets, and the same bytes come out of another workspace", async () => {
  const pruned = await applied("first", next, "--prune");
  expect(pruned.out).toContain("  - target company of ship.cargo");
  expect(await applied("first", next, "--prune")).toEqual({ code: 0, out: `${NOTHING("first")}\n`, err: "" });
  await make("second");
  expect(await applied("second", await exported("first"))).toMatchObject({ code: 0, err: "" });
  expect(await exported("second")).toBe(await exported("first"));
  expect((await applied("first", await exported("second"))).out).toContain(NOTHING("first"));
});

it.each<[string, string, RegExp]>([
  [
    "another type",
    ", type: ONE_TO_ONE",
    /relation\.type: The relation ship\.maker keeps its type, "MANY_TO_ONE"\. Remove it and create another/,
  ],
  ["a junction", ", junctionName: yard", /relation\.junctionName: /],
  ["an onDelete that there is not", ", onDelete: EXPLODE", /onDelete: onDelete is SET_NULL, CASCADE or RESTRICT/],
])("cannot give a relation %s, and says what to do", async (_what, maker, sentence) => {
  const { code, out, err } = await applied("second", model(maker, TASK));
  expect([code, out, err]).toEqual([1, "", expect.stringMatching(sentence)]);
});

it("lets what targets are called follow their objects", async () => {
  const named = (object: string, more = "") => `relata: 1
objects:
  ${object}:
    namePlural: ${object}s
${more}    fields:
      name: { type: TEXT }
  ship:
    namePlural: ships
    fields:
      name: { type: TEXT }
      cargo: { type: MORPH_RELATION, relation: { targets: [{ targetObject: ${object}, targetFieldName: ships }, ${COMPANY}] } }
`;
  await make("third");
  expect(await applied("third", named("crate"))).toMatchObject({ code: 0, err: "" });
  const next = named("box", "    renamedFrom: crate\n");
  expect(await applied("third", next)).toMatchObject({ code: 0, err: "" });
  expect(await applied("third", next)).toMatchObject({ out: `${NOTHING("third")}\n` });
});
