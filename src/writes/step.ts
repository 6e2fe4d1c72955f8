/**
 * A write of records and the reading of what it wrote. The write answers what its
 * RETURNING can tell; only when more is asked (relations, computed fields), the records
 * are read by a second statement.
 */
import { listOfCodec, type PgExecutorContext, PgSelectStep, TYPES } from "postgraphile/@dataplan/pg";
import { access, type ExecutionDetails, Step } from "postgraphile/grafast";
import { type SQL, sql } from "postgraphile/pg-sql2";
import type { Guard } from "../pgAdaptor.ts";
import type { RecordResource } from "../records/resources.ts";
import { textOf } from "./columns.ts";

export type Texts = (string | null)[];
/** What a write is to answer of each record: SQL about the table as `written`, and its id as the last. */
export type Returning = { columns: string[]; list: string };
export type Statement = { text: string; values: readonly unknown[]; guard?: Guard | undefined };
/** `attempt` answers what a statement fails with, and takes it back. */
export type Client = { query(statement: Statement): Promise<{ rows: Texts[] }>; attempt(statement: Statement): Promise<unknown> };
export type Writing = { client: Client; returning: Returning; claim: { created?: string[] } };
/** Writes, and answers the rows of its RETURNING in the order of the answer. */
export type Write<Args extends unknown[]> = (writing: Writing, ...args: Args) => Promise<Texts[]>;
type Written = { ids: (string | null)[]; rows: Texts[]; isWhole: boolean; gone: string | null };

/** Parts of PgSelectStep that its types leave out. */
type Selects = { selects: SQL[]; joins: unknown[]; applyDepIds: unknown[]; selectAndReturnIndex(fragment: SQL): number };

const idOf = (row: Texts): string | null => row[row.length - 1]!;

export class WriteStep extends Step<Written> {
  static override $$export = { moduleName: "relata", exportName: "WriteStep" };
  override isSyncAndSafe = false;
  readonly resource: RecordResource;
  readonly isGone: boolean;
  /** Set once the plan is complete. */
  reader: WrittenRows | undefined;
  readonly #write: Write<never[]>;
  readonly #contextId: number;
  readonly #argIds: number[];

  /** `isGone`: afterwards the records can not be read any more. */
  constructor(resource: RecordResource, args: Step[], write: Write<never[]>, isGone = false) {
    super();
    this.resource = resource;
    this.isGone = isGone;
    this.#write = write;
    this.#contextId = this.addUnaryDependency(resource.executor.context());
    this.#argIds = args.map(($arg) => this.addUnaryDependency($arg));
    this.hasSideEffects = true; // last: what came before is not to wait for it
  }

  override execute({ indexMap, values }: ExecutionDetails) {
    const { withPgClient, pgSettings } = values[this.#contextId]!.unaryValue() as PgExecutorContext;
    const args = this.#argIds.map((id) => values[id]!.unaryValue()) as never[];
    const selection = this.reader?.plainSelection() ?? undefined;
    const isWhole = selection !== undefined;
    const columns = [...(selection ?? (this.isGone ? ["to_jsonb(written)::text"] : [])), "written.id::text"];
    const returning = { columns, list: columns.map((column, place) => `${column} as "${place}"`).join(", ") };
    return indexMap(
      async (): Promise<Written> =>
        withPgClient(pgSettings, async (client) => {
          const rows = await this.#write({ client: client as never, returning, claim: pgSettings as never }, ...args);
          const gone = !isWhole && this.isGone ? `[${rows.map(([json]) => json).join(",")}]` : null;
          return { ids: isWhole ? [] : rows.map(idOf), rows, isWhole, gone };
        }),
    );
  }
}

/** The records that a write touched, in the order of its answer. */
export class WrittenRows extends PgSelectStep {
  static override $$export = { moduleName: "relata", exportName: "WrittenRows" };
  readonly #writtenId: number;
  #idIndex = -1;
  #plain: string[] | null | undefined;

  constructor($write: WriteStep) {
    const { resource, isGone } = $write;
    const from = {
      callback: ($select: PgSelectStep) =>
        sql`(select * from jsonb_populate_recordset(null::${resource.from as SQL}, ${$select.placeholder(access($write, "gone") as never, TYPES.text)}::jsonb))`,
    };
    super({ resource, identifiers: [], ...(isGone && { from }) } as never);
    this.#writtenId = this.addUnaryDependency($write);
    if (!isGone) {
      const ids = this.placeholder(access($write, "ids") as never, listOfCodec(TYPES.uuid) as never);
      this.where(sql`${this.alias}.id = any(${ids})`);
    }
  }

  override optimize(options: Parameters<PgSelectStep["optimize"]>[0]) {
    this.#idIndex = (this as unknown as Selects).selectAndReturnIndex(sql`(${this.alias}."id")::text`);
    return super.optimize(options);
  }

  /** What is selected, when these are columns of the table and nothing else; null otherwise. */
  plainSelection(): string[] | null {
    if (this.#plain !== undefined) return this.#plain;
    const { selects, joins, applyDepIds } = this as unknown as Selects;
    const texts = joins.length || applyDepIds.length ? [null] : selects.map((fragment) => plainText(fragment, this.alias));
    this.#plain = texts.includes(null) ? null : (texts as string[]);
    return this.#plain;
  }

  override finalize(): void {
    const $write = this.getDep(this.#writtenId) as WriteStep;
    $write.reader = this;
    super.finalize();
  }

  override async execute(details: ExecutionDetails) {
    const { ids, rows, isWhole } = details.values[this.#writtenId]!.unaryValue() as Written;
    const none = { hasNextPage: false, hasPreviousPage: false, m: {} };
    if (isWhole || !rows.length) return details.indexMap(() => ({ ...none, items: rows })) as never;
    const results = (await super.execute(details)) as unknown as { items: Texts[] }[];
    return results.map((result) => {
      const byId = new Map(result.items.map((item) => [item[this.#idIndex], item]));
      return { ...result, items: ids.map((id) => byId.get(id)).filter((item) => item !== undefined) };
    }) as never;
  }
}

/** A fragment that is a column of the table, cast or not, as SQL about `written`. */
function plainText(fragment: SQL, alias: SQL): string | null {
  let text: string;
  try {
    text = textOf(fragment);
  } catch {
    return null; // it has placeholders
  }
  const name = textOf(alias);
  const rest = text.replaceAll(/__\w+__\."(?:[^"]|"")+"/g, (column) => (column.startsWith(`${name}.`) ? "#" : "?"));
  return /^\(*#\)*(?:::"?\w+"?(?:\[\])?)*\)*$/.test(rest) ? text.replace(`${name}.`, "written.") : null;
}
