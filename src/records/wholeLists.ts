/**
 * Operations whose list has no page: those of exports (src/rest/export), which read it as it
 * comes. They are known by their name, which nobody outside can guess and no answer tells.
 */
import { randomBytes } from "node:crypto";
import type { Step } from "postgraphile/grafast";

export const WHOLE_LIST = `WholeList${randomBytes(16).toString("hex")}`;

export const isOfWholeList = ({ operationPlan }: Step): boolean => operationPlan.operation.name?.value === WHOLE_LIST;
