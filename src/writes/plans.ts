/** Plans of the mutations that write: their arguments become a write, and what it wrote is read. */
import { PgCondition, type PgConditionCapableParent } from "postgraphile/@dataplan/pg";
import type { FieldArgs, Step } from "postgraphile/grafast";
import { RelataError } from "../errors.ts";
import { assertWithinFilterLimits } from "../records/filters.ts";
import type { RecordResource } from "../records/resources.ts";
import { type Action, writeByFilter } from "./byFilter.ts";
import { destroyOne, markOne, updateOne } from "./byId.ts";
import type { Row } from "./columns.ts";
import { changesOf, type Input, inputFields, rowOf } from "./inputs.ts";
import { insertMany, insertOne } from "./insert.ts";
import { type Write, WriteStep, type Writing, WrittenRows } from "./step.ts";
import { updateEach } from "./updateEach.ts";
import { upsertMany } from "./upsert.ts";

declare global {
  namespace GraphileBuild {
    interface SchemaOptions {
      maxBatchSize?: number;
      maxAffectedRecords?: number;
    }
  }
}

type Plan = (_$root: unknown, fieldArgs: FieldArgs) => Step;
type Build = GraphileBuild.Build;

const DEFAULT_LIMIT = 10_000;

const one =
  (resource: RecordResource, args: string[], write: Write<never[]>, isGone = false): Plan =>
  (_$root, fieldArgs) =>
    new WrittenRows(
      new WriteStep(
        resource,
        args.map((name) => fieldArgs.getRaw(name)),
        write,
        isGone,
      ),
    ).single();

const many =
  (resource: RecordResource, args: string[], write: Write<never[]>): Plan =>
  (_$root, fieldArgs) =>
    new WrittenRows(
      new WriteStep(
        resource,
        args.map((name) => fieldArgs.getRaw(name)),
        write,
      ),
    );

/** Records have them, rows of core do not. */
const upsertArgs = (argument: string): string[] => (argument === "data" ? ["upsert", "upsertOn"] : []);

/** LIMIT_EXCEEDED for more inputs than are written at once. */
function assertBatch(build: Build, inputs: readonly unknown[], argument: string): void {
  const { maxBatchSize = DEFAULT_LIMIT } = build.options;
  if (inputs.length <= maxBatchSize) return;
  throw new RelataError("LIMIT_EXCEEDED", `${inputs.length} records are given; at most ${maxBatchSize} are written at once.`, {
    field: argument,
  });
}

/** `createCompany(data:, upsert:, upsertOn:)`; `argument` is what the input is called. */
export function planCreate(build: Build, resource: RecordResource, argument: string): Plan {
  const fields = inputFields(build, resource, "insert");
  const write = (writing: Writing, input: Input, upsert?: boolean, upsertOn?: string[]) => {
    const row = rowOf(fields, input);
    return upsert ? upsertMany(writing, resource, [row], upsertOn) : insertOne(writing, resource, row);
  };
  return one(resource, [argument, ...upsertArgs(argument)], write);
}

/** `createCompanies(data: [], upsert:, upsertOn:)`. */
export function planCreateMany(build: Build, resource: RecordResource, argument: string): Plan {
  const fields = inputFields(build, resource, "insert");
  const write = (writing: Writing, inputs: Input[], upsert?: boolean, upsertOn?: string[]) => {
    assertBatch(build, inputs, argument);
    const rows = inputs.map((input, place) => rowOf(fields, input, `${argument}.${place}.`));
    return upsert ? upsertMany(writing, resource, rows, upsertOn, argument) : insertMany(writing, resource, rows, argument);
  };
  return many(resource, [argument, ...upsertArgs(argument)], write);
}

/** `updateCompany(id:, data:)`. */
export function planUpdate(build: Build, resource: RecordResource, argument: string): Plan {
  const fields = inputFields(build, resource, "update");
  return one(resource, ["id", argument], (writing, id: string, input: Input) =>
    updateOne(writing, resource, id, changesOf(fields, input, argument)),
  );
}

/** `updateManyViews(inputs: [{ id, update }])`: each its own change. */
export function planUpdateEach(build: Build, resource: RecordResource, argument: string): Plan {
  const fields = inputFields(build, resource, "update");
  return many(resource, [argument], (writing, inputs: { id: string; update: Input }[]) => {
    assertBatch(build, inputs, argument);
    const rows = inputs.map(({ id, update }, place): Row => ({ ...changesOf(fields, update, `${argument}.${place}.update`, ""), id }));
    return updateEach(writing, resource, rows, argument);
  });
}

/** `deleteCompany(id:)`, which marks the record, and `restoreCompany(id:)`, which takes the mark away. */
export const planMark = (resource: RecordResource, deletes: boolean): Plan =>
  one(resource, ["id"], (writing, id: string) => markOne(writing, resource, id, deletes));

/** `destroyCompany(id:)`. */
export const planDestroy = (resource: RecordResource): Plan =>
  one(resource, ["id"], (writing, id: string) => destroyOne(writing, resource, id), true);

/** The filter as something that a write applies to its own statement. */
function filterOf(fieldArgs: FieldArgs): Step {
  let $apply: Step | undefined;
  const $target = { apply: ($step: Step) => void ($apply = $step), withLayerPlan: (callback: () => unknown) => callback() };
  const begin = (parent: PgConditionCapableParent, filter: unknown) => {
    assertWithinFilterLimits(filter);
    return new PgCondition(parent);
  };
  fieldArgs.apply($target as never, "filter", begin as never);
  return $apply!;
}

/** `updateCompanies(data:, filter:)`, `deleteCompanies(filter:)` and their kin. */
export function planByFilter(build: Build, resource: RecordResource, kind: Action["kind"], argument: string): Plan {
  const fields = inputFields(build, resource, "update");
  const { maxAffectedRecords = DEFAULT_LIMIT } = build.options;
  const write = (writing: Writing, given: unknown, apply: never, data?: Input) => {
    const action: Action = kind === "update" ? { kind, row: changesOf(fields, data, argument) } : { kind };
    return writeByFilter(writing, resource, action, { given, apply }, maxAffectedRecords);
  };
  return (_$root, fieldArgs) => {
    const args = [fieldArgs.getRaw("filter"), filterOf(fieldArgs), ...(kind === "update" ? [fieldArgs.getRaw(argument)] : [])];
    return new WrittenRows(new WriteStep(resource, args, write, kind === "destroy"));
  };
}
