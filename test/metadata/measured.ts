/**
 * What a change did, measured without Relata's own reports: the API by introspection,
 * tables, grants and everything else from PostgreSQL's catalog, locks from outside.
 */
import pg from "pg";
import type { Change, Done, Lines, Report, Tried } from "../changeCases.ts";
import { become, type Db } from "../helpers/db.ts";
import type { Api } from "../helpers/server.ts";

type Tables = Record<string, { name: string; file: string }>;

const only = (a: string[], b: string[]) => {
  const known = new Set(b);
  return a.filter((line) => !known.has(line)).sort();
};

export const differenceOf = (before: string[], after: string[]): Lines => ({ added: only(after, before), removed: only(before, after) });

/** The fields of Query, Mutation and the records' types, and the values of the records' enums. */
export async function apiOf(api: Api): Promise<string[]> {
  type Named = { name: string }[] | null;
  const { data, errors } = await api.graphql<{ __schema: { types: { name: string; kind: string; fields: Named; enumValues: Named }[] } }>(
    "{ __schema { types { name kind fields { name } enumValues { name } } } }",
  );
  expect(errors).toBeUndefined();
  return data!.__schema.types
    .filter(({ kind, name }) => (kind === "OBJECT" && !/^__|(Connection|Edge|PageInfo)$/.test(name)) || /Enum$/.test(name))
    .flatMap(({ name, fields, enumValues }) => [...(fields ?? []), ...(enumValues ?? [])].map((member) => `${name}.${member.name}`))
    .sort();
}

const SCHEMA = "(select schema_name::regnamespace from core.workspaces where subdomain = 'acme')";

export async function tablesOf(api: Api): Promise<Tables> {
  const found = await api.sql<{ oid: string; name: string; file: string }>(
    `select oid::text, relname as name, relfilenode::text as file from pg_class where relkind = 'r' and relnamespace = ${SCHEMA} order by oid`,
  );
  return Object.fromEntries(found.map(({ oid, name, file }) => [oid, { name, file }]));
}

/** The tables that were created, removed, renamed or rewritten, by their files. */
export async function tablesChanged(api: Api, before: Tables, after: Tables): Promise<Report["tables"]> {
  const changed: Report["tables"] = [];
  for (const oid of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[oid], after[oid]];
    if (was && is && was.file !== is.file) {
      const [row] = await api.sql<{ rows: number }>(`select count(*)::int as rows from ${is.name}`);
      changed.push({ table: is.name, effect: "REWRITTEN", rows: row!.rows });
    } else if (was?.name !== is?.name)
      changed.push({ table: (is ?? was)!.name, effect: was ? (is ? "RENAMED" : "REMOVED") : "CREATED", rows: 0 });
  }
  return changed.sort((a, b) => (a.table < b.table ? -1 : 1));
}

const ROLES = "'relata_guest', 'relata_member', 'relata_admin', 'relata_anonymous'";

/** Policies and grants, a line each. */
export async function accessOf(api: Api): Promise<string[]> {
  const found = await api.sql<{ line: string }>(`
    select format('policy %s on %s for %s to %s using %s check %s', polname, relname,
                  case polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
                  (select string_agg(case r when 0 then 'public' else r::regrole::text end, ', ') from unnest(polroles) r),
                  coalesce(pg_get_expr(polqual, polrelid), 'anything'), coalesce(pg_get_expr(polwithcheck, polrelid), 'the same')) as line
    from pg_policy join pg_class c on c.oid = polrelid where relnamespace = ${SCHEMA}
    union all
    select format('%s may %s %s', grantee::regrole, lower(privilege_type), relname)
    from pg_class, aclexplode(relacl) where relnamespace = ${SCHEMA} and grantee::regrole::text in (${ROLES})
    union all
    select format('%s may %s %s.%s', grantee::regrole, lower(privilege_type), relname, attname)
    from pg_class join pg_attribute on attrelid = pg_class.oid, aclexplode(attacl) where relnamespace = ${SCHEMA} and grantee::regrole::text in (${ROLES})`);
  return found.map(({ line }) => line).sort();
}

/** Everything there is, a line each, but for what waits in the trash: the metadata and the catalog. */
export async function dumpOf(api: Api): Promise<string[]> {
  const found = await api.sql<{ line: string }>(`
    with t as (select oid, relname from pg_class where relkind = 'r' and relnamespace = ${SCHEMA}),
    c as (select a.*, relname from pg_attribute a join t on t.oid = attrelid where attnum > 0 and not attisdropped and attname not like 'trash:%')
    select format('table %s %s', relname, obj_description(oid)) as line from t
    union all
    select format('column %s.%s %s%s default %s%s: %s', relname, attname, format_type(atttypid, atttypmod), case when attnotnull then ' not null' end,
                  pg_get_expr(adbin, adrelid), attgenerated, col_description(attrelid, attnum))
    from c left join pg_attrdef d on d.adrelid = c.attrelid and d.adnum = c.attnum
    union all
    -- A check that was NOT VALID may come back valid.
    select format('constraint %s on %s %s: %s', conname, relname, replace(pg_get_constraintdef(k.oid), ' NOT VALID', ''), obj_description(k.oid))
    from pg_constraint k join t on t.oid = conrelid where conname not like 'trash:%'
      and contype <> 'n' and not exists (select from pg_attribute a where a.attrelid = conrelid and a.attnum = any(conkey) and a.attname like 'trash:%')
    union all
    select format('index %s', pg_get_indexdef(indexrelid)) from pg_index i join t on t.oid = indrelid
    where not exists (select from pg_attribute a where a.attrelid = indrelid and a.attnum = any(indkey) and a.attname like 'trash:%')
      and indexrelid::regclass::text !~ 'trash:'
    union all
    select format('trigger %s', pg_get_triggerdef(g.oid)) from pg_trigger g join t on t.oid = tgrelid where not tgisinternal
    union all
    select format('row security %s %s %s', c.relname, c.relrowsecurity, c.relforcerowsecurity) from pg_class c join t on t.oid = c.oid
    union all
    select format('workspace %s %s', subdomain, shape) from core.workspaces`);
  const tables = await api.sql<{ name: string }>(
    `select attrelid::regclass::text as name from pg_attribute join pg_class on pg_class.oid = attrelid
     where relnamespace = 'core'::regnamespace and relkind = 'r' and attname = 'workspace_id' and relname not in ('changes', 'trash')`,
  );
  const rows = await Promise.all(
    tables.map(({ name }) =>
      api.sql<{ line: string }>(`select format('%s %s', '${name}', to_jsonb(t) - 'updated_at') as line from ${name} t order by 1`),
    ),
  );
  return [...found, ...rows.flat()].map(({ line }) => line).sort();
}

/** Works in transactions of acme's owner, beside the server. */
export class Measuring {
  readonly #api: { adminUrl: string };
  #clients: Promise<[Db, Db]> | undefined;

  constructor(api: { adminUrl: string }) {
    this.#api = api;
  }

  async #connect(): Promise<[Db, Db]> {
    const clients = [0, 1].map(() => new pg.Client({ connectionString: this.#api.adminUrl })) as [Db, Db];
    for (const client of clients) await client.on("error", () => {}).connect();
    return clients;
  }

  #connected = () => (this.#clients ??= this.#connect());

  async close(): Promise<void> {
    for (const client of (await this.#clients) ?? []) await client.end();
  }

  async asOwner<T>(work: (db: Db, other: Db) => Promise<T>, end = "commit"): Promise<T> {
    const [db, other] = await this.#connected();
    await db.query("begin");
    try {
      await become(db, "owner@acme.test");
      const done = await work(db, other);
      await db.query(end);
      return done;
    } finally {
      await db.query("rollback");
    }
  }

  asAdministrator = async <T>(work: (db: Db) => Promise<T>): Promise<T> => work((await this.#connected())[1]);

  apply = (changes: Change[]): Promise<Done> => this.asOwner((db) => this.#try(db, changes));

  async #try(db: Db, tried: Tried): Promise<Done> {
    const [text, value] =
      "undo" in tried
        ? ["select core.undo_change($1) as done", tried.undo]
        : ["select core.apply_changes($1) as done", JSON.stringify(tried)];
    return (await db.query<{ done: Done }>(text as string, [value])).rows[0]!.done;
  }

  /** The locks that keep others waiting, on tables that they know, as another connection sees them; then all is taken back. */
  locksOf = (tried: Tried): Promise<Report["locks"]> =>
    this.asOwner(async (db, other) => {
      const SELECT = `select oid, relname::text as name from pg_class where relkind = 'r' and relnamespace = ${SCHEMA}`;
      const { rows: known } = await other.query<{ oid: number; name: string }>(SELECT);
      const { rows: me } = await db.query<{ pid: number }>("select pg_backend_pid() as pid");
      await this.#try(db, tried);
      // By the names that they will have.
      const { rows: names } = await db.query<{ oid: number; name: string }>(SELECT);
      const { rows: locks } = await other.query<{ relation: number; mode: string }>(
        `select distinct relation, mode from pg_locks
         where pid = $1 and locktype = 'relation' and mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')`,
        [me[0]!.pid],
      );
      const nameOf = new Map(names.map(({ oid, name }) => [oid, name]));
      return locks
        .filter(({ relation }) => known.some(({ oid }) => oid === relation))
        .map(({ relation, mode }) => ({
          table: nameOf.get(relation) ?? known.find(({ oid }) => oid === relation)!.name,
          mode,
          blocks: mode === "AccessExclusiveLock" ? "READS_AND_WRITES" : "WRITES",
        }))
        .sort((a, b) => (`${a.table} ${a.mode}` < `${b.table} ${b.mode}` ? -1 : 1));
    }, "rollback");
}
