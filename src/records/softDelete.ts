/** Deleted records are hidden from whoever does not ask for `deletedAt`. */
import type { PgSelectQueryBuilder, PgSelectStep } from "postgraphile/@dataplan/pg";
import { ConstantStep, type FieldArgs, lambda } from "postgraphile/grafast";
import { sql } from "postgraphile/pg-sql2";

/** Whether a filter speaks of `deletedAt` anywhere. */
export const mentionsDeletedAt = (filter: unknown): boolean => {
  if (typeof filter !== "object" || filter === null) return false;
  if (Array.isArray(filter)) return filter.some(mentionsDeletedAt);
  const { deletedAt, and, or, not } = filter as Record<string, unknown>;
  return deletedAt !== undefined || mentionsDeletedAt(and) || mentionsDeletedAt(or) || mentionsDeletedAt(not);
};

/** Narrows `$select` to living records, unless the `filter` argument speaks of `deletedAt`. */
export function hideDeleted($select: PgSelectStep, fieldArgs: FieldArgs): void {
  const $filter = fieldArgs.getRaw("filter");
  if ($filter instanceof ConstantStep && !mentionsDeletedAt($filter.data)) {
    $select.where(sql`${$select.alias}.deleted_at is null`);
    return;
  }
  $select.apply(
    lambda(
      $filter,
      (filter) => {
        const hides = !mentionsDeletedAt(filter);
        const apply = (query: PgSelectQueryBuilder) => {
          if (hides) query.where(sql`${query.alias}.deleted_at is null`);
        };
        // What decides the statement's text (src/patches/@dataplan+pg).
        return Object.assign(apply, { shape: { key: hides ? "living" : "all", parameters: [] } });
      },
      true,
    ),
  );
}
