/** What stands between workspaces: addresses, unique values, keys, policies, and that nothing stays of one that is gone. */
import pg from "pg";
import { assert, assertNone, type Check } from "../group.ts";
import { lint } from "../lints.ts";
import { canaryOf } from "../scanner.ts";
import type { IsolationWorld } from "./world.ts";

const NAMES = ["not-there", "00000000-0000-7000-8000-000000000000"];

/** Whatever says another workspace than the token does, the request is refused; and alike, whether there is one. */
async function addresses(world: IsolationWorld): Promise<void> {
  const { token, subdomain } = world.attackers[0]!;
  const [victim] = world.victims;
  const ask = async (name: string) => {
    const response = await fetch(`${world.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}`, "x-workspace": name },
      body: '{"query":"{ companies { totalCount } }"}',
    });
    return `${response.status} ${await response.text()}`;
  };
  assert((await ask(subdomain)).startsWith("200"), "one's own workspace is refused");
  const told = await Promise.all([victim!.subdomain, victim!.workspaceId, ...NAMES].map(ask));
  assertNone(
    told.filter((one) => !one.startsWith("403")),
    "headers that name another workspace were taken",
  );
  assert(new Set(told).size === 1, () => `they differ: ${told.join(" · ")}`);
}

/** A value that is unique in its workspace is free in any other, and so is an id. */
async function uniqueValues(world: IsolationWorld): Promise<void> {
  const [{ token }, victims] = [world.attackers[1]!, world.victims.slice(0, world.isFull ? 500 : 20)];
  const found: string[] = [];
  const destroy = (id: string) => world.ask("/graphql", token, "mutation ($id: UUID!) { destroyPerson(id: $id) { id } }", { id });
  for (const victim of victims) {
    const [person] = await world.sql<{ id: string; email: string }>(`select id, email from ${victim.schemaName}.person limit 1`);
    await destroy(person!.id); // He may have made one of his own under this id before.
    const { errors } = await world.ask(
      "/graphql",
      token,
      "mutation ($data: PersonCreateInput!) { createPerson(data: $data) { id email } }",
      {
        data: { id: person!.id, email: person!.email, firstName: "x" },
      },
    );
    if (errors) found.push(JSON.stringify(errors));
    world.scanner.forgetIds([person!.id]);
    await destroy(person!.id);
    world.scanner.addIds(victim.workspaceId, [person!.id]);
  }
  assertNone(found, "values of others were taken");
}

/** An API key opens its own workspace, and nothing when it is revoked. */
async function apiKeys(world: IsolationWorld): Promise<void> {
  const { token, workspaceId } = world.attackers[2]!;
  const [role] = await world.sql<{ id: string }>("select id from core.roles where workspace_id = $1 and name = 'MEMBER'", [workspaceId]);
  const meta = async <T>(query: string, variables: object) => {
    const { data, errors } = await world.ask<Record<string, T>>("/metadata", token, query, variables);
    assert(!errors, () => JSON.stringify(errors));
    return Object.values(data!)[0]!;
  };
  const input = { name: "Key", expiresAt: "2099-01-01T00:00:00Z", roleId: role!.id };
  const { id } = await meta<{ id: string }>("mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { id } }", { input });
  const made = await meta<{ token: string }>("mutation ($id: UUID!) { generateApiKeyToken(apiKeyId: $id) { token } }", { id });
  world.scanner.addKey(made.token, workspaceId);
  const ask = (query: string) => world.ask<{ companies: { nodes: { name: string }[] } }>("/graphql", made.token, query);
  const { data } = await ask("{ companies(first: 60) { nodes { name } } }");
  assert(
    data!.companies.nodes.some(({ name }) => name?.includes(canaryOf(workspaceId, "").slice(0, 39))),
    "a key reads nothing of its own",
  );
  const foreign = world.victims[0]!;
  const [company] = await world.sql<{ id: string }>(`select id from ${foreign.schemaName}.company limit 1`);
  const read = await ask(`{ companies(filter: { id: { eq: "${company!.id}" } }) { nodes { name } } }`);
  assert(read.data!.companies.nodes.length === 0, "a key reads another workspace's row");
  await meta("mutation ($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { id } }", { input: { id } });
  assert((await ask("{ companies { totalCount } }")).status === 401, "a revoked key still opens");
}

/** Nothing of a workspace that was deleted stays in any table. */
async function gone(world: IsolationWorld): Promise<void> {
  const victim = world.workspaces.pop()!;
  world.victims.splice(world.victims.indexOf(victim), 1);
  const { errors } = await world.ask("/metadata", victim.token, "mutation { deleteCurrentWorkspace { id } }");
  assert(!errors, () => JSON.stringify(errors));
  const purge = async () =>
    (await world.sql<{ done: boolean }>("select authz.purge_workspace($1, 0) as done", [victim.workspaceId]))[0]!.done;
  for (let n = 0; n < 50 && !(await purge()); n++);
  const db = new pg.Client({ connectionString: world.adminUrl });
  await db.connect();
  const { rows } = await db.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and (n.nspname in ('core', 'private', 'authz', 'trash', 'graphile_worker') or n.nspname = $1)`,
    [world.victims[0]!.schemaName],
  );
  const left: string[] = [];
  for (const { name } of rows) {
    const { rowCount } = await db.query(`select from ${name} x where strpos(x::text, $1) > 0 or strpos(x::text, $2) > 0 limit 1`, [
      canaryOf(victim.workspaceId, "").slice(0, 39),
      victim.workspaceId,
    ]);
    if (rowCount) left.push(name);
  }
  await db.end();
  assertNone(left, "tables that still know a deleted workspace");
}

/** What PostgreSQL's channels carry is for anybody who listens: nothing. */
async function channels(world: IsolationWorld): Promise<void> {
  const db = new pg.Client({ connectionString: world.adminUrl });
  const heard: string[] = [];
  db.on("notification", ({ channel, payload }) => heard.push(`${channel} ${payload}`));
  await db.connect();
  const { rows } = await db.query<{ name: string }>(
    "select distinct m[1] as name from pg_proc p, regexp_matches(p.prosrc, 'notify\\s*\\(?\\s*''([^'']+)''', 'gi') m where p.pronamespace >= 16384",
  );
  for (const { name } of rows) await db.query(`listen ${pg.escapeIdentifier(name)}`);
  await world.ask("/graphql", world.attackers[0]!.token, 'mutation { createCompany(data: { name: "heard" }) { id } }');
  await world.ask("/metadata", world.attackers[0]!.token, 'mutation { sendInvitations(emails: ["heard@nowhere.test"]) { success } }');
  await db.query("select 1");
  await db.end();
  for (const text of heard) world.scanner.look({ where: "a notification", text });
  assertNone(
    heard.filter((text) => /[0-9a-f]{8}-[0-9a-f]{4}|CANARY/.test(text)),
    "notifications that tell something",
  );
  world.note(`${rows.length} channels, ${heard.length} notifications`);
}

export const walls: Check<IsolationWorld>[] = [
  { id: "A5", title: "a header that names another workspace than the token is refused, whether there is one or not", run: addresses },
  { id: "A7", title: "values and ids that are unique in other workspaces are free", run: uniqueValues },
  {
    id: "A8",
    title: "every rule of the database's lints, over all workspaces: no fault",
    run: async ({ adminUrl }) => assertNone(await lint(adminUrl), "faults"),
  },
  { id: "A16", title: "what is notified tells nothing", run: channels },
  { id: "A17", title: "an API key opens its own workspace alone, and nothing once revoked", run: apiKeys },
  { id: "A21", title: "a deleted workspace leaves nothing in any table", run: gone },
];
