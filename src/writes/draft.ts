/**
 * What a mutation is about to write beside the columns of its own records: others to
 * connect to, which are looked up first, and others to create, which the same statement does.
 */
import { RelataError } from "../errors.ts";
import { isSoftDeleted, type RecordResource } from "../records/resources.ts";
import { uuidV7 } from "../records/uuidV7.ts";
import { Batch, columnsOf, type Row, tableOf } from "./columns.ts";
import { type Input, inputFields, rowOf } from "./inputs.ts";
import type { Client } from "./step.ts";
import { sameKey, uniqueKeysOf } from "./uniqueKeys.ts";

/** A key that is to point at the record that `where` means. */
type Link = { row: Row; column: string; where: Row; path: string };
type Nested = { rows: Row[]; paths: string[] };

const MAX_DEPTH = 5;

export class Draft {
  readonly #links = new Map<RecordResource, Link[]>();
  readonly nested = new Map<RecordResource, Nested>();
  readonly #most: number;
  #count = 0;
  #depth = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Lets a column of `row` point at the one record that `where` means. */
  connect(row: Row, column: string, target: RecordResource, where: Input, path: string): void {
    const wanted = rowOf(inputFields(target, "where"), where, `${path}.`, this);
    const columns = Object.keys(wanted).filter((name) => wanted[name] != null);
    const keys = uniqueKeysOf(target);
    if (!keys.some((key) => key.columns.every(({ name }, place) => columns.includes(name) || (key.nullsAreEqual && place > 0)))) {
      const known = keys.map(({ fields }) => fields.join(" with ")).join(", or ");
      throw new RelataError("BAD_INPUT", `Say which record is meant, by ${known}.`, { field: path });
    }
    row[column] = null;
    const links = this.#links.get(target) ?? [];
    this.#links.set(target, links);
    links.push({ row, column, where: wanted, path });
  }

  /** Another record to create; answers its row, whose id is known. */
  create(target: RecordResource, input: Input, path: string): Row {
    if (++this.#count > this.#most)
      throw new RelataError("LIMIT_EXCEEDED", `At most ${this.#most} records are written at once.`, { field: path });
    if (++this.#depth > MAX_DEPTH) throw new RelataError("LIMIT_EXCEEDED", `Records nest at most ${MAX_DEPTH} levels.`, { field: path });
    const row = rowOf(inputFields(target, "insert"), input, `${path}.`, this);
    this.#depth--;
    row["id"] ??= uuidV7();
    const nested = this.nested.get(target) ?? { rows: [], paths: [] };
    this.nested.set(target, nested);
    nested.rows.push(row);
    nested.paths.push(path);
    return row;
  }

  /** Looks the records up that are connected to, a statement for each kind of them. RELATED_NOT_FOUND, RELATED_AMBIGUOUS. */
  async resolve(client: Client): Promise<void> {
    for (const [target, links] of this.#links) {
      const found = await findLinked(client, target, links);
      for (const [place, { row, column, path }] of links.entries()) {
        const ids = found.get(place) ?? [];
        if (ids.length > 1) throw new RelataError("RELATED_AMBIGUOUS", undefined, { field: path });
        if (!ids.length) throw new RelataError("RELATED_NOT_FOUND", undefined, { field: path });
        row[column] = ids[0];
      }
    }
  }
}

/** The ids of living records that each link means, by its place. */
async function findLinked(client: Client, target: RecordResource, links: Link[]): Promise<Map<number, string[]>> {
  const isLower = new Set(
    uniqueKeysOf(target).flatMap(({ columns }) => columns.filter((column) => column.isLower).map(({ name }) => name)),
  );
  const kinds = new Map<string, { place: number; where: Row }[]>();
  for (const [place, { where }] of links.entries()) {
    const kind = Object.keys(where).sort().join(" ");
    kinds.set(kind, [...(kinds.get(kind) ?? []), { place, where }]);
  }
  const living = isSoftDeleted(target.codec) ? " and written.deleted_at is null" : "";
  const values: unknown[] = [];
  const arms = [...kinds.values()].map((some) => {
    const batch = new Batch(
      some.map(({ where }) => where),
      columnsOf(target),
      values,
    );
    const columns = batch.columns.map(({ name }) => ({ name, isLower: isLower.has(name) }));
    const same = columns
      .map((column) => sameKey({ fields: [], columns: [column], nullsAreEqual: false }, "input", "written"))
      .join(" and ");
    const place = `($${values.push(`{${some.map((one) => one.place).join()}}`)}::int[])[input."#" + 1]`;
    return `select ${place} as place, written.id::text from ${batch.from} join ${tableOf(target)} as written on ${same}${living}`;
  });
  const { rows } = await client.query({ text: arms.join(" union all "), values });
  const found = new Map<number, string[]>();
  for (const [place, id] of rows) found.set(Number(place), [...(found.get(Number(place)) ?? []), id!]);
  return found;
}
