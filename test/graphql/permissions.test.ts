import { adminQuery, useApi } from "../helpers/server.ts";

const api = useApi();

const WRITES: [string, string][] = [
  ["create", 'mutation { createCompany(data: { name: "Written" }) { id } }'],
  ["update", 'mutation ($id: UUID!) { updateCompany(id: $id, data: { name: "Written" }) { id } }'],
  ["delete", "mutation ($id: UUID!) { deleteCompany(id: $id) { id } }"],
];

async function newCompany(): Promise<string> {
  const { data } = await api.graphql<{ createCompany: { id: string } }>('mutation { createCompany(data: { name: "Mine" }) { id } }');
  return data!.createCompany.id;
}
const stateOf = async (id: string) =>
  (await api.sql("select name, deleted_at is not null as is_deleted, updated_at::text from company where id = $1", [id]))[0];
const countWritten = async () =>
  (await api.sql<{ count: number }>("select count(*)::int as count from company where name = 'Written'"))[0]!.count;

describe.each(["owner@acme.test", "admin@acme.test", "member@acme.test"])("%s", (email) => {
  it.each(WRITES)("can %s records", async (_verb, query) => {
    const id = await newCompany();
    const { data, errors } = await api.graphql<Record<string, { id: string }>>(query, query.includes("$id") ? { id } : {}, email);
    expect([errors, Object.values(data!)[0]]).toEqual([undefined, { id: expect.any(String) }]);
    expect(await stateOf(id)).toMatchObject({
      name: query.includes("updateCompany") ? "Written" : "Mine",
      is_deleted: query.includes("deleteCompany"),
    });
  });
});

it("can read all records as a guest", async () => {
  const [row] = await api.sql<{ count: number }>("select count(*)::int as count from company where deleted_at is null");
  const { data, errors } = await api.graphql<{ companies: { totalCount: number } }>(
    "{ companies { totalCount nodes { contacts(first: 1) { totalCount } } } }",
    {},
    "guest@acme.test",
  );
  expect([errors, data!.companies.totalCount]).toEqual([undefined, row!.count]);
});

it.each(WRITES)("cannot %s records as a guest (PERMISSION_DENIED)", async (_verb, query) => {
  const id = await newCompany();
  const [before, written] = [await stateOf(id), await countWritten()];
  const { status, data, errors } = await api.graphql(query, query.includes("$id") ? { id } : {}, "guest@acme.test");
  expect([status, Object.values(data ?? { none: null })]).toEqual([200, [null]]);
  expect(errors!.map(({ message, extensions }) => [message, extensions])).toEqual([
    ["You may not do that.", { code: "PERMISSION_DENIED" }],
  ]);
  expect([await stateOf(id), await countWritten()]).toEqual([before, written]);
  // The owner may do just the same.
  expect((await api.graphql(query, query.includes("$id") ? { id } : {})).errors).toBeUndefined();
});

it("cannot learn as a guest whether a record is there, by trying to write it (PERMISSION_DENIED)", async () => {
  for (const id of [await newCompany(), "00000000-0000-0000-0000-000000000000"]) {
    const { errors } = await api.graphql(WRITES[1]![1], { id }, "guest@acme.test");
    expect(errors).toMatchObject([{ extensions: { code: "PERMISSION_DENIED" } }]);
  }
});

it("cannot see another workspace's records, whatever is asked", async () => {
  const id = await newCompany();
  const asStranger = <T>(query: string) => api.graphql<T>(query, {}, "owner@globex.test");
  const list = await asStranger(
    "{ companies { totalCount } people { totalCount } opportunities { totalCount } notes { totalCount } tasks { totalCount } }",
  );
  expect(list.data).toEqual(
    Object.fromEntries(["companies", "people", "opportunities", "notes", "tasks"].map((name) => [name, { totalCount: 0 }])),
  );
  expect((await asStranger(`{ companies(filter: { id: { eq: "${id}" } }) { totalCount } }`)).data).toEqual({
    companies: { totalCount: 0 },
  });
  expect((await asStranger("{ workspaceMembers { nodes { name } } }")).data).toEqual({
    workspaceMembers: { nodes: [{ name: "Greta Globex" }] },
  });
  // An object that only acme has is not in their schema at all.
  expect((await asStranger("{ projects { totalCount } }")).errors).toMatchObject([{ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }]);
});

it("can read as a guest what a role of its own grants and nothing more", async () => {
  const setRole = (permissions: string[]) =>
    adminQuery(
      api.adminUrl,
      "update core.roles set permissions = $1 where name = 'GUEST' and workspace_id = (select id from core.workspaces where subdomain = 'acme')",
      [permissions],
    );
  await setRole(["companies.read"]);
  const { data, errors } = await api.graphql("{ companies { totalCount } people { totalCount } }", {}, "guest@acme.test");
  expect(errors).toBeUndefined();
  expect(data).toMatchObject({ people: { totalCount: 0 } });
  expect((data as { companies: { totalCount: number } } | null)?.companies.totalCount).toBeGreaterThan(2000);
  await setRole([]);
  expect((await api.graphql("{ companies { totalCount } people { totalCount } }", {}, "guest@acme.test")).data).toEqual({
    companies: { totalCount: 0 },
    people: { totalCount: 0 },
  });
  await setRole(["*.read"]);
  expect((await api.graphql("{ people { totalCount } }", {}, "guest@acme.test")).data).toEqual({ people: { totalCount: 8000 } });
});

it("can lose the right to write from one request to the next (PERMISSION_DENIED)", async () => {
  const CREATE = WRITES[0]![1];
  expect((await api.graphql(CREATE, {}, "member@acme.test")).errors).toBeUndefined();
  await adminQuery(
    api.adminUrl,
    `update core.role_assignments a set role_id = r.id from core.workspace_members m, core.roles r, core.users u
    where m.id = a.member_id and r.workspace_id = m.workspace_id and r.name = 'GUEST' and u.id = m.user_id and u.email = 'member@acme.test'`,
  );
  expect((await api.graphql(CREATE, {}, "member@acme.test")).errors).toMatchObject([{ extensions: { code: "PERMISSION_DENIED" } }]);
  expect((await api.graphql("{ companies(first: 1) { totalCount } }", {}, "member@acme.test")).errors).toBeUndefined();
});
