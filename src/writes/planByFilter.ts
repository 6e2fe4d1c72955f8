/** Plans of the mutations that write what a filter means. */
import { PgCondition, type PgConditionCapableParent } from "postgraphile/@dataplan/pg";
import type { FieldArgs, Step } from "postgraphile/grafast";
import { assertWithinFilterLimits } from "../records/filters.ts";
import { maximumsOf } from "../records/maximums.ts";
import type { RecordResource } from "../records/resources.ts";
import { type Action, writeByFilter } from "./byFilter.ts";
import { Draft } from "./draft.ts";
import { changesOf, type Input, inputFields } from "./inputs.ts";
import type { Plan } from "./plans.ts";
import { WriteStep, type Writing, WrittenRows } from "./step.ts";

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
export function planByFilter(build: GraphileBuild.Build, resource: RecordResource, kind: Action["kind"], argument: string): Plan {
  const { maxBatchSize, maxAffectedRecords } = maximumsOf(build);
  const write = async (writing: Writing, given: unknown, apply: never, data?: Input) => {
    const draft = new Draft(maxBatchSize);
    const action: Action =
      kind === "update" ? { kind, row: changesOf(inputFields(resource, "update"), data, argument, "", draft) } : { kind };
    await draft.resolve(writing.client);
    return writeByFilter(writing, resource, action, { given, apply }, maxAffectedRecords, draft);
  };
  return (_$root, fieldArgs) => {
    const args = [fieldArgs.getRaw("filter"), filterOf(fieldArgs), ...(kind === "update" ? [fieldArgs.getRaw(argument)] : [])];
    return new WrittenRows(new WriteStep(resource, args, write, kind === "destroy"));
  };
}
