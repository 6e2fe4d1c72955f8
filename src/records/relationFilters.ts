/**
 * What may be asked of related records: of the one that a relation leads to, and of the
 * many: `people: { some: …, every: …, none: … }`. Each is an EXISTS, which PostgreSQL
 * plans as a join. A deleted record is not there, and neither is what a deleted pair joins.
 */
import { PgCondition, type PgConditionCapableParent, pgWhereConditionSpecListToSQL } from "postgraphile/@dataplan/pg";
import { sql } from "postgraphile/pg-sql2";
import { assertGiven, holdsIfEmpty } from "./filters.ts";
import type { Way } from "./lists.ts";
import { isSoftDeleted, type RecordRelation } from "./resources.ts";

/** That a living record stands at the other end; conditions on it may be added. */
function existing(parent: PgCondition, { remoteResource, localAttributes, remoteAttributes }: RecordRelation): PgCondition {
  const exists = parent.existsPlan({ tableExpression: remoteResource.from as never, alias: remoteResource.name });
  for (const [i, local] of localAttributes.entries()) {
    exists.where(sql`${parent.alias}.${sql.identifier(local)} = ${exists.alias}.${sql.identifier(remoteAttributes[i]!)}`);
  }
  if (isSoftDeleted(remoteResource.codec)) exists.where(sql`${exists.alias}.deleted_at is null`);
  return exists;
}

/** Filters by the one record that a relation leads to. */
export const applyRelation = (relation: RecordRelation, path: string) => (parent: PgCondition, value: unknown) => {
  assertGiven(value, path);
  return existing(parent, relation);
};

/** That what is asked does not hold; what is neither true nor false, as of an empty field, does not hold either. */
class NotHolding extends PgCondition {
  override apply(): void {
    const asked = pgWhereConditionSpecListToSQL(this.alias, (this as unknown as { conditions: never[] }).conditions);
    this.parent.where(asked ? sql`${asked} is not true` : sql`false`);
  }
}

/** What a list is asked about: the types of these questions are shared by all lists of a kind of record. */
type List = { parent: PgCondition; way: Way; path: string };
type Quantifier = (parent: PgCondition, way: Way) => PgCondition;

const along = (parent: PgCondition, way: Way): PgCondition => (way as readonly RecordRelation[]).reduce(existing, parent);

/** How many of a list's records have to fulfil what is asked. */
export const QUANTIFIERS: Record<"some" | "every" | "none", { description: string; of: Quantifier }> = {
  some: { description: "At least one of the records fulfils this.", of: along },
  every: {
    description: "All of the records fulfil this, or there are none.",
    of: (parent, way) => new NotHolding(along(parent.notPlan(), way)),
  },
  none: { description: "None of the records fulfils this.", of: (parent, way) => along(parent.notPlan(), way) },
};

/** Begins what is asked of a list; its quantifiers follow. */
export const applyList = (way: Way, path: string) => (parent: PgConditionCapableParent, value: unknown) => {
  assertGiven(value, path);
  holdsIfEmpty(parent, value);
  return { parent, way, path };
};

export const applyQuantifier =
  (name: keyof typeof QUANTIFIERS) =>
  ({ parent, way, path }: List, value: unknown) => {
    assertGiven(value, `${path}.${name}`);
    return QUANTIFIERS[name].of(parent, way);
  };
