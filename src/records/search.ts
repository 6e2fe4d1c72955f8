/** What a search asks, step by step, and where its next page begins. */
import type { PgClient } from "postgraphile/@dataplan/pg";
import { RelataError } from "../errors.ts";
import { Lru } from "../lru.ts";
import { checkCount } from "./maximums.ts";
import { filterText } from "./searchFilter.ts";
import { type By, PARAMETERS, type Searched, searchSql } from "./searchSql.ts";
import { mentionsDeletedAt } from "./softDelete.ts";

export type SearchArgs = {
  searchInput: string;
  limit: number;
  after?: string | null;
  includedObjectNameSingulars?: string[] | null;
  excludedObjectNameSingulars?: string[] | null;
  filter?: Record<string, unknown> | null;
};
type Row = (string | null)[];
type Place = { by: By; ranks: [string, string, string, string] };

const MAX_LENGTH = 1000;
const MAX_WORDS = 20;
const MAX_LETTERS = 100;
/** Who found fewer may have typed wrong. */
const FEW = 3;
/** How alike a word has to be, of 1, and how long we look. */
const SETTINGS: Record<By, Record<string, string>> = {
  // Planned once: a search over many objects takes longer to plan than to run.
  words: { plan_cache_mode: "force_generic_plan" },
  trigrams: { plan_cache_mode: "force_generic_plan", "pg_trgm.word_similarity_threshold": "0.4", statement_timeout: "2000" },
};

/** The words of a text, each to be found as the beginning of one. */
export function wordsOf(text: string): string[] {
  const words = text.normalize("NFC").split(/[^\p{L}\p{N}\p{M}]+/u);
  return words
    .filter(Boolean)
    .slice(0, MAX_WORDS)
    .map((word) => `${word.slice(0, MAX_LETTERS)}:*`);
}

/** Refuses a text that is too long to be looked for: LIMIT_EXCEEDED. */
export function assertSearchable(text: string, field: string): void {
  if (text.length > MAX_LENGTH) throw new RelataError("LIMIT_EXCEEDED", `A search holds at most ${MAX_LENGTH} characters.`, { field });
  if (text.includes("\0")) throw new RelataError("INVALID_TEXT", undefined, { field });
}

const toCursor = (by: By, [id, , , , , second, first, place]: Row): string =>
  Buffer.from(JSON.stringify([by, first, second, place, id])).toString("base64");

function placeOf(cursor: string): Place {
  try {
    const [by, ...ranks] = JSON.parse(Buffer.from(cursor, "base64").toString("utf8")) as [By, ...string[]];
    const [first, second, place, id] = ranks as [string, string, string, string];
    const isRight =
      (by === "words" || by === "trigrams") &&
      ranks.length === 4 &&
      [first, second].every((rank) => typeof rank === "string" && /^\d[\d.e+-]{0,20}$/.test(rank) && Number.isFinite(Number(rank))) &&
      /^\d{1,6}$/.test(place) &&
      /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
    if (isRight) return { by, ranks: [first, second, place, id] };
  } catch {
    // Not one of ours.
  }
  throw new RelataError("INVALID_CURSOR", undefined, { field: "after" });
}

const toEdge = (by: By, row: Row) => {
  const [recordId, objectNameSingular, objectLabelSingular, label, imageUrl, second, first] = row;
  const [tsRankCD, tsRank] = [Number(first), Number(second)];
  const node = { recordId, objectNameSingular, objectLabelSingular, label: label ?? "", imageUrl: imageUrl ?? "", tsRankCD, tsRank };
  return { cursor: toCursor(by, row), node };
};
type Edge = ReturnType<typeof toEdge>;
export type Found = { edges: Edge[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };

const isTooLong = (error: unknown): boolean => (error as { code?: unknown }).code === "57014";

/** Makes the search over these objects. */
export function makeSearch(objects: readonly Searched[], maxLimit: number) {
  const statements = new Lru<string, string>(20);
  const statementOf = (by: By, filter: string): string | null => {
    const key = `${by}:${filter}`;
    const text = statements.get(key) ?? searchSql(objects, by, filter);
    if (text) statements.set(key, text);
    return text;
  };

  return async function search(client: PgClient, args: SearchArgs): Promise<Found> {
    const { searchInput, limit, after, filter } = args;
    assertSearchable(searchInput, "searchInput");
    checkCount("limit", limit, 0, maxLimit);
    const from = after == null ? undefined : placeOf(after);
    const words = wordsOf(searchInput);
    const operands: unknown[] = new Array(PARAMETERS).fill(null);
    const living = mentionsDeletedAt(filter) ? "true" : "t.deleted_at is null";
    const where = filter ? `${living} and (${filterText(filter, operands)})` : living;

    const ask = async (by: By, count: number): Promise<Edge[]> => {
      const text = statementOf(by, where);
      if (!text || !words.length) return [];
      const ranks = from?.by === by ? from.ranks : [null, null, null, null];
      const objectNames = [args.includedObjectNameSingulars ?? null, args.excludedObjectNameSingulars ?? null].map(toArray);
      const values = [words.join(" & "), words.join(" | "), searchInput, ...objectNames, count, ...ranks, ...operands.slice(PARAMETERS)];
      const { rows } = await client.query<Row>({ text, values, arrayMode: true, settings: SETTINGS[by] } as never);
      return (rows as unknown as Row[]).map((row) => toEdge(by, row));
    };

    const found = from?.by === "trigrams" ? [] : await ask("words", limit + 1);
    if (from?.by === "trigrams" || (!from && found.length < Math.min(FEW, limit))) {
      // Better none of these than an answer that never comes.
      const more = await ask("trigrams", limit + 1 - found.length).catch((error) => (isTooLong(error) ? [] : Promise.reject(error)));
      found.push(...more);
    }
    const edges = found.slice(0, limit);
    return { edges, pageInfo: { hasNextPage: found.length > limit, endCursor: edges.at(-1)?.cursor ?? null } };
  };
}

const toArray = (names: string[] | null): string | null =>
  names && `{${names.map((name) => `"${name.replace(/[\\"]/g, "\\$&")}"`).join(",")}}`;
