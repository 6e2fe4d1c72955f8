/**
 * `npm run relata -- bi …`: logins of PostgreSQL for BI tools and psql, each of one workspace, which read what a
 * role of it reads. Only here the administrator makes roles; what one may is SQL's to say (db/private/bi_logins.sql).
 */
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import pg from "pg";
import { ownerUrl, urlFor, withAdmin } from "../migrate.ts";
import { speakingFor, type Workspace, withDatabase, workspacesOf } from "./database.ts";

const TIMEOUT = "60s";
const CONNECTIONS = 5;
const print = (text: string) => void process.stdout.write(`${text}\n`);

/** The workspace that is named, and a connection as relata_owner. */
async function within<T>(
  adminUrl: string,
  name: string | undefined,
  work: (db: pg.Client, workspace: Workspace) => Promise<T>,
): Promise<T> {
  if (!name) throw new Error("Say which workspace.");
  return withAdmin(ownerUrl(adminUrl), async (db) => {
    const [workspace] = await workspacesOf(db, name);
    return speakingFor(db, workspace!, () => work(db, workspace!));
  });
}

async function makeRole(admin: pg.Client, login: string, password: string, workspace: Workspace): Promise<void> {
  const role = pg.escapeIdentifier(login);
  const { rows } = await admin.query<{ name: string }>("select current_database() as name");
  const statements = [
    `create role ${role} login noinherit nocreatedb nocreaterole connection limit ${CONNECTIONS} password ${pg.escapeLiteral(password)}`,
    `alter role ${role} set relata.workspace_id = ${pg.escapeLiteral(workspace.id)}`,
    `alter role ${role} set search_path = ${pg.escapeIdentifier(workspace.schema_name)}`,
    `alter role ${role} set statement_timeout = '${TIMEOUT}'`,
    `alter role ${role} set idle_in_transaction_session_timeout = '${TIMEOUT}'`,
    `alter role ${role} set default_transaction_read_only = on`,
    `grant connect on database ${pg.escapeIdentifier(rows[0]!.name)} to ${role}`,
  ];
  for (const statement of statements) await admin.query(statement);
}

async function dropRole(admin: pg.Client, login: string): Promise<void> {
  const role = pg.escapeIdentifier(login);
  const { rows } = await admin.query<{ name: string }>("select current_database() as name");
  await admin.query(`revoke all on database ${pg.escapeIdentifier(rows[0]!.name)} from ${role}`);
  await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = $1", [login]);
  await admin.query(`drop role ${role}`);
}

export function createLogin(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({ args, allowPositionals: true, options: { role: { type: "string", default: "GUEST" } } });
  return withDatabase(async (adminUrl) => {
    const workspace = await within(adminUrl, positionals[0], async (_db, found) => found);
    const login = `bi_${workspace.subdomain
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "_")
      .slice(0, 40)}_${randomBytes(4).toString("hex")}`;
    const password = randomBytes(24).toString("base64url");
    await withAdmin(adminUrl, async (admin) => {
      await makeRole(admin, login, password, workspace);
      // Without rights a login is nothing, and goes again.
      await within(adminUrl, positionals[0], (db) => db.query("select private.open_bi($1, $2)", [login, values.role])).catch(
        async (error) => {
          await dropRole(admin, login);
          throw error;
        },
      );
    });
    print(
      `${login} reads what ${values.role} of ${workspace.subdomain} reads. Its address, shown once:\n${urlFor(adminUrl, login, password)}`,
    );
    return 0;
  });
}

export function listLogins(args: string[]): Promise<number> {
  const { positionals } = parseArgs({ args, allowPositionals: true });
  return withDatabase((adminUrl) =>
    withAdmin(ownerUrl(adminUrl), async (db) => {
      for (const workspace of await workspacesOf(db, positionals[0])) {
        const { rows } = await speakingFor(db, workspace, () =>
          db.query<{ login: string; name: string }>(
            "select l.login, r.name from private.bi_logins l join core.roles r on r.id = l.role_id where l.workspace_id = $1 order by l.login",
            [workspace.id],
          ),
        );
        for (const { login, name } of rows) print(`${workspace.subdomain}  ${login}  ${name}`);
      }
      return 0;
    }),
  );
}

export function dropLogin(args: string[]): Promise<number> {
  const { positionals } = parseArgs({ args, allowPositionals: true });
  const [name, login] = positionals;
  if (!login) throw new Error("Say which login: bi drop <workspace> <login>");
  return withDatabase(async (adminUrl) => {
    await within(adminUrl, name, (db) => db.query("select private.drop_bi($1)", [login]));
    await withAdmin(adminUrl, (admin) => dropRole(admin, login));
    print(`${login} is gone.`);
    return 0;
  });
}
