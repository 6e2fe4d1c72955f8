/** Rights that change while requests are under way, rules of rows on every way to a record, plans that roles share, inputs that say more than they may. */
import { assert, assertNone, type Check } from "../group.ts";
import { ADMIN, GUEST, MEMBER, OWNER, type PermissionsWorld } from "./world.ts";

const SECRET_WORDS = /password|secret|seed|otp|hash|private|sealed/i;
/** What is meant to be read: by who may see it, or of himself. */
const KNOWN = /^(inviteHash|workspaceInviteHash|isPasswordAuthEnabled|hasPassword|isPasswordSet|isPasswordAuthBypassEnabled)$/;

/** Rules of rows: what a member sees of companies, on every way to them, is what he owns. */
async function rowRules(world: PermissionsWorld): Promise<void> {
  const value = async (text: string, values: unknown[] = []) => Object.values((await world.sql(text, values))[0]!)[0] as string;
  const me = await value("select id from workspace_member where user_email = $1", [MEMBER]);
  const own = Number(await value("select count(*) from company where account_owner_id = $1 and deleted_at is null", [me]));
  const all = Number(await value("select count(*) from company where deleted_at is null"));
  const [role, object] = [
    await value("select id from core.roles where name = 'MEMBER' and workspace_id = authz.workspace_id()"),
    await value("select id from core.objects where name_singular = 'company' and workspace_id = authz.workspace_id()"),
  ];
  const UPSERT = "mutation ($in: UpsertRowRulesInput!) { upsertRowRules(input: $in) { rowRules { totalCount } } }";
  const predicate = { op: "equals", args: [{ field: "accountOwner" }, { member: "id" }] };
  const set = async (rules: object[]) => {
    const { errors } = await world.metadata(OWNER, UPSERT, { in: { roleId: role, objectId: object, rules } });
    assert(!errors, () => JSON.stringify(errors));
  };
  await set([{ name: "own", predicate }]);
  try {
    const [foreign] = await world.sql<{ id: string; name: string }>(
      "select id, name from company c where account_owner_id is distinct from $1 and deleted_at is null and (select count(*) from company d where d.name = c.name) = 1 limit 1",
      [me],
    );
    const ask = async <T>(query: string, variables = {}) => {
      const { data, errors } = await world.graphql<T>(MEMBER, query, variables);
      assert(!errors?.some(({ extensions }) => extensions.code !== "NOT_FOUND"), () => JSON.stringify(errors));
      return data as T;
    };
    const { companies } = await ask<{ companies: { totalCount: number } }>("{ companies { totalCount } }");
    const { companiesGroupBy } = await ask<{ companiesGroupBy: { totalCount: number }[] }>(
      "{ companiesGroupBy(groupBy: [{ industry: true }]) { totalCount } }",
    );
    const grouped = companiesGroupBy.reduce((sum, { totalCount }) => sum + totalCount, 0);
    const seen = { listed: companies.totalCount, grouped };
    assertNone(
      Object.entries(seen)
        .filter(([, count]) => count !== own)
        .map(([way, count]) => `${way}: ${count} in place of ${own} of ${all}`),
      "ways to rows that are not open",
    );
    const ways: [string, string][] = [
      [
        "by its id",
        "query ($id: UUID!, $name: String!) { company(filter: { id: { eq: $id } }) { id } c: companies(filter: { name: { eq: $name } }) { nodes { id } } }",
      ],
      ["through a relation", "query ($id: UUID!) { people(filter: { companyId: { eq: $id } }, first: 3) { nodes { company { id } } } }"],
      ["by a filter on a relation", "query ($id: UUID!) { people(filter: { company: { id: { eq: $id } } }) { totalCount } }"],
      [
        "by search",
        'query ($name: String!) { search(searchInput: $name, limit: 50, includedObjectNameSingulars: ["company"]) { edges { node { recordId } } } }',
      ],
      ["by writing to it", 'mutation ($id: UUID!) { updateCompany(id: $id, data: { industry: "x" }) { id } }'],
      ["by deleting it", "mutation ($id: UUID!) { deleteCompany(id: $id) { id } }"],
      ["by destroying it", "mutation ($id: UUID!) { destroyCompany(id: $id) { id } }"],
    ];
    const found: string[] = [];
    for (const [way, query] of ways) {
      const variables = Object.fromEntries(Object.entries(foreign!).filter(([name]) => query.includes(`$${name}:`)));
      const { data } = await world.graphql(MEMBER, query, variables);
      const text = JSON.stringify(data);
      if (text.includes(foreign!.id) || /"totalCount":[1-9]/.test(text)) found.push(`${way}: ${text}`);
    }
    assertNone(found, "ways to a row that is not open");
  } finally {
    await set([]);
  }
}

/** One document, asked by all roles in turn, hundreds of times: the plan is shared, the rights are not. */
async function sharedPlans(world: PermissionsWorld): Promise<void> {
  const QUERY = "{ companies(first: 2) { nodes { id employees } } }";
  const WRITE = 'mutation { createTask(data: { title: "shared plan" }) { id } }';
  const expected: Record<string, [read: boolean, write: boolean]> = {
    [OWNER]: [true, true],
    [ADMIN]: [true, true],
    [MEMBER]: [true, true],
    [GUEST]: [false, false],
  };
  const emails = Object.keys(expected);
  const found: string[] = [];
  const turn = async () => {
    for (let n = 0; n < (world.isFull ? 1000 : 60); n++) {
      const email = emails[world.random(emails.length)]!;
      const [read, write] = [await world.graphql(email, QUERY), await world.graphql(email, WRITE)];
      const did = [!read.errors, !write.errors];
      if (did.join() !== expected[email]!.join()) found.push(`${email} ${did.join()}: ${JSON.stringify([read.errors, write.errors])}`);
    }
  };
  await Promise.all(Array.from({ length: 6 }, turn));
  assertNone(found, "answers by another's rights");
}

/** A right that is taken is gone at the next request, however fast they come. */
async function inFlight(world: PermissionsWorld): Promise<void> {
  const WRITE = 'mutation { createTask(data: { title: "in flight" }) { id } }';
  const role = async (name: string) =>
    (await world.sql<{ id: string }>("select id from core.roles where name = $1 and workspace_id = authz.workspace_id()", [name]))[0]!.id;
  const [member] = await world.sql<{ id: string }>("select id from workspace_member where user_email = $1", [MEMBER]);
  const assign = async (id: string) => {
    const { errors } = await world.metadata(
      OWNER,
      "mutation ($m: UUID!, $r: [UUID!]!) { assignRolesToMember(memberId: $m, roleIds: $r) { id } }",
      { m: member!.id, r: [id] },
    );
    assert(!errors, () => JSON.stringify(errors));
  };
  const [guest, full] = [await role("GUEST"), await role("MEMBER")];
  const found: string[] = [];
  for (let n = 0; n < (world.isFull ? 50 : 5); n++) {
    let [hasEnded, isTaken] = [false, false];
    const flood = Array.from({ length: 4 }, async () => {
      while (!hasEnded) {
        const wasTaken = isTaken;
        const { errors } = await world.graphql(MEMBER, WRITE);
        if (wasTaken && !errors) found.push("a write after the right was taken");
      }
    });
    await assign(guest);
    isTaken = true;
    await new Promise((resolve) => setTimeout(resolve, 100));
    hasEnded = true;
    await Promise.all(flood);
    await assign(full);
  }
  assertNone(found, "rights that outlived their end");
}

/** However many owners go at once, one stays. */
async function lastOwner(world: PermissionsWorld): Promise<void> {
  const members = await world.sql<{ id: string; email: string }>("select id, user_email as email from workspace_member");
  const owner = (
    await world.sql<{ id: string }>("select id from core.roles where name = 'OWNER' and workspace_id = authz.workspace_id()")
  )[0]!.id;
  const guest = (
    await world.sql<{ id: string }>("select id from core.roles where name = 'GUEST' and workspace_id = authz.workspace_id()")
  )[0]!.id;
  const before = await world.sql<{ member_id: string; role_id: string }>(
    "select member_id, role_id from core.role_assignments where workspace_id = authz.workspace_id() and member_id is not null",
  );
  const ASSIGN = "mutation ($m: UUID!, $r: [UUID!]!) { assignRolesToMember(memberId: $m, roleIds: $r) { id } }";
  for (const { id, email } of members) if (email !== OWNER) await world.metadata(OWNER, ASSIGN, { m: id, r: [owner] });
  const answers = await Promise.all(
    members.flatMap(({ id }) => members.map(({ email }) => world.metadata(email, ASSIGN, { m: id, r: [guest] }))),
  );
  const [left] = await world.sql<{ n: number }>(
    "select count(distinct member_id)::int as n from core.role_assignments where role_id = $1",
    [owner],
  );
  // As it was, for the checks that follow.
  await world.sql(
    "insert into core.role_assignments (workspace_id, role_id, member_id) select authz.workspace_id(), x.role_id, x.member_id from jsonb_to_recordset($1) x (role_id uuid, member_id uuid) on conflict do nothing",
    [JSON.stringify(before)],
  );
  await world.sql(
    "delete from core.role_assignments a where workspace_id = authz.workspace_id() and member_id is not null and not exists (select from jsonb_to_recordset($1) x (role_id uuid, member_id uuid) where x.role_id = a.role_id and x.member_id = a.member_id)",
    [JSON.stringify(before)],
  );
  assert(left!.n >= 1, "a workspace is without an owner");
  assertNone(
    answers.filter(({ status }) => status >= 500).map(({ status }) => String(status)),
    "faults of the server",
  );
}

const SYSTEM: Record<string, unknown> = {
  workspaceId: "00000000-0000-0000-0000-000000000000",
  createdBy: { name: "Somebody else" },
  createdByName: "Somebody else",
  createdByWorkspaceMemberId: "00000000-0000-0000-0000-000000000000",
  updatedBy: { name: "Somebody else" },
  deletedAt: "2020-01-01T00:00:00Z",
  updatedAt: "2020-01-01T00:00:00Z",
  searchVector: "'x'",
  role: "OWNER",
  constructor: { prototype: { isAdmin: true } },
  prototype: { isAdmin: true },
};

/** An input that says more than it may is refused, and does nothing. */
async function massAssignment(world: PermissionsWorld): Promise<void> {
  const found: string[] = [];
  const bodies = Object.entries(SYSTEM).map(([name, value]) => JSON.stringify({ [name]: value }));
  bodies.push('{"__proto__":{"isAdmin":true}}', '{"constructor":{"prototype":{"name":"x"}},"__proto__":{"name":"polluted"}}');
  for (const data of bodies) {
    const body = `{"query":"mutation ($data: CompanyCreateInput!) { createCompany(data: $data) { id name createdBy { name } deletedAt } }","variables":{"data":${data}}}`;
    const response = await fetch(`${world.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${await world.tokenOf(MEMBER)}` },
      body,
    });
    const text = await response.text();
    const made = (
      JSON.parse(text) as {
        data?: { createCompany?: { name: string | null; createdBy: { name: string }; deletedAt: string | null } | null };
      }
    ).data?.createCompany;
    if (response.status >= 500) found.push(`${data}: ${text}`);
    if (made && (made.createdBy.name === "Somebody else" || made.deletedAt || made.name)) found.push(`${data} was taken: ${text}`);
  }
  const { data } = await world.graphql<{ companies: { nodes: { name: string | null }[] } }>(
    MEMBER,
    '{ companies(filter: { name: { eq: "polluted" } }) { nodes { name } } }',
  );
  if (data!.companies.nodes.length) found.push("a prototype was polluted");
  assertNone(found, "inputs that said more than they may");
}

/** Nothing that can be asked of /metadata or /graphql is called like a secret. */
async function secretFields(world: PermissionsWorld): Promise<void> {
  const ASK =
    "{ __schema { queryType { name } types { name kind fields { name type { name kind ofType { name kind ofType { name kind ofType { name kind } } } } } } } }";
  type Ref = { name: string | null; ofType?: Ref };
  type Schema = { __schema: { queryType: { name: string }; types: { name: string; fields: { name: string; type: Ref }[] | null }[] } };
  const nameOf = (ref: Ref): string => ref.name ?? nameOf(ref.ofType!);
  for (const ask of [world.graphql, world.metadata]) {
    const { data } = await ask<Schema>(OWNER, ASK);
    const types = new Map(data!.__schema.types.map((type) => [type.name, type]));
    const reached = new Set([data!.__schema.queryType.name]);
    const found: string[] = [];
    for (const name of reached)
      for (const { name: field, type } of types.get(name)?.fields ?? []) {
        if (SECRET_WORDS.test(field) && !KNOWN.test(field)) found.push(`${name}.${field}`);
        reached.add(nameOf(type));
      }
    assertNone(found, "fields that are called like secrets can be read");
  }
}

export const changing: Check<PermissionsWorld>[] = [
  { id: "B29", title: "rules of rows hold on every way to a record", run: rowRules },
  { id: "B13", title: "one document by all roles in turn: everybody by his own rights", run: sharedPlans },
  { id: "B32", title: "a right that is taken while requests are under way is gone at the next", run: inFlight },
  { id: "B31", title: "all owners go at once: one stays", run: lastOwner },
  { id: "B33", title: "inputs that name system fields or prototypes are refused, and do nothing", run: massAssignment },
  { id: "B34", title: "no field that can be read is called like a secret", run: secretFields },
];
