/**
 * The data model changes and changes, on tables that are read and written meanwhile:
 * no client sees an error, in this workspace or in another.
 */
import type { Change, Done } from "../changeCases.ts";
import { DISAGREEMENTS } from "../db/support.ts";
import { type Answer, adminQuery, useApi } from "../helpers/server.ts";
import "../helpers/slow.ts";

const api = useApi();
const MS = 12_000;
const LIST =
  "{ companies(first: 5, orderBy: [{ name: AscNullsLast }]) { totalCount nodes { name contacts(first: 2) { nodes { firstName company { name } } } } } }";
const WRITE = 'mutation { createCompany(data: { name: "Meanwhile" }) { id name } }';
const TASK = 'mutation { createTask(data: { title: "Meanwhile" }) { id title } }';

async function apply(kind: string, data: Change["data"]): Promise<string> {
  const { data: done, errors } = await api.metadata<{ applyChanges: Done }>(
    "mutation ($changes: [ChangeInput!]!) { applyChanges(changes: $changes) { changes { id changeId } } }",
    { changes: [{ kind, data }] },
  );
  expect(errors).toBeUndefined();
  return done!.applyChanges.changes[0]!.id;
}

/** All that is done to company, and beside it; each round leaves what it found. */
async function round(company: string, n: number): Promise<number> {
  const field = await apply("createField", { objectId: company, name: `rating${n}`, type: "NUMBER", defaultValue: n });
  await apply("updateField", { id: field, name: `score${n}` });
  await apply("updateField", { id: field, isUnique: false, isNullable: false });
  await apply("updateField", { id: field, isActive: false });
  const object = await apply("createObject", { nameSingular: `rocket${n}`, namePlural: `rockets${n}` });
  const relation = { targetObjectId: company, targetFieldName: `rockets${n}` };
  const joined = await apply("createField", { objectId: object, name: "owner", type: "RELATION", relation });
  const option = { type: "SELECT", options: [{ value: "NEW" }, { value: "OLD" }] };
  const hue = await apply("createField", { objectId: company, name: `hue${n}`, ...option });
  await apply("updateField", { id: hue, options: [{ value: "OLD" }], removedOptions: { NEW: "OLD" } });
  await apply("updateObject", { id: object, nameSingular: `starship${n}`, namePlural: `starships${n}` });
  await apply("deleteField", { id: joined, force: true });
  await apply("deleteField", { id: hue });
  await apply("deleteField", { id: field });
  await apply("deleteObject", { id: object });
  return 13;
}

it("can change the data model again and again beside clients that read and write, and none of them sees an error", async () => {
  const { data } = await api.metadata<{ objects: { nodes: { id: string }[] } }>(
    '{ objects(filter: { nameSingular: { eq: "company" } }) { nodes { id } } }',
  );
  const company = data!.objects.nodes[0]!.id;
  let isDone = false;
  const counts: Record<string, number> = {};
  const faults: Answer[] = [];
  const client = async (what: string, query: string, email: string) => {
    while (!isDone) {
      const answer = await api.graphql(query, {}, email);
      counts[what] = (counts[what] ?? 0) + 1;
      if (answer.status !== 200 || answer.errors) faults.push(answer);
    }
  };
  const clients = [
    client("lists of acme", LIST, "owner@acme.test"),
    client("lists of acme", LIST, "guest@acme.test"),
    client("companies of acme", WRITE, "member@acme.test"),
    client("tasks of acme", TASK, "member@acme.test"),
    client("lists of globex", LIST, "owner@globex.test"),
    client("companies of globex", WRITE, "owner@globex.test"),
  ];
  let changes = 0;
  const until = Date.now() + MS;
  for (let n = 1; n <= 6 && Date.now() < until; n++) changes += await round(company, n);
  isDone = true;
  await Promise.all(clients);

  expect(faults.map(({ status, errors }) => ({ status, errors }))).toEqual([]);
  expect(changes).toBeGreaterThan(10);
  expect(Object.keys(counts).length).toBe(5);
  expect(Object.values(counts).filter((count) => count < 10)).toEqual([]);
  expect(await adminQuery(api.adminUrl, DISAGREEMENTS)).toEqual([]);
  const [row] = await adminQuery(api.adminUrl, "select count(*)::int as written from company where name = 'Meanwhile'");
  expect(row).toEqual({ written: counts["companies of acme"] });
});
