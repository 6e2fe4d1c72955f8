/** Which record of a batch is at fault, looked for in the transaction that the batch is part of. */
import { send } from "../helpers/send.ts";
import { useApi } from "../helpers/server.ts";

const api = useApi({ PG_POOL_MAX_CONNECTIONS: "1" });
const NOBODY = "00000000-0000-0000-0000-000000000000";
const uuid = (n: number) => `44444444-4444-4444-8444-${String(n).padStart(12, "0")}`;

const names = async (prefix: string) =>
  (await api.sql<{ name: string }>("select name from company where name like $1 order by name", [`${prefix}%`])).map(({ name }) => name);

let count = 0;
/** What is written first, what then fails because of its second record, and where that is told. */
const CASES: [string, (id: string, prefix: string) => string, string, string][] = [
  [
    "created, and points at nothing",
    (id) => `createPeople(data: [{ firstName: "a", companyId: "${id}" }, { firstName: "b", companyId: "${NOBODY}" }]) { id }`,
    "RELATED_NOT_FOUND",
    "data.1.companyId",
  ],
  [
    "upserted, and points at nothing",
    (id) => `createPeople(data: [{ firstName: "a", companyId: "${id}" }, { firstName: "b", companyId: "${NOBODY}" }], upsert: true) { id }`,
    "RELATED_NOT_FOUND",
    "data.1.companyId",
  ],
  [
    "as unique as one before it",
    (_id, prefix) => `createPeople(data: [{ firstName: "b" }, { firstName: "c", email: "${prefix}@fault.example" }]) { id }`,
    "CONFLICT",
    "data.1.email",
  ],
];

describe.each<[string, string, Record<string, string>, string[]]>([
  ["@transaction", "mutation @transaction", {}, []],
  ["an Idempotency-Key", "mutation", { "idempotency-key": "faults" }, ["a"]],
])("with %s", (_with, mutation, headers, kept) => {
  it.each(CASES)("cannot write a record that is %s, and is told which", async (_what, broken, code, field) => {
    const [id, prefix] = [uuid(++count), `fault-${count}`];
    const query = `${mutation} { a: createCompany(data: { id: "${id}", name: "${prefix} a", contacts: { create: [{ email: "${prefix}@fault.example" }] } }) { id } b: ${broken(id, prefix)} }`;
    const key = headers["idempotency-key"];
    const { errors } = await send(api, { query }, key ? { "idempotency-key": `${key}-${count}` } : {});
    expect(errors!.filter(({ path }) => path![0] === "b").map(({ extensions }) => extensions)).toEqual([
      expect.objectContaining({ code, field }),
    ]);
    expect(await names(prefix)).toEqual(kept.map((name) => `${prefix} ${name}`));
  });
});

it("can write on with a key after a batch that failed", async () => {
  const query = `mutation { a: createCompanies(data: [{ name: "Goes on a" }, { name: "Goes on b", accountOwnerId: "${NOBODY}" }]) { id } b: createCompany(data: { name: "Goes on c" }) { id } }`;
  const { data, errors } = await send(api, { query }, { "idempotency-key": "on" });
  expect([data, errors]).toMatchObject([{ a: null, b: {} }, [{ path: ["a"], extensions: { field: "data.1.accountOwnerId" } }]]);
  expect(await names("Goes on")).toEqual(["Goes on c"]);
});
