/** Checks of the standby that reads go to. */
import type { Check } from "./check.ts";

export const replicaChecks: Check[] = [];
