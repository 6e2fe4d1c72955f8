/** A query in the making: what filters and orders of records are applied to, where PostGraphile's own step would not do. */
import { type PgSelectQueryBuilder, pgWhereConditionSpecListToSQL } from "postgraphile/@dataplan/pg";
import { type SQL, sql } from "postgraphile/pg-sql2";
import { isSoftDeleted, type RecordRelation, type RecordResource } from "../records/resources.ts";

type Key = { fragment: SQL; direction: "ASC" | "DESC"; nulls?: "FIRST" | "LAST" | undefined };
type Join = Parameters<PgSelectQueryBuilder["join"]>[0];

const NULLS = { FIRST: sql` nulls first`, LAST: sql` nulls last` };
export const toOrder = ({ fragment, direction, nulls }: Key): SQL =>
  sql`${fragment}${direction === "DESC" ? sql` desc` : sql.blank}${nulls ? NULLS[nulls] : sql.blank}`;

export class Selection {
  readonly alias: SQL;
  readonly #resource: RecordResource;
  readonly #joins: SQL[] = [];
  readonly #conditions: Parameters<PgSelectQueryBuilder["where"]>[0][] = [];
  readonly #related = new Map<SQL, Map<RecordRelation, SQL>>();
  readonly orders: SQL[] = [];

  constructor(resource: RecordResource, alias: SQL = sql.identifier(Symbol(resource.name))) {
    this.#resource = resource;
    this.alias = alias;
  }

  where(condition: Parameters<PgSelectQueryBuilder["where"]>[0]): void {
    this.#conditions.push(condition);
  }

  orderBy(key: Key): void {
    this.orders.push(toOrder(key));
  }

  /** As orders over relations ask for it. */
  join(join: Join): void {
    const { from, alias, conditions } = join as unknown as { from: SQL; alias: SQL; conditions: SQL[] };
    this.#joins.push(sql`left join ${from} as ${alias} on ${sql.join(conditions, " and ")}`);
  }

  /** The table behind `relations`, one after the other; a relation named twice is joined once. Deleted records are not seen. */
  related(relations: readonly RecordRelation[]): SQL {
    let alias = this.alias;
    for (const relation of relations) {
      const known = this.#related.get(alias) ?? new Map<RecordRelation, SQL>();
      this.#related.set(alias, known);
      let next = known.get(relation);
      if (!next) {
        const { remoteResource, localAttributes, remoteAttributes } = relation;
        const joined = sql.identifier(Symbol(remoteResource.name));
        const conditions = localAttributes.map(
          (local, i) => sql`${alias}.${sql.identifier(local)} = ${joined}.${sql.identifier(remoteAttributes[i]!)}`,
        );
        if (isSoftDeleted(remoteResource.codec)) conditions.push(sql`${joined}.deleted_at is null`);
        this.join({ from: remoteResource.from, alias: joined, conditions } as never);
        known.set(relation, (next = joined));
      }
      alias = next;
    }
    return alias;
  }

  /** One value of each row, computed once, wherever it is named. */
  value(expression: SQL): SQL {
    const alias = sql.identifier(Symbol("value"));
    this.#joins.push(sql`cross join lateral (select ${expression} as v) as ${alias}`);
    return sql`${alias}.v`;
  }

  /** The row once for each different element of a list; once with null, when there is none. */
  elements(list: SQL): SQL {
    const alias = sql.identifier(Symbol("element"));
    this.#joins.push(sql`left join lateral (select distinct v from unnest(${list}) v) as ${alias} on true`);
    return sql`${alias}.v`;
  }

  /** `from … where …`. */
  toSql(): SQL {
    const joins = this.#joins.length ? sql` ${sql.join(this.#joins, " ")}` : sql.blank;
    const where = pgWhereConditionSpecListToSQL(this.alias, this.#conditions as never);
    return sql`from ${this.#resource.from as never} as ${this.alias}${joins}${where ? sql` where ${where}` : sql.blank}`;
  }
}
