/** Rules of rows: which records a role opens, on every way to them. */
import { adminQuery, useApi } from "../helpers/server.ts";

const api = useApi();
const MEMBER = "member@acme.test";
const GUEST = "guest@acme.test";

type Errors = { message: string; extensions?: { code?: string; field?: string } }[] | undefined;
const codes = (errors: Errors) => errors?.map(({ extensions: { code, field } = {} }) => (field ? `${code} ${field}` : code));
const value = async <T = string>(text: string, values: unknown[] = []) =>
  Object.values((await adminQuery(api.adminUrl, text, values))[0] ?? {})[0] as T;
const roleId = (name: string) => value("select id from core.roles where workspace_id = authz.workspace_id() and name = $1", [name]);
const objectId = (name: string) =>
  value("select id from core.objects where workspace_id = authz.workspace_id() and name_singular = $1", [name]);
const memberId = async (email: string) =>
  (await api.sql<{ id: string }>("select id from workspace_member where user_email = $1", [email]))[0]!.id;

const UPSERT = "mutation ($in: UpsertRowRulesInput!) { upsertRowRules(input: $in) { rowRules { nodes { name label actions printed } } } }";
type Rules = { upsertRowRules: { rowRules: { nodes: { name: string; label: string; actions: string[]; printed: string }[] } } };
const setRules = async (role: string, object: string, rules: object[], email?: string) =>
  api.metadata<Rules>(UPSERT, { in: { roleId: await roleId(role), objectId: await objectId(object), rules } }, email);

const field = (name: string) => ({ field: name });
const op = (name: string, ...args: unknown[]) => ({ op: name, args });
const OWN = { name: "own", label: "Own companies", predicate: op("equals", field("accountOwner"), { member: "id" }) };
const ids = (rows: { id: string }[]) => rows.map(({ id }) => id).sort();

let own: string[];
let others: string[];

beforeAll(async () => {
  const me = await memberId(MEMBER);
  own = ids(await api.sql<{ id: string }>("select id from company where account_owner_id = $1 and deleted_at is null", [me]));
  others = ids(
    await api.sql<{ id: string }>("select id from company where account_owner_id is distinct from $1 and deleted_at is null", [me]),
  );
  expect([own.length > 10, others.length > 10]).toEqual([true, true]);
  const { data, errors } = await setRules("MEMBER", "company", [OWN]);
  expect(errors).toBeUndefined();
  expect(data!.upsertRowRules.rowRules.nodes).toEqual([
    { name: "own", label: "Own companies", actions: ["delete", "destroy", "read", "update"], printed: "accountOwner = me" },
  ]);
});

const READS: [string, string, (data: never) => number][] = [
  ["listed", "{ companies(first: 60) { totalCount } }", (data: { companies: { totalCount: number } }) => data.companies.totalCount],
  [
    "grouped",
    "{ companiesGroupBy(groupBy: [{ industry: true }]) { totalCount } }",
    (data: { companiesGroupBy: { totalCount: number }[] }) => data.companiesGroupBy.reduce((sum, { totalCount }) => sum + totalCount, 0),
  ],
  ["counted", "{ companies { countNotEmptyId } }", (data: { companies: { countNotEmptyId: number } }) => data.companies.countNotEmptyId],
];

describe("a member who opens his own records", () => {
  it.each(READS)("can see these alone when they are %s", async (_way, query, count) => {
    const { data, errors } = await api.graphql(query, {}, MEMBER);
    expect(errors).toBeUndefined();
    expect(count(data as never)).toBe(own.length);
    expect(count((await api.graphql(query)).data as never)).toBe(own.length + others.length);
  });

  it("cannot tell another's from one that is not there", async () => {
    const ask = "query ($id: UUID!) { company(filter: { id: { eq: $id } }) { id } companies(filter: { id: { eq: $id } }) { totalCount } }";
    const foreign = await api.graphql(ask, { id: others[0] }, MEMBER);
    const missing = await api.graphql(ask, { id: "01900000-0000-7000-8000-000000000000" }, MEMBER);
    expect(JSON.stringify(foreign)).toBe(JSON.stringify(missing));
    expect((await api.graphql(ask, { id: own[0] }, MEMBER)).data).toEqual({ company: { id: own[0] }, companies: { totalCount: 1 } });
  });

  it("cannot reach others by relations, by filters of them or by search", async () => {
    const [person] = await api.sql<{ id: string; name: string }>(
      "select p.id, c.name from person p join company c on c.id = p.company_id where c.id = any($1) limit 1",
      [others],
    );
    const ask = `query ($id: UUID!, $name: String!) {
      people(filter: { id: { eq: $id } }) { nodes { company { id } } }
      found: people(filter: { id: { eq: $id }, company: { name: { eq: $name } } }) { totalCount }
      search(searchInput: $name, limit: 10, includedObjectNameSingulars: ["company"]) { edges { node { recordId } } }
    }`;
    type Found = {
      people: { nodes: { company: unknown }[] };
      found: { totalCount: number };
      search: { edges: { node: { recordId: string } }[] };
    };
    const { data, errors } = await api.graphql<Found>(ask, person, MEMBER);
    expect(errors).toBeUndefined();
    expect([data!.people.nodes, data!.found.totalCount]).toEqual([[{ company: null }], 0]);
    expect(data!.search.edges.filter(({ node }) => !own.includes(node.recordId))).toEqual([]);
    expect((await api.graphql<Found>(ask, person)).data!.found.totalCount).toBe(1);
  });

  it("can write his own, and cannot write others', nor let one go out of his sight (PERMISSION_DENIED)", async () => {
    const update = "mutation ($id: UUID!, $data: CompanyUpdateInput!) { updateCompany(id: $id, data: $data) { id } }";
    const write = async (id: string | undefined, data: object) => {
      const { data: made, errors } = await api.graphql(update, { id, data }, MEMBER);
      return codes(errors) ?? made;
    };
    expect(await write(own[0], { name: "Mine" })).toEqual({ updateCompany: { id: own[0] } });
    expect(await write(others[0], { name: "Mine" })).toEqual(["NOT_FOUND"]);
    expect(await write(own[0], { accountOwnerId: await memberId(GUEST) })).toEqual(["PERMISSION_DENIED"]);
    const erase = "mutation ($id: UUID!) { deleteCompany(id: $id) { id } }";
    expect(codes((await api.graphql(erase, { id: others[0] }, MEMBER)).errors)).toEqual(["NOT_FOUND"]);
    expect((await api.graphql(erase, { id: own[1] }, MEMBER)).data).toEqual({ deleteCompany: { id: own[1] } });
    const restore = "mutation ($id: UUID!) { restoreCompany(id: $id) { id } }";
    expect((await api.graphql(restore, { id: own[1] }, MEMBER)).data).toEqual({ restoreCompany: { id: own[1] } });
  });

  it("can be asked in psql as the request's role, with the same answer", async () => {
    expect(ids(await api.sqlAs<{ id: string }>(MEMBER, "select id from company where deleted_at is null"))).toEqual(own);
    await expect(api.sqlAs(MEMBER, "update company set account_owner_id = null")).rejects.toMatchObject({ code: "42501" });
  });

  it("can count no more than he sees", async () => {
    const counts = await api.sqlAs<{ object_name_plural: string; total_count: string }>(
      MEMBER,
      "select * from core.object_record_counts()",
    );
    expect(counts.find((row) => row.object_name_plural === "companies")!.total_count).toBe(String(own.length));
  });
});

describe("rules", () => {
  it("can be of creating, of the colleagues' records and of fields of the member", async () => {
    const create = "mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }";
    const team = await api.metadata<{ createOneField: { id: string } }>(create, {
      data: { objectId: await objectId("workspaceMember"), name: "team", type: "TEXT" },
    });
    expect(team.errors).toBeUndefined();
    await adminQuery(
      api.adminUrl,
      `update "${await value("select schema_name from core.workspaces where id = authz.workspace_id()")}".workspace_member
      set team = case when user_email in ($1, $2) then 'NORTH' end`,
      [GUEST, "admin@acme.test"],
    );
    const { data, errors } = await setRules("GUEST", "company", [
      { name: "team", actions: ["read"], predicate: op("in", field("accountOwner"), { colleagues: "team" }) },
      {
        name: "industry",
        actions: ["read"],
        predicate: op("and", op("equals", field("industry"), "Retail"), op("equals", { member: "team" }, "NORTH")),
      },
    ]);
    expect(errors).toBeUndefined();
    expect(data!.upsertRowRules.rowRules.nodes.map(({ printed }) => printed).sort()).toEqual(
      ["accountOwner in colleagues(team)", '(industry = "Retail") and (me.team = "NORTH")'].sort(),
    );
    const seen = ids(await api.sqlAs<{ id: string }>(GUEST, "select id from company"));
    const wanted = ids(
      await api.sql<{ id: string }>("select id from company where account_owner_id = any($1) or industry = 'Retail'", [
        [await memberId(GUEST), await memberId("admin@acme.test")],
      ]),
    );
    expect(seen).toEqual(wanted);
    expect(seen.length).toBeGreaterThan(10);
    // The field follows its new name, and stays as long as rules need it.
    const rename = 'mutation ($id: UUID!) { updateOneField(id: $id, data: { name: "squad" }) { name } }';
    expect((await api.metadata(rename, { id: team.data!.createOneField.id })).errors).toBeUndefined();
    expect(ids(await api.sqlAs<{ id: string }>(GUEST, "select id from company"))).toEqual(wanted);
    const erase = "mutation ($id: UUID!) { deleteOneField(id: $id) { id } }";
    const refused = await api.metadata(erase, { id: team.data!.createOneField.id });
    expect(refused.errors![0]!.message).toContain("rowRule team");
    expect((await setRules("GUEST", "company", [])).errors).toBeUndefined();
    expect(ids(await api.sqlAs<{ id: string }>(GUEST, "select id from company"))).toHaveLength(own.length + others.length);
  });

  it("can use a field that is hidden from who has them", async () => {
    const roles = `mutation ($role: UUID!, $field: UUID!, $can: Boolean) {
      upsertFieldPermissions(upsertFieldPermissionsInput: { roleId: $role, fieldPermissions: [{ fieldId: $field, canRead: $can, canUpdate: $can }] }) { id } }`;
    const hidden = await value(
      "select f.id from core.fields f join core.objects o on o.id = f.object_id where f.workspace_id = authz.workspace_id() and o.name_singular = 'company' and f.name = 'employees'",
    );
    const variables = { role: await roleId("GUEST"), field: hidden };
    expect((await api.metadata(roles, { ...variables, can: false })).errors).toBeUndefined();
    expect(
      (await setRules("GUEST", "company", [{ name: "small", actions: ["read"], predicate: op("less", field("employees"), 1000) }])).errors,
    ).toBeUndefined();
    const [{ count }] = (await api.sql<{ count: string }>(
      "select count(*) from company where employees < 1000 and deleted_at is null",
    )) as [{ count: string }];
    const { data, errors } = await api.graphql<{ companies: { totalCount: number } }>("{ companies { totalCount } }", {}, GUEST);
    expect([errors, data?.companies.totalCount]).toEqual([undefined, Number(count)]);
    await setRules("GUEST", "company", []);
    await api.metadata(roles, { ...variables, can: true });
  });

  const BAD: [string, unknown, string][] = [
    ["a field that is not there", op("equals", field("nothing"), 1), "EXPRESSION_INVALID rules.0.predicate.args[0]"],
    ["SQL", op("equals", field("name"), { sql: "true" }), "EXPRESSION_INVALID rules.0.predicate.args[1]"],
    ["an operator that can fail", op("divide", field("employees"), 0), "EXPRESSION_INVALID rules.0.predicate.op"],
    ["no truth", field("employees"), "EXPRESSION_INVALID rules.0.predicate"],
    ["ids that are none", op("equals", field("accountOwner"), "me"), "EXPRESSION_INVALID rules.0.predicate"],
    [
      "colleagues of a field that is not there",
      op("in", field("accountOwner"), { colleagues: "x') or true --" }),
      "EXPRESSION_INVALID rules.0.predicate.args[1]",
    ],
    ["colleagues beside a text", op("in", field("name"), { colleagues: "locale" }), "EXPRESSION_INVALID rules.0.predicate"],
    ["too deep a tree", Array.from({ length: 25 }).reduce((node: unknown) => op("not", node), true), "EXPRESSION_INVALID"],
  ];
  it.each(BAD)("cannot be of %s (EXPRESSION_INVALID)", async (_what, predicate, code) => {
    const { errors } = await setRules("GUEST", "company", [{ name: "bad", predicate }]);
    expect(codes(errors as Errors)![0]).toContain(code);
  });

  it("cannot be set without the permission roles, nor for owners or who shapes the data model", async () => {
    expect(codes((await setRules("GUEST", "company", [OWN], MEMBER)).errors as Errors)).toEqual(["PERMISSION_DENIED"]);
    expect(codes((await setRules("OWNER", "company", [OWN])).errors as Errors)).toEqual(["ROLE_INVALID roleId"]);
    expect(codes((await setRules("ADMIN", "company", [OWN])).errors as Errors)).toEqual(["ROLE_INVALID roleId"]);
  });

  it("can be written as other CRM servers take them", async () => {
    const query = `mutation ($in: UpsertRowLevelPermissionPredicatesInput!) { upsertRowLevelPermissionPredicates(input: $in) { rowRules { nodes { printed actions } } } }`;
    const fieldId = (object: string, name: string) =>
      value(
        "select f.id from core.fields f join core.objects o on o.id = f.object_id where f.workspace_id = authz.workspace_id() and o.name_singular = $1 and f.name = $2",
        [object, name],
      );
    const group = "01900000-0000-7000-8000-00000000000a";
    const input = {
      roleId: await roleId("GUEST"),
      objectMetadataId: await objectId("company"),
      predicateGroups: [{ id: group, logicalOperator: "OR" }],
      predicates: [
        {
          fieldMetadataId: await fieldId("company", "accountOwner"),
          operand: "IS",
          workspaceMemberFieldMetadataId: await fieldId("workspaceMember", "id"),
          groupId: group,
        },
        { fieldMetadataId: await fieldId("company", "employees"), operand: "GREATER_THAN_OR_EQUAL", value: "15000", groupId: group },
        { fieldMetadataId: await fieldId("company", "industry"), operand: "IS_NOT", value: "Retail" },
      ],
    };
    const { data, errors } = await api.metadata<{ upsertRowLevelPermissionPredicates: { rowRules: { nodes: unknown[] } } }>(query, {
      in: input,
    });
    expect(errors).toBeUndefined();
    expect(data!.upsertRowLevelPermissionPredicates.rowRules.nodes).toContainEqual({
      printed: '(industry is empty or not (industry = "Retail")) and ((accountOwner = me) or (employees >= 15000))',
      actions: ["create", "delete", "destroy", "read", "update"],
    });
    const seen = await api.sqlAs(GUEST, "select id from company");
    const wanted = await api.sql(
      "select id from company where industry is distinct from 'Retail' and (employees >= 15000 or account_owner_id = $1)",
      [await memberId(GUEST)],
    );
    expect(ids(seen as never)).toEqual(ids(wanted as never));
    await setRules("GUEST", "company", []);
  });
});

describe("access", () => {
  const ASK =
    'query ($id: UUID!, $member: UUID) { access(object: "company", recordId: $id, member: $member) { can { read update delete destroy } because hiddenFields } }';
  const NONE = { read: false, update: false, delete: false, destroy: false };

  it("can tell a member of himself, and of what he does not see no more than of what is not there", async () => {
    const { data, errors } = await api.metadata(ASK, { id: own[0] }, MEMBER);
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      access: {
        can: { read: true, update: true, delete: true, destroy: false },
        because: [
          "read: rule own of the role MEMBER: accountOwner = me",
          "update: rule own of the role MEMBER: accountOwner = me",
          "delete: rule own of the role MEMBER: accountOwner = me",
          "destroy: no role of his has companies.destroy",
        ],
        hiddenFields: [],
      },
    });
    const foreign = await api.metadata(ASK, { id: others[0] }, MEMBER);
    expect((foreign.data as unknown as { access: { can: object } }).access.can).toEqual(NONE);
    expect(foreign.data).toEqual((await api.metadata(ASK, { id: "01900000-0000-7000-8000-000000000000" }, MEMBER)).data);
  });

  it("can tell who manages roles of others, and nobody else (PERMISSION_DENIED)", async () => {
    const member = await memberId(MEMBER);
    const { data } = await api.metadata<{ access: { can: object; because: string[] } }>(ASK, { id: others[0], member });
    expect([data!.access.can, data!.access.because[0]]).toEqual([NONE, "read: no rule of his lets it in (MEMBER own: accountOwner = me)"]);
    expect(codes((await api.metadata(ASK, { id: own[0], member }, GUEST)).errors as Errors)).toEqual(["PERMISSION_DENIED"]);
  });
});

it("cannot be explained past rules of rows (PERMISSION_DENIED)", async () => {
  const roles = "mutation ($member: UUID!, $roles: [UUID!]!) { assignRolesToMember(memberId: $member, roleIds: $roles) { id } }";
  const shaper = await api.metadata<{ createOneRole: { id: string } }>(
    'mutation { createOneRole(data: { label: "Shaper", permissions: ["data_model"] }) { id } }',
  );
  const member = await memberId(MEMBER);
  await api.metadata(roles, { member, roles: [await roleId("MEMBER"), shaper.data!.createOneRole.id] });
  const explain = async (email: string) => {
    const answer = await fetch(`${api.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${await api.tokenOf(email)}` },
      body: JSON.stringify({ query: "{ companies(first: 1) { nodes { id } } }", extensions: { explain: true } }),
    });
    return (await answer.json()) as { errors?: Errors; extensions?: object };
  };
  expect(codes((await explain(MEMBER)).errors)).toEqual(["PERMISSION_DENIED"]);
  expect((await explain("owner@acme.test")).extensions).toBeDefined();
  await api.metadata(roles, { member, roles: [await roleId("MEMBER")] });
});

it("can be planned: whose records appear or vanish is told, and nothing is changed", async () => {
  const query = UPSERT.replace("$in: UpsertRowRulesInput!", "$in: UpsertRowRulesInput!, $plan: Boolean").replace(
    "input: $in",
    "input: $in, plan: $plan",
  );
  const input = {
    roleId: await roleId("GUEST"),
    objectId: await objectId("company"),
    rules: [{ name: "retail", predicate: op("equals", field("industry"), "Retail") }],
  };
  const answer = (await api.metadata(query, { in: input, plan: true })) as unknown as {
    errors?: Errors;
    extensions: { plan: { records: object[] }[] };
  };
  expect(answer.errors).toBeUndefined();
  const [{ count }] = (await api.sql<{ count: string }>(
    "select count(*) from company where deleted_at is null and industry is distinct from 'Retail'",
  )) as [{ count: string }];
  expect(answer.extensions.plan).toMatchObject([
    {
      records: [{ holder: GUEST, object: "companies", appear: 0, vanish: Number(count) }],
      otherFields: [],
    },
  ]);
  expect(await api.sqlAs(GUEST, "select id from company where deleted_at is null")).toHaveLength(own.length + others.length);
});
