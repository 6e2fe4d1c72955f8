/** Mutations of one row of core, one statement each, answering the row. */
import { pgDeleteSingle, pgInsertSingle, pgUpdateSingle } from "postgraphile/@dataplan/pg";
import { constant, type FieldArgs, lambda, type Step, sideEffect } from "postgraphile/grafast";
import { RelataError } from "../errors.ts";
import type { RecordResource } from "./resources.ts";

/** A row that no policy shows and a row that is not there are told apart by nobody. */
const assertFound = ($row: Step) =>
  sideEffect($row, (row) => {
    if (row == null) throw new RelataError("NOT_FOUND");
  });

type Plan = (resource: RecordResource) => (_$root: unknown, fieldArgs: FieldArgs) => Step;

/** Plans `create…(input:)`. */
export const planCreate: Plan = (resource) => (_$root, fieldArgs) => {
  const $insert = pgInsertSingle(resource);
  fieldArgs.apply($insert);
  return $insert;
};

/** Plans `update…(id:, input:)`. */
export const planUpdate: Plan = (resource) => (_$root, fieldArgs) => {
  sideEffect(fieldArgs.getRaw("input"), (input) => {
    if (!Object.values(input ?? {}).some((value) => value !== undefined)) {
      throw new RelataError("BAD_INPUT", "There is nothing to change: give at least one field.", { field: "input" });
    }
  });
  const $update = pgUpdateSingle(resource, { id: fieldArgs.getRaw("id") } as never);
  fieldArgs.apply($update);
  assertFound($update);
  return $update;
};

/** Plans `delete…(id:)`, which marks the row, and `restore…(id:)`, which takes the mark away. */
export const planMark =
  (deletes: boolean): Plan =>
  (resource) =>
  (_$root, fieldArgs) => {
    const $at = lambda(constant(null), () => (deletes ? new Date().toISOString() : null));
    const $update = pgUpdateSingle(resource, { id: fieldArgs.getRaw("id") } as never, { deleted_at: $at } as never);
    assertFound($update);
    return $update;
  };

/** Plans `destroy…(id:)`. */
export const planDestroy: Plan = (resource) => (_$root, fieldArgs) => {
  const $delete = pgDeleteSingle(resource, { id: fieldArgs.getRaw("id") } as never);
  assertFound($delete);
  return $delete;
};
