/** companyDuplicates and its siblings: records that may be the same, for those there are and those to come. */
import { become, withAdminDb } from "../helpers/db.ts";
import { useApi } from "../helpers/server.ts";

const api = useApi();
type Id = { id: string };
type Found = { totalCount: number; edges: { node: Id }[] }[];

async function run<T>(query: string, variables: Record<string, unknown> = {}, email?: string): Promise<T> {
  const { data, errors } = await api.graphql<Record<string, T>>(query, variables, email);
  expect(errors).toBeUndefined();
  return Object.values(data!)[0]!;
}
const create = async (type: string, data: object, email?: string) =>
  (await run<Id>(`mutation ($data: ${type}CreateInput!) { create${type}(data: $data) { id } }`, { data }, email)).id;
const QUERY = (object: string, type: string) =>
  `query ($ids: [UUID!], $data: [${type}CreateInput!]) { ${object}Duplicates(ids: $ids, data: $data) { totalCount edges { node { id } } pageInfo { hasNextPage } } }`;
const TYPES: Record<string, string> = { company: "Company", person: "Person", double: "Double" };

/** The ids found for each input. */
async function find(object: string, given: { ids?: string[]; data?: object[] }, email?: string): Promise<string[][]> {
  const found = await run<Found>(QUERY(object, TYPES[object]!), given, email);
  for (const { totalCount, edges } of found) expect(totalCount).toBe(edges.length);
  return found.map(({ edges }) => edges.map(({ node }) => node.id));
}
async function refusal(given: object, email?: string) {
  const { status, errors } = await api.graphql(QUERY("company", "Company"), given as Record<string, unknown>, email);
  return { status, ...errors?.[0]?.extensions };
}

describe("companies", () => {
  let [a, b, c, gone, theirs] = ["", "", "", "", ""];
  beforeAll(async () => {
    a = await create("Company", { name: "Duplex", domainName: "duplex.test" });
    b = await create("Company", { name: "Duplex", domainName: "other.test" });
    c = await create("Company", { name: "Duplo", domainName: "duplex.test" });
    gone = await create("Company", { name: "Duplex" });
    await run("mutation ($id: UUID!) { deleteCompany(id: $id) { id } }", { id: gone });
    theirs = await create("Company", { name: "Duplex" }, "owner@globex.test");
  });

  it("can be found for records that are there: alike in one list of fields, without themselves, deleted ones and others' ones", async () => {
    expect(await find("company", { ids: [a, b, c] })).toEqual([[b, c], [a], [a]]);
    expect(await find("company", { ids: [theirs] }, "owner@globex.test")).toEqual([[]]);
  });

  it("can be found for what is not there yet, in the order of the inputs", async () => {
    const data = [{ name: "Duplo" }, { name: "Nobody" }, { name: "Duplex", domainName: "duplex.test" }, { id: c, name: "Duplo" }, {}];
    expect(await find("company", { data })).toEqual([[c], [], [a, b, c], [], []]);
    expect(await find("company", { data: [] })).toEqual([]);
    expect(await find("company", { ids: [] })).toEqual([]);
  });

  it("can be found by a guest, who reads", async () => {
    expect(await find("company", { ids: [b] }, "guest@acme.test")).toEqual([[a]]);
  });

  it("cannot be told by short texts", async () => {
    await create("Company", { name: "Ab" });
    await create("Company", { name: "Abc" });
    const [short, long] = await find("company", { data: [{ name: "Ab" }, { name: "Abc" }] });
    expect([short!.length, long!.length]).toEqual([0, 1]);
  });

  it.each<[string, () => object, object]>([
    ["both ids and data", () => ({ ids: [a], data: [{ name: "x" }] }), { code: "ARGS_CONFLICT", field: "data" }],
    ["neither ids nor data", () => ({}), { code: "ARGS_CONFLICT", field: "ids" }],
    ["null for both", () => ({ ids: null, data: null }), { code: "ARGS_CONFLICT" }],
    ["501 records", () => ({ data: Array.from({ length: 501 }, () => ({})) }), { code: "LIMIT_EXCEEDED", field: "data" }],
    ["a record of another workspace", () => ({ ids: [a, theirs] }), { code: "NOT_FOUND", field: "ids.1" }],
    ["a deleted record", () => ({ ids: [gone] }), { code: "NOT_FOUND", field: "ids.0" }],
    ["what is no id", () => ({ ids: ["x"] }), {}],
    ["a field that there is not", () => ({ data: [{ nonsense: 1 }] }), {}],
    ["a text that cannot be stored", () => ({ data: [{ name: "\0abc" }] }), { code: "INVALID_TEXT", field: "data.0.name" }],
    ["a date that is none", () => ({ data: [{ createdAt: "soon" }] }), { code: "INVALID_DATE" }],
  ])("cannot be asked for with %s", async (_title, given, told) => {
    const refused = await refusal(given());
    expect(refused).toMatchObject(told);
    expect(refused).toMatchObject({ code: expect.any(String) });
    expect(refused.status).toBeLessThan(500);
  });
});

it("cannot answer more records than one operation may, were every page full (LIMIT_EXCEEDED)", async () => {
  const NESTED =
    "query ($data: [CompanyCreateInput!]) { companyDuplicates(data: $data) { nodes { contacts(first: 1000) { nodes { id } } } } }";
  const ask = (n: number) => api.graphql(NESTED, { data: Array.from({ length: n }, (_, i) => ({ name: `None ${i}` })) });
  expect((await ask(16)).errors).toBeUndefined();
  expect((await ask(17)).errors).toMatchObject([{ extensions: { code: "LIMIT_EXCEEDED" } }]);
});

it("can be told by letters of any size where the field takes them for the same", async () => {
  const ada = await create("Person", { firstName: "Ada", email: "Ada@Dup.test" });
  expect(await find("person", { data: [{ email: "aDA@dup.TEST" }, { firstName: "Ada", lastName: null }] })).toEqual([[ada], []]);
});

it("can be found by an index, once for each input; also by letters of any size", async () => {
  await withAdminDb(api.adminUrl, async (db) => {
    await become(db, "owner@acme.test");
    await db.query("reset role");
    await db.query(
      "insert into person (first_name, linkedin_link, email) select 'P' || n, 'in/' || n, 'p' || n || '@bulk.test' from generate_series(1, 40000) n",
    );
    await db.query("create index person_by_link on person (linkedin_link)");
    await db.query("analyze person");
    const { rows: indexes } = await db.query<{ name: string }>(
      "select indexrelid::regclass::text as name from pg_index where indrelid = 'person'::regclass and indisunique and pg_get_expr(indexprs, indrelid) ~ 'email'",
    );
    await become(db, "owner@acme.test");
    const scansOf = async (index: string) =>
      (await db.query("select pg_stat_get_xact_numscans($1::regclass)::int as n", [index])).rows[0].n;
    const find = async (data: object[]) =>
      (await db.query("select core.find_duplicates('person', null, $1) as found", [JSON.stringify(data)])).rows[0].found;
    const one = [expect.any(String)];
    for (const [index, data] of [
      [indexes[0]!.name, [{ email: "P77@bulk.TEST" }, { email: "p78@bulk.test" }]],
      ["person_by_link", [{ linkedin_link: "in/1" }, { linkedin_link: "in/2" }]],
    ] as const) {
      const before = await scansOf(index);
      expect(await find([...data])).toEqual([one, one]);
      expect([index, (await scansOf(index)) - before]).toEqual([index, 2]);
    }
  });
});

it("can be told by any type of field that says whether values are the same", async () => {
  const { data } = await api.metadata<{ createOneObject: Id }>(
    "mutation ($data: CreateObjectInput!) { createOneObject(data: $data) { id } }",
    { data: { nameSingular: "double", namePlural: "doubles" } },
  );
  const objectId = data!.createOneObject.id;
  const fields = [
    { name: "mail", type: "EMAILS" },
    { name: "call", type: "PHONES" },
    { name: "site", type: "LINKS" },
    { name: "who", type: "FULL_NAME" },
    { name: "count2", type: "NUMBER", settings: { dataType: "int" } },
    { name: "kind", type: "SELECT", options: [{ value: "A" }] },
    { name: "tags2", type: "ARRAY" },
  ];
  for (const field of fields) {
    const { errors } = await api.metadata("mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }", {
      data: { objectId, ...field },
    });
    expect(errors).toBeUndefined();
  }
  const update = (duplicateCriteria: string[][]) =>
    api.metadata("mutation ($id: UUID!, $data: UpdateObjectInput!) { updateOneObject(id: $id, data: $data) { id } }", {
      id: objectId,
      data: { duplicateCriteria },
    });
  const record = {
    mail: { primaryEmail: "d@d.test" },
    call: { primaryPhoneNumber: "+33612345678" },
    site: { primaryLinkUrl: "https://d.test" },
    who: { firstName: "Dee", lastName: "Dum" },
    count2: 7,
    kind: "A",
    tags2: ["x"],
  };
  const id = await create("Double", record);
  expect(await find("double", { data: [record] })).toEqual([[]]); // nothing is taken for a sign
  const cases: [string[], object, boolean][] = [
    [["mail"], { mail: { primaryEmail: "D@D.test" } }, true],
    [["call"], { call: { primaryPhoneNumber: "06 12 34 56 78", primaryPhoneCountryCode: "FR" } }, true],
    [["call"], { call: { primaryPhoneNumber: "612345678" } }, false],
    [["site"], { site: { primaryLinkUrl: "d.test/" } }, true],
    [["who"], { who: { firstName: "Dee", lastName: "Dum" } }, true],
    [["who"], { who: { firstName: "Dee" } }, false],
    [["count2", "kind"], { count2: 7, kind: "A" }, true],
    [["count2", "kind"], { count2: 7 }, false],
    [["tags2"], { tags2: ["x"] }, false],
  ];
  for (const [criteria, input, isFound] of cases) {
    expect((await update([criteria])).errors).toBeUndefined();
    expect([criteria, await find("double", { data: [input] })]).toEqual([criteria, [isFound ? [id] : []]]);
  }
});
