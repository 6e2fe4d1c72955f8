/**
 * A search over all objects, as one statement. Ranked by words: those that are typed right,
 * of which the last letters may be missing, by the index of search_vector. By trigrams: those
 * that are not, by the index of authz.search_text. Its text depends on the shape alone, not
 * on what is asked, but for the filter.
 */
import { escapeIdentifier, escapeLiteral } from "pg";
import type { PgCodecAttribute } from "postgraphile/@dataplan/pg";
import { compositesOf } from "./composites.ts";
import { fieldName, fieldType, type RecordResource } from "./resources.ts";

/** An object that a search looks through: its name, and SQL over a row `t` of it. */
export type Searched = { name: string; table: string; label: string; image: string; columns: string };

/** As many records of one object are ranked, at most. */
const MAX_RANKED = 10_000;
/** Of equal rank, these come first. */
const FIRST = ["company", "person", "opportunity", "note", "task"];

const tagOf = (tags: object | undefined, name: string): string | undefined => {
  const value = (tags as Record<string, unknown> | undefined)?.[name];
  return typeof value === "string" ? value : undefined;
};

/** A field as text: a composite's parts one behind the other. */
function textOf({ codec }: RecordResource, field: string | undefined): string {
  const entries = Object.entries<PgCodecAttribute>(codec.attributes);
  const own = entries.find(([, attribute]) => fieldName(attribute) === field);
  const composite = compositesOf(codec).find(({ name }) => name === field);
  const parts = [...(composite?.parts.values() ?? [])].filter(({ attribute }) => attribute.codec.name === "text");
  if (composite) return parts.length ? `concat_ws(' ', ${parts.map(({ column }) => `t.${escapeIdentifier(column)}`).join(", ")})` : "null";
  return own ? `t.${escapeIdentifier(own[0])}::text` : "null";
}

/** The objects that a search looks through, the first of equals first. */
export function searchedObjects(resources: readonly RecordResource[]): Searched[] {
  const all = resources.flatMap((resource): Searched[] => {
    const { codec } = resource;
    const vector = Object.values<PgCodecAttribute>(codec.attributes).find((attribute) => fieldType(attribute) === "TS_VECTOR");
    const searched = tagOf(vector?.extensions?.tags, "searched");
    const name = tagOf(codec.extensions?.tags, "singular");
    if (!searched || !name) return [];
    const columns = searched.split(" ").map((column) => `t.${escapeIdentifier(column)}`);
    return [
      {
        name,
        table: escapeIdentifier(codec.extensions!.pg!.name),
        label: textOf(resource, tagOf(codec.extensions?.tags, "label")),
        image: textOf(resource, tagOf(codec.extensions?.tags, "image")),
        columns: columns.join(", "),
      },
    ];
  });
  const place = ({ name }: Searched) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return all.sort((a, b) => place(a) - place(b) || (a.name < b.name ? -1 : 1));
}

export type By = "words" | "trigrams";
/** $1 every word, $2 some of them, $3 as typed, $4 and $5 objects to look through and not, $6 how many, $7 to $10 the cursor. */
export const PARAMETERS = 10;

const RANKS: Record<By, { matches: (of: Searched) => string; first: (of: Searched) => string; second: string }> = {
  words: {
    matches: () => "t.search_vector @@ q.some_word",
    first: () => "ts_rank_cd(t.search_vector, q.every_word)",
    // A whole word counts twice.
    second: "ts_rank(t.search_vector, q.some_word) + ts_rank(t.search_vector, q.whole_word)",
  },
  trigrams: {
    // Whom words find is not told twice.
    matches: ({ columns }) => `authz.search_text(${columns}) operator(extensions.%>) q.typed and not t.search_vector @@ q.some_word`,
    first: ({ columns }) => `extensions.word_similarity(q.typed, authz.search_text(${columns}))`,
    second: "0::float4",
  },
};

function searchOf(object: Searched, place: number, by: By, filter: string): string {
  const { matches, first, second } = RANKS[by];
  const name = escapeLiteral(object.name);
  return `(select ${place} as place, ${name} as name, h.* from (
      select t.id, ${object.label} as label, ${object.image} as image, ${first(object)} as first, ${second} as second from q, ${object.table} t
      where ($4::text[] is null or ${name} = any ($4)) and ($5::text[] is null or ${name} <> all ($5))
        and ${matches(object)} and ${filter} limit ${MAX_RANKED}) h
    where $7::float4 is null or (h.first, h.second) < ($7, $8::float4)
      or h.first = $7 and h.second = $8 and (${place}, h.id) > ($9::int, $10::uuid)
    order by h.first desc, h.second desc, h.id limit $6::int)`;
}

/** The statement; null when there is nothing to look through. */
export function searchSql(objects: readonly Searched[], by: By, filter: string): string | null {
  if (!objects.length) return null;
  const searches = objects.map((object, place) => searchOf(object, place, by, filter));
  return `with q as materialized (
      select to_tsquery('authz.words', $1) as every_word, to_tsquery('authz.words', $2) as some_word,
        to_tsquery('authz.words', replace($2, ':*', '')) as whole_word, authz.search_text($3) as typed)
    select h.id, h.name, o.label_singular, h.label, h.image, h.second, h.first, h.place
    from (${searches.join(" union all ")}) h join core.objects o on o.name_singular = h.name
    order by h.first desc, h.second desc, h.place, h.id limit $6`;
}
