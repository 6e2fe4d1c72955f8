/** The groups, in the order in which they run. */
import { isolation } from "./isolation/index.ts";
import type { AnyGroup } from "./run.ts";

export const groups: readonly AnyGroup[] = [isolation];
