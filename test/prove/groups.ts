/** The groups, in the order in which they run. */
import { faults } from "./faults/index.ts";
import { isolation } from "./isolation/index.ts";
import type { AnyGroup } from "./run.ts";

export const groups: readonly AnyGroup[] = [isolation, faults];
