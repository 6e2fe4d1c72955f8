/** A hash of all that is the victims', to see afterwards whether anything of it was changed. */
import pg from "pg";
import type { IsolationWorld } from "./world.ts";

/** By workspace, and by table of core. */
export async function snapshot({ adminUrl, victims, attackers }: IsolationWorld): Promise<Map<string, string>> {
  const db = new pg.Client({ connectionString: adminUrl });
  await db.connect();
  const hashes = new Map<string, string>();
  const note = async (name: string, text: string, values: unknown[] = []) =>
    hashes.set(name, (await db.query<{ hash: string }>(text, values)).rows[0]!.hash);
  for (const { subdomain, workspaceId, schemaName } of victims) {
    const { rows } = await db.query<{ name: string }>(
      "select format('%I.%I', $1::text, table_name) as name from core.objects where workspace_id = $2 order by 1",
      [schemaName, workspaceId],
    );
    const all = rows.map(({ name }) => `select x::text as row from ${name} x`).join(" union all ");
    await note(subdomain, `select md5(coalesce(string_agg(row, ',' order by row), '')) as hash from (${all}) r`);
  }
  const { rows: tables } = await db.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id' where n.nspname = 'core' and c.relkind = 'r'`,
  );
  for (const { name } of tables)
    await note(
      name,
      `select md5(coalesce(string_agg(x::text, ',' order by x::text), '')) as hash from ${name} x where workspace_id <> all($1) and workspace_id is not null`,
      [attackers.map(({ workspaceId }) => workspaceId)],
    );
  await db.end();
  return hashes;
}
