/** One group, and the records of one group, as Grafast plans them. */
import type { PgCodec, PgSelectStep } from "postgraphile/@dataplan/pg";
import { constant, lambda, object, type Step, UnbatchedStep } from "postgraphile/grafast";
import type { Aggregate } from "../records/aggregates.ts";
import type { GroupsStep, Row } from "./steps.ts";

/** One group. */
export class GroupStep extends UnbatchedStep {
  static override $$export = { moduleName: "relata", exportName: "GroupStep" };
  override isSyncAndSafe = true;
  readonly $groups: GroupsStep;
  constructor($groups: GroupsStep, $row: Step) {
    super();
    this.$groups = $groups;
    this.addDependency($row);
  }

  aggregate(aggregate: Aggregate): Step {
    const index = this.$groups.select(aggregate);
    const { fromPg } = aggregate.codec as PgCodec;
    return lambda(this, (row: Row) => (row[index] == null ? null : fromPg(row[index] as string)), true);
  }

  dimensionValues(): Step {
    return lambda(this, ([key]: Row) => JSON.parse(key!), true);
  }

  records(as: "nodes" | "edges"): GroupRecordsStep {
    return new GroupRecordsStep(this, as);
  }

  override unbatchedExecute(_extra: unknown, row: Row): Row {
    return row;
  }
}

/** The records of one group that are on its page. */
export class GroupRecordsStep extends UnbatchedStep {
  static override $$export = { moduleName: "relata", exportName: "GroupRecordsStep" };
  override isSyncAndSafe = true;
  readonly $records: PgSelectStep;
  readonly as: "nodes" | "edges";
  constructor($group: GroupStep, as: "nodes" | "edges") {
    super();
    this.as = as;
    this.$records = $group.$groups.$records;
    this.addDependency($group.$groups.recordsByKey());
    this.addDependency($group);
  }

  listItem($row: Step): Step {
    const $record = this.$records.listItem($row as never) as unknown as Step;
    return this.as === "nodes" ? $record : object({ node: $record, cursor: constant(null) });
  }

  override unbatchedExecute(_extra: unknown, byKey: ReadonlyMap<string | null | undefined, readonly Row[]>, [key]: Row): readonly Row[] {
    return byKey.get(key) ?? [];
  }
}
