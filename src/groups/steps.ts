/** The groups of a groupBy, and the records of all of them, as Grafast plans them. */
import type { PgSelectQueryBuilder, PgSelectStep } from "postgraphile/@dataplan/pg";
import { type ExecutionDetails, lambda, Step } from "postgraphile/grafast";
import { type SQL, sql } from "postgraphile/pg-sql2";
import { RelataError } from "../errors.ts";
import { type Aggregate, aggregatesOf, TOTAL_COUNT } from "../records/aggregates.ts";
import { parameterValue } from "../records/filters.ts";
import type { RecordResource } from "../records/resources.ts";
import { GroupStep } from "./group.ts";
import { type Asked, type AskedGroups, groupsSql, type Limits, placesSql } from "./queries.ts";

/** A group as the database answers it: its key, and its aggregates as text. */
export type Row = readonly (string | null)[];

/** What PostGraphile's own steps use of each other. */
type Selects = { selectAndReturnIndex(fragment: SQL): number };
type Executes = { executeWithCache(asked: object[], statement: object): Promise<{ values: unknown[] }> };

/** PostgreSQL may know fewer time zones than Node. */
function toGroupError(error: unknown): unknown {
  const { code, message } = error as { code?: string; message?: string };
  return code === "22023" && /time zone/.test(message ?? "") ? new RelataError("INVALID_TIMEZONE", undefined, { cause: error }) : error;
}

/** All groups, in one statement with those aggregates that somebody asks for. */
export class GroupsStep extends Step {
  static override $$export = { moduleName: "relata", exportName: "GroupsStep" };
  override isSyncAndSafe = false;
  readonly resource: RecordResource;
  /** The records of all groups, in one statement; it does not run unless somebody asks for them. */
  $records!: PgSelectStep;
  /** Which of them: AskedRecords but for the keys. */
  $page!: Step;
  readonly #alias = sql.identifier(Symbol("record"));
  readonly #places = sql.identifier(Symbol("places"));
  readonly #selects: SQL[] = [];
  readonly #limits: Limits;

  /** `$asked`: AskedGroups. */
  constructor(resource: RecordResource, $asked: Step, limits: Limits) {
    super();
    this.resource = resource;
    this.#limits = limits;
    this.addDependency(resource.executor.context());
    this.addDependency($asked);
  }

  /** The place of an aggregate among what is selected. */
  select({ expression, codec }: Aggregate): number {
    const value = expression(this.#alias);
    const text = codec.castFromPg ? codec.castFromPg(value) : sql`(${value})::text`;
    const known = this.#selects.findIndex((one) => sql.isEquivalent(one, text));
    return 1 + (known >= 0 ? known : this.#selects.push(text) - 1);
  }

  /** Plans the records of the groups; `$page`: AskedRecords but for the keys. */
  findRecords($page: Step): this {
    const { resource } = this;
    const $select = resource.find() as unknown as PgSelectStep;
    const alias = this.#places;
    const limits = this.#limits;
    const apply = ([rows, asked]: readonly unknown[]) => {
      const keys = (rows as Row[]).map(([key]) => key!);
      return (query: PgSelectQueryBuilder) => {
        const from = placesSql(resource, { ...(asked as Asked), keys }, limits);
        query.join({ type: "inner", from, alias, conditions: [sql`${alias}.id = ${query.alias}.id`] } as never);
        query.orderBy({ fragment: sql`${alias}.place`, codec: TOTAL_COUNT.codec, direction: "ASC" });
        query.setOrderIsUnique();
      };
    };
    $select.apply(lambda([this, $page] as Step[], apply) as never);
    this.$records = $select;
    this.$page = $page;
    return this;
  }

  /** The records of each group, by its key. */
  recordsByKey(): Step {
    return this.operationPlan.cacheStep(this, "recordsByKey", null, () => {
      const index = (this.$records as unknown as Selects).selectAndReturnIndex(sql`${this.#places}.key`);
      return lambda(this.$records.items(), (rows: readonly Row[]) => Map.groupBy(rows, (row) => row[index]));
    });
  }

  listItem($row: Step): GroupStep {
    return new GroupStep(this, $row);
  }

  #toSql(asked: AskedGroups) {
    const aggregates = aggregatesOf(this.resource.codec);
    const order = (name: string) => (name === TOTAL_COUNT.name ? TOTAL_COUNT : aggregates.get(name)!).expression(this.#alias);
    const { text, values } = sql.compile(groupsSql(this.resource, this.#alias, this.#selects, order, asked, this.#limits));
    return { text, rawSqlValues: values.map(parameterValue) };
  }

  override async execute({ indexMap, values: [context, asked] }: ExecutionDetails) {
    return indexMap(async (i) => {
      try {
        const query = { ...this.#toSql(asked!.at(i) as AskedGroups), identifierIndex: null };
        const { values } = await (this.resource.executor as unknown as Executes).executeWithCache(
          [{ context: context!.at(i), queryValues: [] }],
          query,
        );
        return await values[0];
      } catch (error) {
        throw toGroupError(error);
      }
    });
  }
}
