/** Changes on a large table, through the API: the plan says what is left to a job, and nobody sees what is not there yet. */
import type { Change } from "../changeCases.ts";
import { spawnMain, until, useApi } from "../helpers/server.ts";
import "../helpers/slow.ts";

const api = useApi();

type Job = { of: string; steps: string[] };
type Report = { tables: object[]; locks: object[]; api: { added: string[]; removed: string[] }; access: object; jobs: Job[] };
type Done = { changes: { id: string }[]; report: Report };

const send = async (mutation: "planChanges" | "applyChanges", changes: Change[]): Promise<Done> => {
  const { data, errors } = await api.metadata<Record<string, Done>>(
    `mutation ($changes: [ChangeInput!]!) { ${mutation}(changes: $changes) { changes { id } report {
       tables { table effect rows } locks { table mode blocks } api { added removed } access { added removed } jobs { of steps } } } }`,
    { changes },
  );
  expect(errors).toBeUndefined();
  return data![mutation]!;
};

let company = "";
const fields: Record<string, string> = {};
beforeAll(async () => {
  await api.sql("update pg_class set reltuples = 60000 where oid = 'company'::regclass");
  const { data } = await api.metadata<{ objects: { nodes: { id: string; fieldsList: { id: string; name: string }[] }[] } }>(
    '{ objects(filter: { nameSingular: { eq: "company" } }) { nodes { id fieldsList { id name } } } }',
  );
  company = data!.objects.nodes[0]!.id;
  for (const { id, name } of data!.objects.nodes[0]!.fieldsList) fields[name] = id;
});

const CASES: [string, () => Change, Job[]][] = [
  [
    "a formula",
    () => ({ kind: "createField", data: { objectId: company, name: "twice", type: "NUMBER", settings: { formula: "employees * 2" } } }),
    [{ of: "field company.twice", steps: ["FILL"] }],
  ],
  [
    "a relation",
    () => ({
      kind: "createField",
      data: { objectId: company, name: "parent", type: "RELATION", relation: { targetObjectId: company, targetFieldName: "daughters" } },
    }),
    [{ of: "field company.parent", steps: ["INDEXES"] }],
  ],
  [
    "a rule",
    () => ({ kind: "createRule", data: { objectId: company, name: "staffed", expression: "employees >= 0" } }),
    [{ of: "rule company.staffed", steps: ["CHECKS"] }],
  ],
  [
    "a required field",
    () => ({ kind: "updateField", data: { id: fields["name"], isNullable: false } }),
    [{ of: "field company.name", steps: ["CHECKS", "REQUIRED"] }],
  ],
  ["a plain field, which leaves nothing", () => ({ kind: "createField", data: { objectId: company, name: "plain", type: "TEXT" } }), []],
];

it.each(CASES)("is done as it was planned: %s", async (_name, change, jobs) => {
  const changes = [change()];
  // A name of a company may have been required before.
  const planned = await send("planChanges", changes);
  expect(planned.report.tables).toEqual([]);
  expect(planned.report.jobs).toEqual(jobs);
  const { report } = await send("applyChanges", changes);
  expect(report).toEqual(planned.report);
});

it("hides a formula until it is computed for all records, and says so of the field", async () => {
  const ask = () =>
    api.graphql<{ companies: { nodes: { employees: number | null; twice: number | null }[] } }>(
      "{ companies { nodes { employees twice } } }",
    );
  const state = async () =>
    (
      await api.metadata<{ fields: { nodes: { status: string; statusReason: string | null }[] } }>(
        '{ fields(filter: { name: { eq: "twice" } }) { nodes { status statusReason } } }',
      )
    ).data!.fields.nodes[0];
  expect(await state()).toEqual({ status: "BUILDING", statusReason: null });
  expect((await ask()).errors?.[0]?.message).toMatch(/Cannot query field "twice"/);
  const worker = spawnMain("worker", { PG_DATABASE_URL: api.adminUrl });
  worker.stdout!.resume();
  worker.stderr!.resume();
  await until(state, (found) => found?.status === "READY");
  worker.kill("SIGTERM");
  const { data, errors } = await ask();
  expect(errors).toBeUndefined();
  expect(data!.companies.nodes.length).toBeGreaterThan(5);
  for (const { employees, twice } of data!.companies.nodes) expect(twice).toBe(employees === null ? null : employees * 2);
  expect(
    (await api.graphql('mutation { createCompany(data: { name: "Four", employees: 4, twice: 1 }) { twice } }')).errors?.[0]?.message,
  ).toMatch(/"twice" is not defined/);
  expect((await api.graphql('mutation { createCompany(data: { name: "Four", employees: 4 }) { twice } }')).data).toEqual({
    createCompany: { twice: 8 },
  });
  expect(
    (await api.graphql("{ companies(filter: { twice: { gt: 10 } }, orderBy: [{ twice: AscNullsLast }]) { totalCount } }")).errors,
  ).toBeUndefined();
});
