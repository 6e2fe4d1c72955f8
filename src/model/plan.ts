/** A list of changes in the making: each is put into the step in which it runs. */
import type { Fault, Path, Values } from "./model.ts";

/** A change for core.apply_changes; where in the file it comes from, and what to say of it ("" when it goes with another). */
export type Change = { kind: string; data: Values; path: Path; words: string };

/** A formula or a rollup that is to be made: it waits for the fields that it is made of. */
export type Formula = Change & { object: string; field: string; uses: readonly string[]; isRollup: boolean };

/** The steps, in the order in which they run. Fields of a junction are deleted before the relation that takes it along. */
const STEPS = [
  "rename",
  "deleteRule",
  "create",
  "field",
  "relation",
  "junction",
  "formula",
  "show",
  "object",
  "update",
  "rule",
  "hide",
  "view",
  "deleteView",
  "deleteJoint",
  "delete",
  "deleteObject",
] as const;
export type Step = (typeof STEPS)[number];

/** Shown fields come before whatever needs them, hidden ones after whatever needed them. */
export const stepOf = (data: Values): Step => (data["isActive"] === true ? "show" : data["isActive"] === false ? "hide" : "update");

/** Formulas in an order in which each is made of what is there; those in a circle come last, for the database to refuse. */
function byUse(formulas: readonly Formula[]): Formula[] {
  const made: Formula[] = [];
  let waiting = [...formulas];
  while (waiting.length) {
    // A formula is made of its own object's fields, a rollup of another's: of any that are called so.
    const waitsFor = (one: Formula, other: Formula) =>
      one !== other && one.uses.includes(other.field) && (one.isRollup ? one.object !== other.object : one.object === other.object);
    const ready = waiting.filter((one) => !waiting.some((other) => waitsFor(one, other)));
    if (!ready.length) return [...made, ...waiting];
    made.push(...ready);
    waiting = waiting.filter((formula) => !ready.includes(formula));
  }
  return made;
}

export class Plan {
  readonly #steps = new Map<Step, Change[]>(STEPS.map((step) => [step, []]));
  readonly #formulas: Formula[] = [];
  /** What the workspace has and the model does not, in words. */
  readonly kept: string[] = [];
  readonly faults: Fault[] = [];

  add(step: Step, change: Change): void {
    this.#steps.get(step)!.push(change);
  }

  addFormula(formula: Formula): void {
    this.#formulas.push(formula);
  }

  /** All changes, in the order in which each finds what it needs; deletions only when asked for. */
  changes(prune: boolean): Change[] {
    const ordered = new Map<Step, Change[]>([...this.#steps, ["formula", byUse(this.#formulas)]]);
    return STEPS.filter((step) => prune || !step.startsWith("delete")).flatMap((step) => ordered.get(step)!);
  }
}
