/** What was deleted and not reopened in time is gone with all that it held, and others notice nothing. */
import { adminQuery, post, signIn, until, useTestServer } from "../helpers/server.ts";
import "../helpers/slow.ts";

const server = useTestServer({}, "all");
const sql = <Row extends Record<string, unknown>>(text: string, values: unknown[] = [], workspace = "acme") =>
  adminQuery<Row>(server.adminUrl, text, values, workspace);
const CANARY = "CANARY7e3b";

/** Where a text stands, in any table of any schema and in the catalog. */
async function tracesOf(...texts: string[]): Promise<string[]> {
  const tables = await sql<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'm') and n.nspname not in ('information_schema', 'pg_toast')
       and (n.nspname <> 'pg_catalog' or c.relname in ('pg_namespace', 'pg_class', 'pg_proc', 'pg_description', 'pg_policy', 'pg_attribute', 'pg_constraint', 'pg_trigger'))`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const [row] = await sql<{ is_there: boolean }>(
      `select exists (select from ${name} x where exists (select from unnest($1::text[]) t where strpos(x::text, t) > 0)) as is_there`,
      [texts],
    );
    if (row!.is_there) found.push(name);
  }
  return found.sort();
}

const ask = async (token: string, path: string, query: string, variables: Record<string, unknown> = {}) => {
  const { data, errors } = await post<Record<string, Record<string, string>>>(server.url, path, token, query, variables);
  expect([query, errors]).toEqual([query, undefined]);
  return data!;
};

/** Leaves something in every corner of globex. */
async function fill(token: string, workspaceId: string): Promise<void> {
  await ask(token, "/graphql", `mutation { createCompany(data: { name: "${CANARY}" }) { id } }`);
  const made = await ask(
    token,
    "/metadata",
    `mutation { createOneObject(data: { nameSingular: "rocket", namePlural: "rockets", description: "${CANARY}" }) { id } }`,
  );
  const { id } = made["createOneObject"]!;
  await ask(token, "/graphql", `mutation { createRocket(data: { name: "${CANARY}" }) { id } }`);
  await ask(token, "/metadata", "mutation ($id: UUID!) { deleteOneObject(id: $id) { id } }", { id });
  const role = await ask(
    token,
    "/metadata",
    `mutation { createOneRole(data: { label: "${CANARY}", permissions: ["companies.read"] }) { id } }`,
  );
  const key = `mutation ($ids: [UUID!]) { createApiKey(input: { name: "${CANARY}", expiresAt: "2099-01-01T00:00:00Z", roleIds: $ids }) { id } }`;
  await ask(token, "/metadata", key, { ids: [role["createOneRole"]!["id"]!] });
  await ask(token, "/metadata", `mutation { sendInvitations(emails: ["${CANARY.toLowerCase()}@initech.test"]) { success } }`);
  await ask(token, "/metadata", "mutation { rotateInviteLink { inviteHash } }");
  await ask(
    token,
    "/metadata",
    `mutation { createApprovedAccessDomain(input: { domain: "${CANARY.toLowerCase()}.test", email: "a@${CANARY.toLowerCase()}.test" }) { id } }`,
  );
  await ask(token, "/metadata", 'mutation { updateWorkspace(data: { customDomain: "crm.globex-corp.test" }) { id } }');
  await sql("select graphile_worker.add_job('finish_build', $1, run_at => now() + interval '1 year')", [JSON.stringify({ workspaceId })]);
}

it("keeps what was deleted for the days of grace, then takes it away without a trace", async () => {
  const [{ id, schema_name: schema }] = (await sql<{ id: string; schema_name: string }>(
    "select id, schema_name from core.workspaces where subdomain = 'globex'",
  )) as [{ id: string; schema_name: string }];
  const [token, other] = [await signIn(server.url, "owner@globex.test"), await signIn(server.url, "owner@acme.test")];
  await fill(token, id);
  const texts = [id, schema, CANARY, CANARY.toLowerCase(), "globex-corp"];
  expect(await tracesOf(...texts)).toEqual(
    expect.arrayContaining([
      "core.changes",
      "core.invitations",
      "core.roles",
      "core.trash",
      "private.sessions",
      `${schema}.company`,
      "graphile_worker._private_jobs",
    ]),
  );
  const before = await ask(other, "/graphql", "{ companies { totalCount } people { totalCount } }");
  await ask(token, "/metadata", "mutation { deleteCurrentWorkspace { id } }");

  // Not yet.
  await sql("select graphile_worker.add_job('purge_workspaces')");
  await until(
    () =>
      sql(
        "select 1 from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id where t.identifier = 'purge_workspaces'",
      ),
    (jobs) => jobs.length === 0,
  );
  expect(await sql("select 1 from core.workspaces where id = $1", [id])).toHaveLength(1);

  await sql("select graphile_worker.add_job('purge_workspaces', '{\"graceDays\": 0}')");
  await until(
    () => sql("select 1 from core.workspaces where id = $1", [id]),
    (rows) => rows.length === 0,
  );
  await until(
    () => sql("select 1 from graphile_worker._private_jobs where payload::text like $1", [`%${id}%`]),
    (rows) => rows.length === 0,
  );
  // Mails say nothing any more once they are sent, and go after a month; /mailbox is for trials.
  const isOfMail = (name: string) => ["private.mails", "private.mailbox"].includes(name);
  expect((await tracesOf(...texts)).filter((name) => !isOfMail(name))).toEqual([]);

  expect(await ask(other, "/graphql", "{ companies { totalCount } people { totalCount } }")).toEqual(before);
  expect(await sql("select * from private.disagreements()")).toEqual([]);
  expect(await sql("select email from core.users where email = 'owner@globex.test'")).toHaveLength(1);
  expect((await post(server.url, "/graphql", token, "{ companies { totalCount } }")).status).toBe(401);
});
