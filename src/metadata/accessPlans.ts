/** `plan: true` on a change of permissions: the change is made, what people see then is told, and it is taken back. */
import type { Call } from "./callFunction.ts";

type Args = Record<string, unknown>;

/** The kinds of core.plan_access, by the function that makes the change, with names for its parameters. */
const KINDS: [call: RegExp, kind: string, names: string[]][] = [
  [/core\.set_row_rules\(/, "setRowRules", ["roleId", "objectId", "rules"]],
  [/core\.set_field_permissions\(/, "setFieldPermissions", ["roleId", "fields"]],
  [/core\.set_object_permissions\(/, "setObjectPermissions", ["roleId", "objects"]],
  [/core\.assign_roles\(/, "assignRoles", ["holderId", "roleIds"]],
  [/core\.update_role\(/, "updateRole", ["id", "data"]],
];

const parsed = (value: unknown): unknown => (typeof value === "string" && /^[[{]/.test(value) ? (JSON.parse(value) as unknown) : value);

/** The call that `toCall` makes, or, with the argument `plan`, one that tells what it would do. */
export const planned =
  (toCall: (args: Args) => Call) =>
  (args: Args): Call => {
    const call = toCall(args);
    if (args["plan"] !== true) return call;
    const [, kind, names] = KINDS.find(([pattern]) => pattern.test(call.text))!;
    const { data, ...named } = Object.fromEntries(names.map((name, n) => [name, parsed(call.values[n])]));
    return {
      text: "select core.plan_access($1, $2::jsonb)",
      values: [kind, JSON.stringify({ ...named, ...(data as object) })],
      isPlan: true,
    };
  };
