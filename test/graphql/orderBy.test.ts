import { useApi } from "../helpers/server.ts";
import { FIELDS, makeSamples } from "./samples.ts";

const api = useApi();
beforeAll(() => makeSamples(api, 120));

const DIRECTIONS = {
  AscNullsFirst: "asc nulls first",
  AscNullsLast: "asc nulls last",
  DescNullsFirst: "desc nulls first",
  DescNullsLast: "desc nulls last",
};
type Direction = keyof typeof DIRECTIONS;
const directions = Object.keys(DIRECTIONS) as Direction[];

/** A field in SQL, as it is to be sorted. */
const sortedBy = (field: string) => (field === "choice" ? "array_position(array['LOW', 'MEDIUM', 'HIGH', 'ALL'], s.choice)" : `s.${field}`);

type Samples = { samples: { nodes: { id: string }[] } };
const ask = (orderBy: unknown) =>
  api.graphql<Samples>("query ($orderBy: [SampleOrderByInput!]) { samples(orderBy: $orderBy, first: 1000) { nodes { id } } }", { orderBy });

/** What is alike stands in the order of the ids, in the direction of the first key: one index serves both. */
async function expectOrder(orderBy: unknown, ...keys: string[]): Promise<void> {
  const { data, errors } = await ask(orderBy);
  expect(errors).toBeUndefined();
  const rows = await api.sql<{ id: string }>(`select s.id from sample s left join company c on c.id = s.company_id
    left join workspace_member m on m.id = c.account_owner_id order by ${keys.join(", ")}, s.id ${keys[0]!.includes(" desc ") ? "desc" : "asc"}`);
  expect(rows).toHaveLength(120);
  expect(data!.samples.nodes.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
}

it.each(Object.keys(FIELDS))("can order by %s in every direction, and by id where records are alike", async (field) => {
  for (const direction of directions) await expectOrder([{ [field]: direction }], `${sortedBy(field)} ${DIRECTIONS[direction]}`);
});

it.each(["createdAt", "updatedAt", "deletedAt", "position", "id", "companyId"])(
  "can order by %s, which every object or relation has",
  async (field) => {
    const column = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    for (const direction of directions) await expectOrder([{ [field]: direction }], `s.${column} ${DIRECTIONS[direction]}`);
  },
);

it("can order a SELECT by the place of its options, not by the alphabet", async () => {
  type Choices = { samples: { nodes: { choice: string }[] } };
  const { data } = await api.graphql<Choices>(
    "{ samples(orderBy: [{ choice: AscNullsLast }], filter: { choice: { is: NOT_NULL } }, first: 1000) { nodes { choice } } }",
  );
  expect([...new Set(data!.samples.nodes.map(({ choice }) => choice))]).toEqual(["LOW", "HIGH", "ALL"]);
});

it("can order by several keys", async () => {
  await expectOrder(
    [{ flag: "DescNullsLast" }, { choice: "AscNullsFirst" }, { count: "DescNullsFirst" }],
    "s.flag desc nulls last",
    `${sortedBy("choice")} asc nulls first`,
    "s.count desc nulls first",
  );
  await expectOrder([{ count: "DescNullsFirst" }, { flag: "DescNullsLast" }], "s.count desc nulls first", "s.flag desc nulls last");
});

it("can order by a field of the record it belongs to", async () => {
  for (const direction of directions) await expectOrder([{ company: { name: direction } }], `c.name ${DIRECTIONS[direction]}`);
  await expectOrder(
    [{ company: { employees: "DescNullsLast" } }, { name: "AscNullsFirst" }],
    "c.employees desc nulls last",
    "s.name asc nulls first",
  );
  await expectOrder(
    [{ flag: "AscNullsFirst" }, { company: { name: "AscNullsLast" } }, { company: { employees: "AscNullsLast" } }],
    "s.flag asc nulls first",
    "c.name asc nulls last",
    "c.employees asc nulls last",
  );
});

it("can order through two relations", () =>
  expectOrder(
    [{ company: { accountOwner: { firstName: "DescNullsFirst" } } }, { day: "AscNullsLast" }],
    "m.first_name desc nulls first",
    "s.day asc nulls last",
  ));

it("can give one key without the list, as GraphQL allows", () => expectOrder({ day: "DescNullsLast" }, "s.day desc nulls last"));

it("can order by a key twice, of which the first counts", () =>
  expectOrder([{ day: "DescNullsLast" }, { day: "AscNullsLast" }], "s.day desc nulls last"));

it.each<[string, unknown]>([
  ["null", null],
  ["no keys", []],
  ["a key without direction", [{ day: null }]],
  ["an empty object", [{}]],
])("can order by %s, which is by id", async (_what, orderBy) => {
  const { data, errors } = await ask(orderBy);
  expect(errors).toBeUndefined();
  const ids = data!.samples.nodes.map(({ id }) => id);
  expect(ids).toHaveLength(120);
  expect(ids).toEqual([...ids].sort());
});

it("can order a list behind a relation", async () => {
  type Found = { companies: { nodes: { id: string; contacts: { nodes: { id: string }[] } }[] } };
  const QUERY = "{ companies(first: 20) { nodes { id contacts(orderBy: [{ lastName: DescNullsLast }], first: 100) { nodes { id } } } } }";
  const { data } = await api.graphql<Found>(QUERY);
  const rows = await api.sql<{ id: string; ids: string[] }>(`select c.id,
    array(select p.id::text from person p where p.company_id = c.id order by p.last_name desc nulls last, p.id desc) as ids
    from company c order by c.id limit 20`);
  expect(data!.companies.nodes.map(({ id, contacts }) => ({ id, ids: contacts.nodes.map((node) => node.id) }))).toEqual(rows);
  expect(rows.some(({ ids }) => ids.length > 2)).toBe(true);
});

it.each<[string, unknown]>([
  ["two keys in one object", [{ name: "AscNullsFirst", count: "AscNullsFirst" }]],
  ["two keys in a later object", [{ flag: "AscNullsFirst" }, { name: "AscNullsFirst", count: "AscNullsFirst" }]],
  ["two keys of a relation in one object", [{ company: { name: "AscNullsFirst", employees: "AscNullsFirst" } }]],
  ["a key and a relation in one object", [{ name: "AscNullsFirst", company: { name: "AscNullsFirst" } }]],
])("cannot order by %s (BAD_INPUT)", async (_what, orderBy) => {
  const { data, errors } = await ask(orderBy);
  expect(data).toEqual({ samples: null });
  expect(errors).toMatchObject([{ extensions: { code: "BAD_INPUT", field: expect.stringMatching(/^orderBy/) } }]);
});

it("cannot order by two keys in one object written into the query (BAD_INPUT)", async () => {
  const { data, errors } = await api.graphql("{ samples(orderBy: [{ name: AscNullsFirst, count: AscNullsLast }]) { totalCount } }");
  expect([data, errors]).toMatchObject([{ samples: null }, [{ extensions: { code: "BAD_INPUT" } }]]);
});

it.each<[string, unknown]>([
  ["an unknown field", [{ nope: "AscNullsFirst" }]],
  ["an unknown direction", [{ name: "Sideways" }]],
  ["SQL", [{ name: "AscNullsFirst; drop table sample" }]],
  ["a relation as such", [{ company: "AscNullsFirst" }]],
  ["a list of the other side", [{ contacts: { name: "AscNullsFirst" } }]],
  ["what is searched through", [{ searchVector: "AscNullsFirst" }]],
])("cannot order by %s (BAD_INPUT)", async (_what, orderBy) => {
  const { data, errors } = await ask(orderBy);
  expect(data ?? null).toBeNull();
  expect(errors!.map(({ extensions }) => extensions.code)).toEqual(["BAD_INPUT"]);
});
