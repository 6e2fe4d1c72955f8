/**
 * `npm run relata -- workspace export acme > acme.sql`: one workspace as a script for psql, all of it as it is in one
 * moment: its tables by pg_dump, its rows in core and private, and its people. The script puts it in place of what is
 * there of it, in one transaction, and touches nobody else (docs/backup.md).
 */
import { spawn } from "node:child_process";
import pg from "pg";
import { withAdmin } from "../migrate.ts";
import { withDatabase } from "./database.ts";

type Write = (text: string) => Promise<void>;

/** What is over when a workspace comes back: sign-ins, retries, mails under way, and that it was deleted. */
const PASSING = [
  "private.sessions",
  "private.refresh_tokens",
  "private.impersonations",
  "private.one_time_tokens",
  "private.idempotency_keys",
  "private.invitation_mails",
  "private.closed_workspaces",
];
/** What a user has beside his row; it comes along only with users who are gone. */
const OF_USERS = ["private.user_secrets", "private.user_identities", "private.totp_secrets", "private.recovery_codes", "private.passkeys"];
const ROWS_AT_ONCE = 500;

const literal = pg.escapeLiteral;

/** Tables that hold rows of workspaces, and how one knows them: by their own column, or by what they hang on. */
const TABLES = `
with tables as (
  select c.oid, format('%I.%I', n.nspname, c.relname) as name,
         exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id') as has_workspace
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('core', 'private') and c.relkind = 'r'
)
select t.name, 't.workspace_id = $1' as which from tables t where t.has_workspace
union all
select t.name, format('t.%I in (select p.id from %s p where p.workspace_id = $1)', a.attname, p.name)
from tables t
join pg_constraint k on k.conrelid = t.oid and k.contype = 'f' and k.confdeltype = 'c' and cardinality(k.conkey) = 1
join tables p on p.oid = k.confrelid and p.has_workspace
join pg_attribute a on a.attrelid = t.oid and a.attnum = k.conkey[1]
where not t.has_workspace
order by 1`;

/** The rows of a table for which `which` holds, as statements that put them in; `unless` keeps some out. */
async function writeRows(db: pg.Client, write: Write, table: string, which: string, values: unknown[], unless = "") {
  const { rows: columns } = await db.query<{ name: string }>(
    `select quote_ident(attname) as name from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [table],
  );
  const list = columns.map(({ name }) => name).join(", ");
  const { rows } = await db.query<{ row: string }>(`select to_json(t)::text as row from ${table} t where ${which}`, values);
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    const json = `[${rows
      .slice(from, from + ROWS_AT_ONCE)
      .map(({ row }) => row)
      .join(",")}]`;
    await write(
      `insert into ${table} (${list}) select ${list} from json_populate_recordset(null::${table}, ${literal(json)}) t${unless};\n`,
    );
  }
}

/** People who are gone come back; who is still there is left as he is. */
async function writeUsers(db: pg.Client, write: Write, workspaceId: string): Promise<void> {
  const members = "in (select m.user_id from core.workspace_members m where m.workspace_id = $1)";
  const { rows } = await db.query<{ ids: string[] }>(`select coalesce(array_agg(id), '{}') as ids from core.users where id ${members}`, [
    workspaceId,
  ]);
  const ids = literal(`{${rows[0]!.ids.join(",")}}`);
  await write(
    `create temp table gone on commit drop as select x as id from unnest(${ids}::uuid[]) x where x not in (select id from core.users);\n`,
  );
  await writeRows(db, write, "core.users", `t.id ${members}`, [workspaceId], " where t.id in (select id from gone)");
  for (const table of OF_USERS)
    await writeRows(db, write, table, `t.user_id ${members}`, [workspaceId], " where t.user_id in (select id from gone)");
}

/** What pg_dump says of schemas or tables, as they are in our snapshot. */
async function dump(adminUrl: string, snapshot: string, what: string[], write: Write): Promise<void> {
  const url = new URL(adminUrl);
  const password = decodeURIComponent(url.password);
  url.password = ""; // which everybody could read in the list of processes
  const child = spawn("pg_dump", [`--snapshot=${snapshot}`, ...what, "--dbname", url.href], {
    env: { ...process.env, ...(password && { PGPASSWORD: password }) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("close", resolve);
    child.once("error", (error) => reject(new Error(`pg_dump cannot be run (${error.message}): it comes with PostgreSQL's client.`)));
  });
  ended.catch(() => {}); // told below
  for await (const chunk of child.stdout) await write(String(chunk));
  if ((await ended) !== 0) throw new Error("pg_dump failed: it must be as new as the server.");
}

const guard = (release: string) => `do $$ begin
  if (select m.hash from graphile_migrate.migrations m order by m.filename desc limit 1) is distinct from ${literal(release)} then
    raise exception using message = 'This workspace was exported by another release of Relata: restore it by that one.';
  end if;
end $$;
`;

const makeRoom = (id: string, schema: string) => `
select set_config('relata.workspace_id', ${literal(id)}, true);
create temp table replaced on commit drop as select metadata_version from core.workspaces where id = ${literal(id)};
do $$ declare _name text; begin
  for _name in
    select format('table trash.%I', t.id::text) from core.trash t where t.workspace_id = ${literal(id)} and to_regclass(format('trash.%I', t.id::text)) is not null
    union all select ${literal(`schema ${schema}`)} where to_regnamespace(${literal(schema)}) is not null
    union all select format('function %s()', private.kept_formulas_name(o.id)) from core.objects o
      where o.workspace_id = ${literal(id)} and to_regprocedure(private.kept_formulas_name(o.id) || '()') is not null
  loop execute 'drop ' || _name || ' cascade'; end loop;
end $$;
delete from core.workspaces where id = ${literal(id)};
set local session_replication_role = replica;
`;

/** Servers that know the workspace look at it anew. */
const end = (id: string) => `
update core.workspaces w set metadata_version = v.next, compatible_from = v.next
from (select greatest(max(r.metadata_version), max(w.metadata_version)) + 1 as next from core.workspaces w left join replaced r on true where w.id = ${literal(id)}) v
where w.id = ${literal(id)};
commit;
`;

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await new Promise<void>((resolve) => process.stdout.once("drain", resolve));
}

type Found = { id: string; schema_name: string; release: string; snapshot: string; functions: string[]; trash: string[] };
const FIND = `
select w.id, w.schema_name, pg_export_snapshot() as snapshot,
  (select m.hash from graphile_migrate.migrations m order by m.filename desc limit 1) as release,
  array(select pg_get_functiondef(private.kept_formulas_name(o.id)::regproc) from core.objects o
        where o.workspace_id = w.id and to_regprocedure(private.kept_formulas_name(o.id) || '()') is not null) as functions,
  array(select format('trash.%I', t.id::text) from core.trash t
        where t.workspace_id = w.id and to_regclass(format('trash.%I', t.id::text)) is not null) as trash
from core.workspaces w where w.subdomain = $1`;

async function writeAll(db: pg.Client, adminUrl: string, subdomain: string): Promise<void> {
  // Whom policies bind would export less than all, and not know it: this makes that an error.
  await db.query("set row_security = off; set extra_float_digits = 3; begin transaction isolation level repeatable read");
  const { rows } = await db.query<Found>(FIND, [subdomain]);
  const found = rows[0];
  if (!found) throw new Error(`There is no workspace ${subdomain}.`);
  const { id, schema_name: schema, snapshot } = found;
  await write(
    `-- The workspace ${subdomain}; put it back with psql, as an administrator of the database.\n\\set ON_ERROR_STOP on\nbegin;\n`,
  );
  await write(guard(found.release) + makeRoom(id, schema));
  await writeUsers(db, write, id);
  await writeRows(db, write, "core.workspaces", "t.id = $1", [id]);
  const { rows: tables } = await db.query<{ name: string; which: string }>(TABLES);
  for (const { name, which } of tables)
    if (!PASSING.includes(name) && !OF_USERS.includes(name)) await writeRows(db, write, name, which, [id]);
  for (const definition of found.functions) await write(`${definition};\n`);
  await dump(adminUrl, snapshot, ["--schema", schema], write);
  if (found.trash.length)
    await dump(
      adminUrl,
      snapshot,
      found.trash.flatMap((table) => ["--table", table]),
      write,
    );
  await write(end(id));
}

export const exportWorkspace = ([subdomain]: string[]): Promise<number> =>
  withDatabase(async (adminUrl) => {
    if (!subdomain) throw new Error("Name a workspace by its subdomain.");
    await withAdmin(adminUrl, (db) => writeAll(db, adminUrl, subdomain));
    return 0;
  });
