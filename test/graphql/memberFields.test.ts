/** Fields of a member that rules of rows ask about say what he sees: they are not his own to change. */
import { useApi } from "../helpers/server.ts";

const api = useApi();
const MEMBER = "member@acme.test";
const one = async (text: string, values: unknown[] = []) => Object.values((await api.sql(text, values))[0] ?? {})[0] as string;
const objectId = (name: string) =>
  one("select id from core.objects where workspace_id = authz.workspace_id() and name_singular = $1", [name]);
const recordOf = (email: string) => one("select id from workspace_member where user_email = $1", [email]);
const companies = async () =>
  (await api.graphql<{ companies: { totalCount: number } }>("{ companies { totalCount } }", {}, MEMBER)).data!.companies.totalCount;
const update = async (data: object, email: string) =>
  (
    await api.graphql(
      "mutation ($id: UUID!, $data: WorkspaceMemberUpdateInput!) { updateWorkspaceMember(id: $id, data: $data) { id } }",
      { id: await recordOf(MEMBER), data },
      email,
    )
  ).errors?.map(({ extensions: { code } }) => code);

beforeAll(async () => {
  const create = "mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }";
  for (const name of ["team", "hobby"]) {
    const { errors } = await api.metadata(create, { data: { objectId: await objectId("workspaceMember"), name, type: "TEXT" } });
    expect(errors).toBeUndefined();
  }
  await api.sql("update workspace_member set team = 'NORTH' where user_email = 'admin@acme.test'");
  const rules = [{ name: "team", actions: ["read"], predicate: { op: "in", args: [{ field: "accountOwner" }, { colleagues: "team" }] } }];
  const { errors } = await api.metadata("mutation ($in: UpsertRowRulesInput!) { upsertRowRules(input: $in) { id } }", {
    in: {
      roleId: await one("select id from core.roles where workspace_id = authz.workspace_id() and name = 'MEMBER'"),
      objectId: await objectId("company"),
      rules,
    },
  });
  expect(errors).toBeUndefined();
});

it("cannot be changed by the member himself, to see what a team sees (PERMISSION_DENIED)", async () => {
  expect(await companies()).toBe(0);
  expect(await update({ team: "NORTH" }, MEMBER)).toEqual(["PERMISSION_DENIED"]);
  expect(await companies()).toBe(0);
  await expect(
    api.sqlAs(MEMBER, "update workspace_member set team = 'NORTH' where id = authz.member_id() returning id"),
  ).rejects.toMatchObject({
    code: "42501",
  });
});

it("can be changed by who manages members, and all others by himself", async () => {
  expect(await update({ hobby: "Chess" }, MEMBER)).toBeUndefined();
  expect(await update({ team: "NORTH", hobby: "Go" }, "owner@acme.test")).toBeUndefined();
  expect(await companies()).toBeGreaterThan(0);
  expect(await update({ team: "NORTH", hobby: "Chess" }, MEMBER)).toBeUndefined();
});
