/**
 * `updateCompany(id, data, version)`: writes only when the record's updatedAt is still
 * that. The row is locked and looked at by a statement that goes out before the
 * write, in its transaction and its round trip: as the guard of that write and of no
 * other statement.
 */
import { RelataError } from "../errors.ts";
import type { Guard } from "../pgAdaptor.ts";

/** The state that the caller would have written: his fields, beside the version that he has seen. */
export type GivenState = { id: string; updatedAt: string } & Record<string, unknown>;

/** CONFLICT with both states: what the record is now, and what was given. */
export class VersionConflict extends RelataError {
  /** The query for a single record of its kind (`company`). */
  readonly query: string;
  readonly given: GivenState;
  /** Read once the write has failed (src/graphql/currentState.ts); null when the record is gone. */
  current: Record<string, unknown> | null | undefined;

  constructor(query: string, given: GivenState, cause: unknown) {
    super("CONFLICT", "The record has changed since it was read.", { cause, field: "version" });
    this.query = query;
    this.given = given;
  }

  override get extensions() {
    return { ...super.extensions, current: this.current ?? null, given: this.given };
  }
}

const ISO = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

function assertVersion(version: string): void {
  if (!ISO.test(version) || Number.isNaN(Date.parse(version.slice(0, 10)))) {
    throw new RelataError("INVALID_DATE", undefined, { field: "version" });
  }
}

/** Looks at the record of `table` before it is written. */
export function versionGuard(table: string, query: string, given: GivenState): Guard {
  assertVersion(given.updatedAt);
  return {
    statement: {
      name: undefined,
      // In a row that is not there, or not his to change, the write finds nothing: NOT_FOUND.
      text: `with seen as (select updated_at from ${table} where id = $1 for update) select authz.require_version(updated_at, $2) from seen`,
      values: [given.id, given.updatedAt],
    },
    toError: (error) => ((error as { code?: unknown }).code === "VERSN" ? new VersionConflict(query, given, error) : error),
  };
}
