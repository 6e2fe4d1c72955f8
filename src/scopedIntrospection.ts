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

const commented = (catalog: string, id: string, subId: string, condition: string) =>
  `exists (select from pg_catalog.pg_description d where d.classoid = 'pg_catalog.${catalog}'::regclass and d.objoid = ${id}` +
  ` and d.objsubid = ${subId} and ${condition})`;

const HIDDEN = "d.description ~ '^(@[^\\n]*\\n)*@hidden(\\n|$)'";

/**
 * Whether the API may show a thing: no comment says `@hidden`, among its tags (private.comment_field). In a workspace
 * the comment also begins with the tag that metadata gave it: what somebody typed in psql is not shown until it is adopted.
 */
const isShown = (tag: string, catalog: string, id: string, subId = "0") =>
  tag ? commented(catalog, id, subId, `d.description like '@${tag} %' and not ${HIDDEN}`) : `not ${commented(catalog, id, subId, HIDDEN)}`;

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

/** Functions that can be fields: of a record, for reading, run as whoever asks. */
const COMPUTED =
  "prokind = 'f' and not proretset and not prosecdef and provolatile in ('i', 's') and pronargs - pronargdefaults <= 1" +
  " and proargtypes[0] in (select reltype from classes) and pg_catalog.has_function_privilege('relata_guest', pg_proc.oid, 'execute')";

const mayRead = (relation: string, keys: string) =>
  ` and not exists (select from unnest(${keys}) k where k > 0 and not pg_catalog.has_column_privilege(${relation}, k, 'select'))`;

/**
 * The introspection query narrowed to `schemas`, with index scans in place of hashes over the whole catalog. When some
 * columns are held back from whoever asks (`isLimited`), they are not there, nor is anything that is made of them.
 */
export function scopedIntrospectionQuery(schemas: readonly string[], isLimited = false): string {
  const readable = (relation: string, keys: string) => (isLimited ? mayRead(relation, keys) : "");
  const scope = `nspname = any (array[${schemas.map(quote).join(", ")}]::name[])`;
  const isWorkspace = schemas.every((name) => name.startsWith("workspace_"));
  const tagged = (tag: string) => (isWorkspace ? tag : "");
  const namespaceIds = `(select coalesce(array_agg(oid), '{}') from pg_catalog.pg_namespace where ${scope})`;
  let query = makeIntrospectionQuery();
  query = replaced(query, "where nspname <> 'information_schema'\n  ),", `where nspname = 'pg_catalog' or ${scope}\n  ),`);
  const inScope = "in (select namespaces._id from namespaces where nspname <> 'information_schema' and nspname not like 'pg\\_%')";
  query = replaced(
    query,
    `where relnamespace ${inScope}`,
    `where relnamespace = any (${namespaceIds}::oid[]) and ${isShown(tagged("singular"), "pg_class", "oid")}`,
  );
  // Keys are all that the API is made of, and hidden columns are in none of them.
  query = replaced(
    query,
    `where connamespace ${inScope}`,
    `where connamespace = any (${namespaceIds}::oid[]) and contype in ('p', 'u', 'f')` +
      ` and (${isWorkspace ? "contype = 'p' or " : ""}${isShown(tagged("fieldName"), "pg_constraint", "oid")})` +
      ` and conrelid = any ${ids("classes")} and (confrelid = 0 or confrelid = any ${ids("classes")})` +
      readable("conrelid", "conkey") +
      readable("confrelid", "confkey"),
  );
  // private.functions_in says the same to people.
  const functionIds =
    "(select array_agg(objid) from pg_catalog.pg_depend where classid = 'pg_catalog.pg_proc'::regclass" +
    ` and refclassid = 'pg_catalog.pg_namespace'::regclass and refobjid = any (${namespaceIds}::oid[]))`;
  query = replaced(
    query,
    `where pronamespace ${inScope}`,
    `where pg_proc.oid = any (${functionIds}::oid[])${isWorkspace ? ` and ${COMPUTED}` : ""}` +
      // A function of a record gets all of it.
      (isLimited
        ? " and pg_catalog.has_table_privilege((select typrelid from pg_catalog.pg_type t where t.oid = proargtypes[0]), 'select')"
        : ""),
  );
  query = replaced(query, inScope, `= any (${namespaceIds}::oid[])`);
  query = replaced(
    query,
    "where attrelid in (select classes._id from classes) AND attnum > 0",
    `where attrelid = any ${ids("classes")} AND attnum > 0 and ${isShown(tagged("field"), "pg_class", "attrelid", "attnum")}` +
      readable("attrelid", "array[attnum]"),
  );
  for (const column of ["indrelid", "inhrelid", "polrelid"]) {
    query = replaced(query, `where ${column} in (select classes._id from classes)`, `where ${column} = any ${ids("classes")}`);
  }
  // Those that have rows in an order: IndexedColumnsPlugin.
  query = replaced(
    query,
    `where indrelid = any ${ids("classes")}`,
    `where indrelid = any ${ids("classes")} and indisvalid and indpred is null` +
      " and exists (select from pg_catalog.pg_class i where i.oid = indexrelid and i.relam = 403)" +
      readable("indrelid", "indkey::int2[]"),
  );
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
