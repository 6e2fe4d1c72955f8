/** Reads all that there is to read: every column of every table, and every list of an API. */
import pg from "pg";
import { post } from "../helpers/server.ts";

/** The rows of each table as text, as a dump would have them. */
export async function readDatabase(adminUrl: string, visit: (table: string, text: string) => void): Promise<number> {
  const db = new pg.Client({ connectionString: adminUrl });
  await db.connect();
  try {
    await db.query("set row_security = off");
    const { rows: tables } = await db.query<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'm') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_(toast|temp)' order by 1`,
    );
    for (const { name } of tables) {
      const { rows } = await db.query<{ text: string }>(`select t::text as text from ${name} t`);
      visit(name, rows.map(({ text }) => text).join("\n"));
    }
    // What others run now, with what they run it.
    const { rows: now } = await db.query<{ text: string }>("select query as text from pg_stat_activity where pid <> pg_backend_pid()");
    for (const { text } of now) visit("pg_stat_activity", text);
    return tables.length;
  } finally {
    await db.end();
  }
}

type TypeRef = { kind: string; name: string | null; ofType: TypeRef | null };
type Argument = { name: string; type: TypeRef; defaultValue: string | null };
type FieldDef = { name: string; args: Argument[]; type: TypeRef };
type TypeDef = { kind: string; name: string; fields: FieldDef[] | null };

const REF = "kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";
const INTROSPECT = `{ __schema { types { kind name fields(includeDeprecated: true) { name type { ${REF} } args { name defaultValue type { ${REF} } } } } } }`;

const named = (ref: TypeRef): TypeRef => (ref.ofType ? named(ref.ofType) : ref);
const isFree = ({ args }: FieldDef) => args.every(({ type, defaultValue }) => type.kind !== "NON_NULL" || defaultValue !== null);

/** The fields of a type that want no argument: all leaves, and objects for `depth` more steps. */
function selectionOf(types: Map<string, TypeDef>, type: TypeDef, depth: number): string {
  const parts = (type.fields ?? []).filter(isFree).flatMap((field) => {
    const { name, kind } = named(field.type);
    const of = types.get(name!)!;
    if (kind === "SCALAR" || kind === "ENUM") return [field.name];
    const isPage = of.fields?.some((one) => one.name === "edges") ?? false;
    // Pages inside pages are read on their own.
    if (depth === 0 || kind !== "OBJECT" || isPage || /^(group|aggregate)/i.test(field.name)) return [];
    const inner = selectionOf(types, of, depth - 1);
    return inner ? [`${field.name} { ${inner} }`] : [];
  });
  return [...parts, ...(type.kind === "OBJECT" ? ["__typename"] : [])].join(" ");
}

/** A query for each root field that wants no argument; of a page all its rows. */
function queriesOf(types: Map<string, TypeDef>): { name: string; query: string; isList: boolean }[] {
  return (types.get("Query")!.fields ?? []).filter(isFree).flatMap((field): { name: string; query: string; isList: boolean }[] => {
    const { name, kind } = named(field.type);
    const type = types.get(name!)!;
    if (kind === "SCALAR") return [{ name: field.name, query: `{ ${field.name} }`, isList: false }];
    // Duplicates are asked of one record.
    if (kind !== "OBJECT" || field.name.endsWith("Duplicates")) return [];
    const nodes = type.fields?.find((one) => one.name === "nodes");
    if (!nodes) return [{ name: field.name, query: `{ ${field.name} { ${selectionOf(types, type, 1)} } }`, isList: false }];
    const row = selectionOf(types, types.get(named(nodes.type).name!)!, 1);
    return [{ name: field.name, query: `{ ${field.name}(first: 200) { totalCount nodes { ${row} } } }`, isList: true }];
  });
}

export type Read = { name: string; status: number; code: string | undefined; text: string; isList: boolean };

/** All that a caller gets of an API: its types, and each list of it, explained if `isExplained`. */
export async function readApi(url: string, path: string, token: string, isExplained = false): Promise<Read[]> {
  const schema = await post<{ __schema: { types: TypeDef[] } }>(url, path, token, INTROSPECT);
  if (!schema.data) throw new Error(JSON.stringify(schema.errors));
  const types = new Map(schema.data.__schema.types.map((type) => [type.name, type]));
  const reads: Read[] = [{ name: "__schema", status: schema.status, code: undefined, text: JSON.stringify(schema.data), isList: false }];
  for (const { name, query, isList } of queriesOf(types)) {
    const response = await fetch(url + path, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, ...(isExplained && { extensions: { explain: true } }) }),
    });
    const text = await response.text();
    const code = (JSON.parse(text) as { errors?: { message: string; extensions?: { code: string } }[] }).errors?.[0];
    reads.push({ name, status: response.status, code: code && (code.extensions?.code ?? code.message), text, isList });
  }
  return reads;
}
