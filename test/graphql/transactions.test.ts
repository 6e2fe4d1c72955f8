/** `mutation @transaction { … }`: all root fields or none. */
import { until, useApi } from "../helpers/server.ts";

const api = useApi({ PG_POOL_MAX_CONNECTIONS: "2" });
const NOBODY = "00000000-0000-0000-0000-000000000000";

const names = async (prefix: string) =>
  (await api.sql<{ name: string }>("select name from company where name like $1 order by name", [`${prefix}%`])).map(({ name }) => name);
const create = (name: string) => `createCompany(data: { name: "${name}" }) { id name }`;
const update = (id: string, name = "x") => `updateCompany(id: "${id}", data: { name: "${name}" }) { id name }`;

it("can write two records as one transaction, and read each in its answer", async () => {
  const { data, errors } = await api.graphql<Record<string, { name: string }>>(
    `mutation Save @transaction { a: ${create("Both 1")} b: ${create("Both 2")} }`,
  );
  expect([errors, data!["a"]!.name, data!["b"]!.name]).toEqual([undefined, "Both 1", "Both 2"]);
  expect(await names("Both")).toEqual(["Both 1", "Both 2"]);
});

it("can see in a later part what an earlier one wrote", async () => {
  const id = "22222222-2222-4222-8222-222222222222";
  const { data, errors } = await api.graphql(
    `mutation @transaction {
      a: createCompany(data: { id: "${id}", name: "Seen" }) { id }
      b: createPerson(data: { firstName: "Ann", companyId: "${id}" }) { company { name contacts { totalCount } } }
      c: updateCompany(id: "${id}", data: { name: "Seen twice" }) { name contacts { nodes { firstName } } }
    }`,
  );
  expect([errors, data]).toMatchObject([
    undefined,
    {
      b: { company: { name: "Seen", contacts: { totalCount: 1 } } },
      c: { name: "Seen twice", contacts: { nodes: [{ firstName: "Ann" }] } },
    },
  ]);
});

it("can write many records and nested ones beside others, or none of all (ROLLED_BACK)", async () => {
  const query = (broken: string) => `mutation @transaction {
    many: createCompanies(data: [{ name: "Tx many 1" }, { name: "Tx many 2" }], upsert: true) { name }
    gone: deleteCompanies(filter: { name: { eq: "Tx many 1" } }) { name deletedAt }
    one: ${create("Tx many 3")} ${broken} }`;
  const failed = await api.graphql(query(`b: destroyCompany(id: "${NOBODY}") { id }`));
  expect(failed.data).toEqual({ many: null, gone: null, one: null, b: null });
  expect(failed.errors!.map(({ path, extensions }) => [path![0], extensions.code]).sort()).toEqual([
    ["b", "NOT_FOUND"],
    ["gone", "ROLLED_BACK"],
    ["many", "ROLLED_BACK"],
    ["one", "ROLLED_BACK"],
  ]);
  expect(await names("Tx many")).toEqual([]);
  const { data, errors } = await api.graphql(query(""));
  expect([errors, data]).toMatchObject([
    undefined,
    { many: [{ name: "Tx many 1" }, { name: "Tx many 2" }], gone: [{ name: "Tx many 1" }] },
  ]);
  expect(await names("Tx many")).toEqual(["Tx many 1", "Tx many 2", "Tx many 3"]);
});

it.each<[string, string, string, string | undefined]>([
  ["a record that is not there", update(NOBODY), "NOT_FOUND", undefined],
  ["a relation to nothing", `createPerson(data: { companyId: "${NOBODY}" }) { id }`, "RELATED_NOT_FOUND", "companyId"],
  ["nothing to change", `updateCompany(id: "${NOBODY}", data: {}) { id }`, "BAD_INPUT", "data"],
  [
    "a value out of range",
    'createCompany(data: { name: "Bad", annualRecurringRevenue: "1e999999" }) { id }',
    "VALUE_OUT_OF_RANGE",
    undefined,
  ],
])("cannot keep anything beside %s (ROLLED_BACK)", async (what, broken, code, field) => {
  const prefix = `None ${what}`;
  const { status, data, errors } = await api.graphql(
    `mutation @transaction { a: ${create(`${prefix} 1`)} b: ${broken} c: ${create(`${prefix} 2`)} d: ${update(NOBODY)} }`,
  );
  expect([status, data]).toEqual([200, { a: null, b: null, c: null, d: null }]);
  const told = Object.fromEntries(errors!.map(({ path, extensions }) => [path![0], extensions]));
  expect(told["b"]!.code).toBe(code);
  if (field) expect(told["b"]!.field).toBe(field);
  for (const key of ["a", "c", "d"]) expect(told[key]).toEqual({ code: "ROLLED_BACK" });
  expect(errors).toHaveLength(4);
  expect(await names(prefix)).toEqual([]);
  // Without the directive the first one stays.
  await api.graphql(`mutation { a: ${create(`${prefix} 1`)} b: ${broken} }`);
  expect(await names(prefix)).toEqual([`${prefix} 1`]);
});

it("cannot keep what was written when something cannot be read afterwards (ROLLED_BACK)", async () => {
  const { data, errors } = await api.graphql(
    `mutation @transaction { a: ${create("Unread")} b: createCompany(data: { name: "Unread 2" }) { contacts(after: "%%") { totalCount } } }`,
  );
  expect(data).toEqual({ a: null, b: null });
  expect(errors).toMatchObject([{ extensions: { code: "INVALID_CURSOR" } }, { path: ["a"], extensions: { code: "ROLLED_BACK" } }]);
  expect(await names("Unread")).toEqual([]);
});

it("cannot write as a guest, in a transaction either (PERMISSION_DENIED)", async () => {
  const { data, errors } = await api.graphql(
    `mutation @transaction { a: ${create("Guest")} b: ${create("Guest")} }`,
    {},
    "guest@acme.test",
  );
  expect(data).toEqual({ a: null, b: null });
  expect(errors).toMatchObject([
    { path: ["a"], extensions: { code: "PERMISSION_DENIED" } },
    { path: ["b"], extensions: { code: "ROLLED_BACK" } },
  ]);
});

it("cannot reach another workspace's record in a transaction (NOT_FOUND)", async () => {
  const theirs = await api.graphql<{ createCompany: { id: string } }>(`mutation { ${create("Theirs")} }`, {}, "owner@globex.test");
  const { errors } = await api.graphql(`mutation @transaction { a: ${update(theirs.data!.createCompany.id)} }`);
  expect(errors).toMatchObject([{ path: ["a"], extensions: { code: "NOT_FOUND" } }]);
});

it("cannot put @transaction on a query, on a field, or on a change of the data model (GRAPHQL_VALIDATION_FAILED)", async () => {
  for (const query of [
    "query @transaction { companies { totalCount } }",
    `mutation { a: ${create("x").replace("{ id", "@transaction { id")} }`,
  ]) {
    expect((await api.graphql(query)).errors).toMatchObject([{ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }]);
  }
  const { errors } = await api.metadata(`mutation @transaction { deleteOneObject(id: "${NOBODY}") { id } }`);
  expect(errors).toMatchObject([{ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }]);
});

it("can run many transactions on two connections, and leaves none of them open", async () => {
  const results = await Promise.all(
    Array.from({ length: 30 }, (_, n) =>
      api.graphql(`mutation @transaction { a: ${create(`Many ${n}`)} b: ${n % 3 ? create(`Many ${n}b`) : update(NOBODY)} }`),
    ),
  );
  expect(results.filter(({ errors }) => errors).length).toBe(10);
  expect((await names("Many")).length).toBe(40);
  // One that failed may be told of before its connection has taken all back.
  const open = () => api.sql("select 1 from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'");
  await until(open, (found) => found.length === 0);
});

it("can go on when the connections of open transactions are cut (UNAVAILABLE)", async () => {
  const ask = async (name: string) => {
    const { data, errors } = await api.graphql(`mutation @transaction { a: ${create(name)} b: ${create(`${name}b`)} }`);
    return errors ? errors[0]!.extensions.code : Object.keys(data!).join();
  };
  const answers: string[] = [];
  let isAsking = true;
  const cut = async () => {
    while (isAsking) {
      await api.sql(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'relata_server' and datname = current_database()",
      );
      // Now sooner, now later: whatever time a transaction takes here, some are hit and some are not.
      await new Promise((resolve) => setTimeout(resolve, 20 * (answers.length % 20)));
    }
  };
  // As long as it takes for some to be cut, and some to come through.
  const asking = async () => {
    while (answers.length < 20 || !answers.includes("UNAVAILABLE") || !answers.includes("a,b")) {
      answers.push(await ask(`Cut ${answers.length}`));
    }
    isAsking = false;
  };
  await Promise.all([cut(), asking()]);
  expect(new Set(answers)).toEqual(new Set(["a,b", "UNAVAILABLE"]));
  const kept = await names("Cut");
  // Both or none, whatever was answered.
  const first = kept.filter((name) => !name.endsWith("b")).map((name) => `${name}b`);
  expect(first.sort()).toEqual(kept.filter((name) => name.endsWith("b")).sort());
  // The last of those that were cut may not have been told yet.
  expect(
    await until(
      () => ask("Alive"),
      (answer) => answer !== "UNAVAILABLE",
    ),
  ).toBe("a,b");
});
