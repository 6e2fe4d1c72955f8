/**
 * Three workspaces, 16 clients, 5,000 requests of every kind, interleaved: no answer
 * may hold a row, an id or a word of another workspace. Every row written carries
 * its workspace's canary; every id in an answer is looked up afterwards.
 */
import { hashPassword } from "../../src/auth/password.ts";
import { makeRandom } from "../graphql/samples.ts";
import { adminQuery, PASSWORD, post, signIn, useTestServer } from "../helpers/server.ts";

const REQUESTS = 5000;
const CLIENTS = 16;
const NAMES = ["acme", "globex", "initech"] as const;
type Name = (typeof NAMES)[number];

const server = useTestServer();
const sql = (text: string, values: unknown[] = []) => adminQuery(server.adminUrl, text, values);

type Workspace = { name: Name; canary: string; tokens: string[]; ids: string[]; seen: Set<string>; count: number };
const workspaces = Object.fromEntries(
  NAMES.map((name) => [
    name,
    { name, canary: `canary-of-${name}-${crypto.randomUUID().slice(0, 8)}`, tokens: [], ids: [], seen: new Set<string>(), count: 0 },
  ]),
) as unknown as Record<Name, Workspace>;

beforeAll(async () => {
  const hash = await hashPassword(PASSWORD);
  await sql("select private.create_workspace('Initech', 'initech')");
  await sql("select private.create_user('owner@initech.test', $1, 'Ian', 'Initech')", [hash]);
  await sql("select private.create_user('both@globex.test', $1, 'Bea', 'Both')", [hash]);
  const join = "select private.add_member(w.id, u.id, $3) from core.workspaces w, core.users u where w.subdomain = $1 and u.email = $2";
  await sql(join, ["initech", "owner@initech.test", "OWNER"]);
  for (const name of ["globex", "initech"]) await sql(join, [name, "both@globex.test", "MEMBER"]);
  workspaces.acme.tokens = await Promise.all(
    ["owner@acme.test", "member@acme.test", "guest@acme.test"].map((email) => signIn(server.url, email)),
  );
  workspaces.globex.tokens = [await signIn(server.url, "owner@globex.test"), await signIn(server.url, "both@globex.test", "globex")];
  workspaces.initech.tokens = [await signIn(server.url, "owner@initech.test"), await signIn(server.url, "both@globex.test", "initech")];
  const { errors } = await post(
    server.url,
    "/metadata",
    workspaces.initech.tokens[0],
    'mutation { createOneObject(data: { nameSingular: "vault", namePlural: "vaults" }) { id } }',
  );
  expect(errors).toBeUndefined();
});

type Operation = [path: string, query: string, variables?: Record<string, unknown>];
const COMPANY =
  "id name industry accountOwner { id name } contacts(first: 3) { totalCount nodes { id name email } } createdBy { name workspaceMemberId }";

/** The next thing that somebody of `own` asks, often about what is `foreign`. */
function operation(own: Workspace, foreign: Workspace, random: (below: number) => number): Operation {
  const mark = `${own.canary} ${own.count++}`;
  const pick = (ids: string[]) => ids[random(ids.length)] ?? "00000000-0000-0000-0000-000000000000";
  const id = pick(random(3) ? own.ids : foreign.ids);
  const plural = own.name === "initech" ? "vaults" : own.name === "acme" ? "projects" : "notes";
  const choices: (() => Operation)[] = [
    () => [
      "/graphql",
      "mutation ($data: CompanyCreateInput!) { createCompany(data: $data) { id name } }",
      { data: { name: mark, industry: own.canary } },
    ],
    () => [
      "/graphql",
      "mutation ($data: PersonCreateInput!) { createPerson(data: $data) { id name company { id name } } }",
      { data: { firstName: mark, companyId: id } },
    ],
    () => [
      "/graphql",
      "mutation ($data: PersonCreateInput!) { createPerson(data: $data) { id email } }",
      { data: { firstName: mark, email: `same-${random(30)}@everywhere.example` } },
    ],
    () => [
      "/graphql",
      "mutation ($id: UUID!, $name: String) { updateCompany(id: $id, data: { name: $name }) { id name } }",
      { id, name: mark },
    ],
    () => ["/graphql", "mutation ($id: UUID!) { deleteCompany(id: $id) { id name } }", { id }],
    () => ["/graphql", `query ($id: UUID!) { company(filter: { id: { eq: $id } }) { ${COMPANY} } }`, { id }],
    () => ["/graphql", `{ companies(first: 5, orderBy: [{ createdAt: DescNullsLast }]) { totalCount nodes { ${COMPANY} } } }`],
    () => [
      "/graphql",
      `query ($of: String) { companies(filter: { industry: { eq: $of } }, first: 10) { totalCount nodes { ${COMPANY} } } }`,
      { of: random(2) ? own.canary : foreign.canary },
    ],
    () => [
      "/graphql",
      "query ($s: String) { people(filter: { searchVector: { search: $s } }, first: 5) { nodes { id name company { name } } } }",
      { s: "canary" },
    ],
    () => [
      "/graphql",
      "query ($ids: [UUID!]) { companies(filter: { or: [{ id: { in: $ids } }, { deletedAt: { is: NOT_NULL } }] }, first: 5) { nodes { id name } } }",
      { ids: foreign.ids.slice(-20) },
    ],
    () => ["/graphql", `{ ${plural}(first: 3) { totalCount nodes { id } } workspaceMembers { nodes { id name userEmail } } }`],
    () => ["/graphql", "{ projects { totalCount } }"],
    () => ["/graphql", 'mutation { createVault(data: { name: "x" }) { id } }'],
    () => ["/graphql", `{ companies(filter: { id: { eq: "${mark}" } }) { totalCount } }`],
    () => ["/graphql", "{ companies(first: -1) { totalCount } }"],
    () => [
      "/metadata",
      "{ objects(first: 50) { nodes { id nameSingular } } workspaces { nodes { id subdomain } } members { nodes { id userId } } }",
    ],
  ];
  return choices[random(choices.length)]!();
}

const UUIDS = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const tally = { answers: 0, failed: [] as string[], strange: [] as string[], codes: new Map<string, number>() };

async function client(seed: number): Promise<void> {
  const random = makeRandom(seed);
  while (tally.answers < REQUESTS) {
    tally.answers++;
    const own = workspaces[NAMES[random(3)]!];
    const others = NAMES.filter((name) => name !== own.name).map((name) => workspaces[name]);
    const [path, query, variables] = operation(own, others[random(2)]!, random);
    const {
      status,
      headers: _headers,
      ...body
    } = await post<Record<string, { id?: string } | null>>(server.url, path, own.tokens[random(own.tokens.length)], query, variables);
    const text = JSON.stringify(body);
    const codes = (body.errors ?? []).map(({ extensions }) => extensions.code);
    for (const code of codes) tally.codes.set(code, (tally.codes.get(code) ?? 0) + 1);
    if (status >= 500 || codes.includes("INTERNAL_ERROR")) tally.failed.push(`${status} ${query} ${text}`);
    for (const { canary } of others) if (text.includes(canary)) tally.strange.push(`${own.name}: ${query} ${text}`);
    for (const [uuid] of JSON.stringify(body.data ?? {}).matchAll(UUIDS)) own.seen.add(uuid);
    const made = body.data?.["createCompany"]?.id;
    if (made) own.ids.push(made);
  }
}

/** Every id that stands in a workspace's tables, or is the workspace's in core. */
async function idsOf(name: Name): Promise<Set<string>> {
  const tables = await sql(
    "select format('%I.%I', w.schema_name, o.table_name) as name from core.objects o join core.workspaces w on w.id = o.workspace_id where w.subdomain = $1",
    [name],
  );
  const selects = tables.map((table) => `select id from ${table["name"] as string}`);
  const core = ["objects", "fields", "relations", "roles", "workspace_members"].map(
    (table) => `select c.id from core.${table} c join core.workspaces w on w.id = c.workspace_id where w.subdomain = '${name}'`,
  );
  const rows = await sql([...selects, ...core, `select id from core.workspaces where subdomain = '${name}'`].join(" union "));
  return new Set(rows.map((row) => row["id"] as string));
}

it("cannot see another workspace in any of 5,000 answers", async () => {
  await Promise.all(Array.from({ length: CLIENTS }, (_, n) => client(n + 1)));
  expect(tally.failed).toEqual([]);
  expect(tally.strange).toEqual([]);

  for (const own of NAMES) {
    const ownIds = await idsOf(own);
    for (const other of NAMES.filter((name) => name !== own)) {
      const foreign = await idsOf(other);
      const leaked = [...workspaces[own].seen].filter((id) => foreign.has(id));
      expect({ own, other, leaked }).toEqual({ own, other, leaked: [] });
    }
    // The comparison means something: rows were written, and ids of the own workspace were seen.
    expect([...workspaces[own].seen].filter((id) => ownIds.has(id)).length).toBeGreaterThan(100);
    expect(workspaces[own].ids.length).toBeGreaterThan(30);
  }
  for (const code of ["NOT_FOUND", "RELATED_NOT_FOUND", "CONFLICT", "BAD_INPUT", "GRAPHQL_VALIDATION_FAILED", "PERMISSION_DENIED"]) {
    expect([code, tally.codes.get(code) ?? 0]).toEqual([code, expect.any(Number)]);
    expect(tally.codes.get(code) ?? 0).toBeGreaterThan(5);
  }
}, 180_000);

it("cannot find a canary in another workspace's tables", async () => {
  for (const own of NAMES) {
    for (const other of NAMES.filter((name) => name !== own)) {
      const count = async (canary: string) =>
        (
          await adminQuery<{ count: number }>(
            server.adminUrl,
            "select (select count(*) from company where name like $1 or industry like $1)::int + (select count(*) from person where first_name like $1)::int as count",
            [`%${canary}%`],
            own,
          )
        )[0]!.count;
      expect(await count(workspaces[other].canary)).toBe(0);
      expect(await count(workspaces[own].canary)).toBeGreaterThan(50);
    }
  }
});
