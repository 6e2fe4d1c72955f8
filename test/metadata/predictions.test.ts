/**
 * A plan says what will be: for each sort of change, what planChanges tells is what
 * applyChanges then does, and what others see of it: the API by introspection, tables,
 * locks and grants in the catalog. Planning changes nothing, undoing leaves what was.
 */
import { allCases, type Change, type Done, Model, type Report, type Tried } from "../changeCases.ts";
import { DISAGREEMENTS } from "../db/support.ts";
import { useApi } from "../helpers/server.ts";
import { accessOf, apiOf, differenceOf, dumpOf, Measuring, tablesChanged, tablesOf } from "./measured.ts";
import "../helpers/slow.ts";

const api = useApi();
const db = new Measuring(api);
const model = new Model(
  (changes) => db.apply(changes),
  (text, values) => db.asOwner((client) => client.query(text, values).then(({ rows }) => rows)),
  (text) => db.asAdministrator((client) => client.query(text)),
);
afterAll(() => db.close());

const ANSWER =
  "{ isPlan changes { id kind changeId } report { tables { table effect rows } locks { table mode blocks } api { added removed } access { added removed } } }";

async function ask(tried: Tried, isPlan: boolean): Promise<Done> {
  const [name, args, variables] =
    "undo" in tried
      ? ["undoChange", `id: "${tried.undo}", plan: ${isPlan}`, {}]
      : [isPlan ? "planChanges" : "applyChanges", "changes: $changes", { changes: tried }];
  const query = `mutation ${"undo" in tried ? "" : "($changes: [ChangeInput!]!)"} { ${name}(${args}) ${ANSWER} }`;
  const { data, errors } = await api.metadata<Record<string, Done>>(query, variables);
  expect(errors).toBeUndefined();
  return data![name as string]!;
}

/** What anybody can see of a workspace, but for what the report is about. */
const look = async () => ({ api: await apiOf(api), tables: await tablesOf(api), access: await accessOf(api), dump: await dumpOf(api) });
const names = (changes: Change[]) => changes.map(({ kind }) => kind);

/** A sixth of them; all of them, and so every kind (kill.test.ts), with RELATA_ALL_CASES, as npm run test:changes sets it. */
const cases = process.env["RELATA_ALL_CASES"] ? allCases : allCases.filter((_case, n) => n % 6 === 0);

it.each(cases)(
  "what is planned is what is done: %s",
  async (_name, prepare) => {
    const tried = await prepare(model);
    const before = await look();
    const planned = await ask(tried, true);
    expect(planned.isPlan).toBe(true);
    expect(await look()).toEqual(before);

    const locks = await db.locksOf(tried);
    const applied = await ask(tried, false);
    expect(applied.isPlan).toBe(false);
    expect(applied.report).toEqual(planned.report);
    if (!("undo" in tried)) expect(applied.changes.map(({ kind }) => kind)).toEqual(names(tried));

    const after = await look();
    const measured: Report = {
      tables: await tablesChanged(api, before.tables, after.tables),
      locks,
      api: differenceOf(before.api, after.api),
      access: differenceOf(before.access, after.access),
    };
    expect(applied.report).toEqual(measured);
    expect(await api.sql(DISAGREEMENTS)).toEqual([]);

    for (const { changeId } of [...applied.changes].reverse()) await ask({ undo: changeId }, false);
    const undone = await look();
    expect(differenceOf(before.dump, undone.dump)).toEqual({ added: [], removed: [] });
    expect(undone.api).toEqual(before.api);
    expect(undone.access).toEqual(before.access);
    expect(await api.sql(DISAGREEMENTS)).toEqual([]);
  },
  60_000,
);

it("compares fifty sorts of changes at least", () => {
  expect(new Set(allCases.map(([name]) => name)).size).toBe(allCases.length);
  expect(allCases.length).toBeGreaterThan(50);
});
