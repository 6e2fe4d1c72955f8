/**
 * What PostGraphile is told of the database: one schema, and the types of
 * pg_catalog. The stock query reads every schema, which at 1,000 workspaces never
 * ends (docs/decisions/0003). Asked as the login role, so that what no request
 * role may do is not in the API either.
 */
import { makeIntrospectionQuery } from "postgraphile/graphile-build-pg/pg-introspection";

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** `text` with every `from` replaced; throws when the stock query is not the one we know. */
function replaced(text: string, from: string | RegExp, to: string): string {
  const found = typeof from === "string" ? text.includes(from) : from.test(text);
  if (!found) throw new Error(`PostGraphile's introspection query has changed: ${from}`);
  return typeof from === "string" ? text.replaceAll(from, () => to) : text.replace(from, () => to);
}

const ids = (cte: string, where = "") => `((select array_agg(_id) from ${cte}${where})::oid[])`;

/** Objects of one kind, as pg_depend and pg_description name them, each found by an index. */
const objectsOf = (classColumn: string, idColumn: string) =>
  (
    [
      ["pg_namespace", ids("namespaces")],
      ["pg_class", ids("classes")],
      ["pg_constraint", ids("constraints")],
      ["pg_proc", ids("procs")],
      ["pg_type", ids("types", " where typnamespace <> 'pg_catalog'::regnamespace")],
      ["pg_extension", ids("extensions")],
    ] as const
  )
    .map(([catalog, oids]) => `(${classColumn} = 'pg_catalog.${catalog}'::regclass and ${idColumn} = any ${oids})`)
    .join(" or ");

/** The introspection query narrowed to `schemas`, with index scans in place of hashes over the whole catalog. */
export function scopedIntrospectionQuery(schemas: readonly string[]): string {
  const scope = `nspname = any (array[${schemas.map(quote).join(", ")}]::name[])`;
  const namespaceIds = `(select coalesce(array_agg(oid), '{}') from pg_catalog.pg_namespace where ${scope})`;
  let query = makeIntrospectionQuery();
  query = replaced(query, "where nspname <> 'information_schema'\n  ),", `where nspname = 'pg_catalog' or ${scope}\n  ),`);
  query = replaced(
    query,
    "in (select namespaces._id from namespaces where nspname <> 'information_schema' and nspname not like 'pg\\_%')",
    `= any (${namespaceIds}::oid[])`,
  );
  query = replaced(
    query,
    "where attrelid in (select classes._id from classes) AND attnum > 0",
    `where attrelid = any ${ids("classes")} AND attnum > 0`,
  );
  for (const column of ["indrelid", "inhrelid", "polrelid"]) {
    query = replaced(query, `where ${column} in (select classes._id from classes)`, `where ${column} = any ${ids("classes")}`);
  }
  query = replaced(
    query,
    "where enumtypid in (select types._id from types)",
    `where enumtypid = any ${ids("types", " where typtype = 'e'")}`,
  );
  query = replaced(
    query,
    /where deptype IN \('a', 'e'\) and \([\s\S]*?\n {4}\)\n {2}\),/,
    `where deptype IN ('a', 'e') and (${objectsOf("classid", "objid")})\n  ),`,
  );
  return replaced(
    query,
    /from pg_catalog\.pg_description\n {4}where \([\s\S]*?\n {4}\)\n {2}\),/,
    `from pg_catalog.pg_description\n    where (${objectsOf("classoid", "objoid")})\n  ),`,
  );
}
