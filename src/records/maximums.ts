/** How much may be read and written at once, as the plugins are told by the configuration (src/postgraphile.ts). */
import { RelataError } from "../errors.ts";

type Maximums = {
  /** Records in one page. */
  maxPageSize: number;
  /** Records in a page when the client does not say. */
  defaultPageSize: number;
  /** Records that are given to one mutation. */
  maxBatchSize: number;
  /** Records that one mutation changes by a filter. */
  maxAffectedRecords: number;
};

declare global {
  namespace GraphileBuild {
    interface SchemaOptions extends Partial<Maximums> {}
  }
}

const NAMES = ["maxPageSize", "defaultPageSize", "maxBatchSize", "maxAffectedRecords"] as const;

/** A preset that lacks one is refused: it would limit nothing. */
export function maximumsOf({ options }: GraphileBuild.Build): Maximums {
  for (const name of NAMES) if (typeof options[name] !== "number") throw new Error(`The preset does not say ${name}.`);
  return options as Maximums;
}

/** A number of rows that may be asked for; BAD_INPUT or LIMIT_EXCEEDED otherwise. */
export function checkCount(name: string, value: number | null | undefined, normal: number, max: number): number {
  if (value == null) return normal;
  if (value < 0) throw new RelataError("BAD_INPUT", `${name} may not be negative.`, { field: name });
  if (value > max) throw new RelataError("LIMIT_EXCEEDED", `${name} is ${value}; the limit is ${max}.`, { field: name });
  return value;
}
