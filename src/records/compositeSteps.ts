/** How a composite is read, written, filtered and ordered by: each of its parts is a column of the record. */
import type { PgCodecWithAttributes, PgConditionCapableParent, PgSelectSingleStep } from "postgraphile/@dataplan/pg";
import { UnbatchedStep } from "postgraphile/grafast";
import { normalise } from "../fieldTypes/index.ts";
import type { Composite } from "./composites.ts";
import { applyField, assertGiven, holdsIfEmpty } from "./filters.ts";
import { applyKey, type Direction, type Ordering } from "./ordering.ts";

/** The record, seen as one of its composites: only the columns that are asked for are read. */
export class CompositeStep extends UnbatchedStep {
  static override $$export = { moduleName: "relata", exportName: "CompositeStep" };
  override isSyncAndSafe = true;
  readonly composite: Composite;
  constructor($record: PgSelectSingleStep, composite: Composite) {
    super();
    this.composite = composite;
    this.addDependency($record);
  }
  get(part: string) {
    return (this.getDep(0) as PgSelectSingleStep).get(this.composite.parts.get(part)!.column);
  }
  override deduplicate(peers: readonly CompositeStep[]): readonly CompositeStep[] {
    return peers.filter(({ composite }) => composite === this.composite);
  }
  override unbatchedExecute(_extra: unknown, record: unknown): unknown {
    return record;
  }
}

type Value = Record<string, unknown> | null;
type Settable = { set(column: string, value: unknown): void };

/** Writes the parts that were given, and those that follow from them; the others stay. */
export const applyValue = (composite: Composite) => (target: Settable, value: Value) => {
  const nothing = () => Object.fromEntries([...composite.parts.keys()].map((part) => [part, null]));
  const given = Object.entries(value ?? nothing()).filter(([, inner]) => inner !== undefined);
  const parts = normalise(composite.type, Object.fromEntries(given), composite.name) as object;
  for (const [part, inner] of Object.entries(parts)) target.set(composite.parts.get(part)!.column, inner);
};

/** What the conditions on parts are applied to: the types of conditions are shared by all composites of a type. */
type Conditions = { parent: PgConditionCapableParent; composite: Composite };
export const applyCondition = (part: string) => (target: Conditions, value: unknown) => {
  const { parent, composite } = target;
  return applyField(composite.parts.get(part)!.column, `${composite.name}.${part}`)(parent, value);
};

type Keys = { ordering: Ordering; codec: PgCodecWithAttributes; composite: Composite };
export const applyPartKey = (part: string) => (target: Keys, value: Direction | null) =>
  applyKey(target.codec, target.composite.parts.get(part)!.column)(target.ordering, value);

/** What the parts of a composite are asked of, in a filter. */
export const applyConditions = (composite: Composite) => (parent: PgConditionCapableParent, value: unknown) => {
  assertGiven(value, composite.name);
  holdsIfEmpty(parent, value);
  return { parent, composite };
};

/** What the parts of a composite are keys of, in an order. */
export const applyKeys = (composite: Composite, codec: PgCodecWithAttributes) => (ordering: Ordering, value: unknown) =>
  value == null ? undefined : { ordering, codec, composite };
