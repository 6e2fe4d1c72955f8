import { useApi } from "../helpers/server.ts";

const api = useApi();

describe("the records by which colleagues know each other", () => {
  type Node = { id: string; userEmail: string };
  const UPDATE = "mutation ($id: UUID!, $data: WorkspaceMemberUpdateInput!) { updateWorkspaceMember(id: $id, data: $data) { id } }";
  const CREATE = 'mutation { createWorkspaceMember(data: { firstName: "Fake", userEmail: "owner@acme.test" }) { id } }';
  const DELETE = "mutation ($id: UUID!) { deleteWorkspaceMember(id: $id) { id } }";
  const idOf = async (email: string) => {
    const { data } = await api.graphql<{ workspaceMembers: { nodes: Node[] } }>("{ workspaceMembers { nodes { id userEmail } } }");
    return data!.workspaceMembers.nodes.find(({ userEmail }) => userEmail === email)!.id;
  };
  const all = () => api.sql("select id, user_id, first_name, deleted_at from workspace_member order by id", []);

  it("cannot be changed, made or deleted by a colleague, nor be made another's (PERMISSION_DENIED)", async () => {
    const before = await all();
    const [owner, mine] = [await idOf("owner@acme.test"), await idOf("member@acme.test")];
    const tries: [string, Record<string, unknown>][] = [
      [UPDATE, { id: owner, data: { firstName: "Mine" } }],
      [UPDATE, { id: mine, data: { userId: owner } }],
      [CREATE, {}],
      [DELETE, { id: owner }],
      [DELETE, { id: mine }],
    ];
    for (const [query, variables] of tries) {
      const { errors } = await api.graphql(query, variables, "member@acme.test");
      expect([query, variables, errors?.[0]?.extensions.code]).toEqual([
        query,
        variables,
        expect.stringMatching(/^(PERMISSION_DENIED|NOT_FOUND)$/),
      ]);
    }
    expect(await all()).toEqual(before);
  });

  it("can be changed by the one they are of, and by who manages members", async () => {
    const mine = await idOf("member@acme.test");
    for (const email of ["member@acme.test", "admin@acme.test"]) {
      const { errors } = await api.graphql(UPDATE, { id: mine, data: { firstName: email } }, email);
      expect(errors).toBeUndefined();
      expect(await all()).toContainEqual(expect.objectContaining({ id: mine, first_name: email }));
    }
  });
});
