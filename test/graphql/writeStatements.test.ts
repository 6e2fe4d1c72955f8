/** How many statements a write takes: one, and one more to read what RETURNING cannot tell. */
import { adminQuery } from "../helpers/server.ts";
import { useWatchedServer } from "../helpers/statements.ts";

const server = useWatchedServer();

const WRITE = /\b(?:insert into|update|delete from)\b/;
const shapeOf = (statements: string[]) => statements.map((text) => (WRITE.test(text) ? "write" : "read")).join(" ");
const ID = "$id: UUID!";
const people = Array.from({ length: 50 }, (_, n) => ({ firstName: `S${n}`, email: `s${n}@count.example`, ...(n % 2 && { city: "Here" }) }));
const companyOf = async () => (await adminQuery<{ id: string }>(server.adminUrl, "select id from company limit 1"))[0]!.id;

it.each<[string, string, (id: string) => object]>([
  [
    "write",
    "mutation ($data: CompanyCreateInput!) { createCompany(data: $data) { id name createdBy { name } } }",
    () => ({ data: { name: "x" } }),
  ],
  ["write read", "mutation ($data: CompanyCreateInput!) { createCompany(data: $data) { id accountOwner { name } } }", () => ({ data: {} })],
  ["write", "mutation ($data: [PersonCreateInput!]!) { createPeople(data: $data) { id name createdAt } }", () => ({ data: people })],
  ["write", "mutation ($data: [PersonCreateInput!]!) { createPeople(data: $data, upsert: true) { id email } }", () => ({ data: people })],
  [
    "write read",
    "mutation ($data: [PersonCreateInput!]!) { createPeople(data: $data, upsert: true) { id company { name contacts { totalCount } } } }",
    () => ({ data: people }),
  ],
  ["write", `mutation (${ID}) { updateCompany(id: $id, data: { employees: 1 }) { id updatedAt } }`, (id) => ({ id })],
  ["write", `mutation (${ID}) { updateCompanies(filter: { id: { eq: $id } }, data: { employees: 2 }) { id employees } }`, (id) => ({ id })],
  ["write", `mutation (${ID}) { deleteCompanies(filter: { id: { eq: $id } }) { id deletedAt } }`, (id) => ({ id })],
  [
    "read write",
    "mutation ($data: [PersonCreateInput!]!) { createPeople(data: $data) { id } }",
    (id) => ({ data: people.map(() => ({ company: { connect: { where: { id } } } })) }),
  ],
  [
    "write",
    "mutation ($data: [PersonCreateInput!]!) { createPeople(data: $data) { id } }",
    () => ({ data: people.map(() => ({ company: { create: { name: "n" } } })) }),
  ],
  [
    "write",
    "mutation ($data: [CompanyCreateInput!]!) { createCompanies(data: $data) { id } }",
    () => ({ data: [{ contacts: { create: [{}, {}] } }, { name: "y" }] }),
  ],
  // The catalog tells what stands for a default, when rows differ in whether they give the column.
  [
    "read write",
    "mutation ($data: [CompanyCreateInput!]!) { createCompanies(data: $data) { id } }",
    () => ({ data: [{ idealCustomerProfile: true }, {}] }),
  ],
])("takes %s: %s", async (shape, query, variablesOf) => {
  expect(shapeOf(await server.statementsOf(query, variablesOf(await companyOf())))).toBe(shape);
});
