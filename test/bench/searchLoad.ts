/**
 * `search` over all objects of the workspace, of Relata and of the hand-written limit: one
 * statement that asks every table's index, and finished JSON. No other contender has it.
 */
import type { ApiWorld } from "./api.ts";
import { withAdmin } from "./crm.ts";
import { LoadGenerator, type Measured, toWire } from "./load.ts";
import { VARIANTS } from "./operations.ts";
import { atLeast, type Bar, median, progress, type Table } from "./report.ts";
import type { RunningServer } from "./world.ts";

const BAR = 0.5;
const LIMIT = 10;
const SEARCH = `query Search($searchInput: String!) {
  search(searchInput: $searchInput, limit: ${LIMIT}) { edges { node { recordId objectNameSingular label } } }
}`;
const FIRST = ["company", "person", "opportunity", "note", "task"];

/** The limit's statement: as Relata ranks, with what is left to the planner written out. */
export async function searchSqlOf({ world, workspace }: Pick<ApiWorld, "world" | "workspace">): Promise<string> {
  type Found = { name: string; table: string; label: string };
  const objects = await withAdmin(world, async (db) => {
    const { rows } = await db.query<Found>(
      `select o.name_singular as name, o.table_name as table, f.column_name as label
       from core.objects o join core.fields f on f.object_id = o.id and f.name = o.label_field
       where o.workspace_id = $1 and o.is_searchable and o.search_fields <> '{}'`,
      [workspace.workspaceId],
    );
    return rows;
  });
  const place = ({ name }: Found) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  objects.sort((a, b) => place(a) - place(b) || (a.name < b.name ? -1 : 1));
  const searches = objects.map(
    ({ name, table, label }, n) => `(select ${n} as place, '${name}' as name, t.id, t."${label}" as label,
       ts_rank_cd(t.search_vector, (select w from q)) as a,
       ts_rank(t.search_vector, (select w from q)) + ts_rank(t.search_vector, (select e from q)) as b
     from "${table}" t where t.search_vector @@ (select w from q) and t.deleted_at is null order by a desc, b desc, id limit ${LIMIT})`,
  );
  return `with q as materialized (select to_tsquery('authz.words', $1 || ':*') as w, to_tsquery('authz.words', $1) as e)
    select '{"data":{"search":{"edges":[' || coalesce(string_agg('{"node":{"recordId":"' || id || '","objectNameSingular":"' || name
      || '","label":' || to_json(label)::text || '}}', ',' order by a desc, b desc, place, id), '') || ']}}}'
    from (select * from (${searches.join(" union all ")}) all_of_them order by a desc, b desc, place, id limit ${LIMIT}) h`;
}

const words = Array.from({ length: VARIANTS }, (_, i) => `Last${1000 + ((i * 37) % 3999)}`);
const requests: Record<string, (token: string) => string[]> = {
  relata: (token) =>
    words.map((searchInput) =>
      toWire({ method: "POST", path: "/graphql", token, body: JSON.stringify({ query: SEARCH, variables: { searchInput } }) }),
    ),
  limit: (token) => words.map((word) => toWire({ method: "GET", path: `/search?${word}`, token })),
};

async function assertSame(servers: RunningServer[], token: string): Promise<void> {
  const [relata, limit] = ["relata", "limit"].map((name) => servers.find((server) => server.name === name)!);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  for (const searchInput of words.slice(0, 5)) {
    const body = JSON.stringify({ query: SEARCH, variables: { searchInput } });
    const mine = await (await fetch(`${relata!.url}/graphql`, { method: "POST", headers, body })).text();
    const theirs = await (await fetch(`${limit!.url}/search?${searchInput}`, { headers })).text();
    if (mine !== theirs || !mine.includes("node")) throw new Error(`The answers to ${searchInput} differ: ${mine} ${theirs}`);
  }
}

/** Measures both in turn. */
export async function measureSearch(
  { world, workspace }: ApiWorld,
  servers: RunningServer[],
  rounds: number,
  seconds: number,
): Promise<{ table: Table; bar: Bar }> {
  await assertSame(servers, workspace.token);
  const generator = new LoadGenerator();
  const found: Record<string, Measured[]> = { limit: [], relata: [] };
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 ? ["relata", "limit"] : ["limit", "relata"]) {
      const server = servers.find((one) => one.name === name)!;
      const load = { port: server.port, requests: requests[name]!(workspace.token), connections: 16, warmupMs: 1000, ms: seconds * 1000 };
      found[name]!.push(await generator.run(load, server.pid, world.postgresPid));
    }
    progress(
      `round ${round + 1}/${rounds} search: ${["limit", "relata"].map((name) => `${name} ${found[name]!.at(-1)!.perSecond.toFixed(0)}/s`).join(", ")}`,
    );
  }
  await generator.stop();
  const rows = ["limit", "relata"].map((name) => {
    const of = (pick: (one: Measured, round: number) => number) => median(found[name]!.map(pick));
    const ratio = of((one, round) => one.perSecond / found["limit"]![round]!.perSecond);
    const { errors } = found[name]!.at(-1)!;
    return {
      name,
      perSecond: of((m) => m.perSecond),
      ratio,
      p50: of((m) => m.p50),
      p99: of((m) => m.p99),
      server: of((m) => m.serverMs),
      postgres: of((m) => m.postgresMs),
      errors,
    };
  });
  const table: Table = {
    title: `search: the first ${LIMIT} of some ten people by a word, through all objects`,
    columns:
      "name|contender; perSecond|requests/s|0; ratio|of the limit|2; p50|p50 ms|1; p99|p99 ms|1; server|server CPU ms|3; postgres|Postgres CPU ms|3; errors|errors|0",
    rows,
  };
  return { table, bar: atLeast("search, requests/s of the limit", rows[1]!.ratio, BAR, "×") };
}
