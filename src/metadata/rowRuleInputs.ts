/** Rules of rows as clients write them, as the functions of core take them. */
import type { Call } from "./callFunction.ts";

type Args = Record<string, unknown>;

export function rowRulesCall({ input }: Args): Call {
  const { roleId, objectId, objectMetadataId, rules } = input as Args & { rules: Args[] };
  return {
    text: "select core.set_row_rules($1, $2, $3::jsonb)",
    values: [roleId, objectId ?? objectMetadataId, JSON.stringify(rules)],
  };
}

export function rowPredicatesCall({ input }: Args): Call {
  const { roleId, objectMetadataId, predicates, predicateGroups } = input as Args;
  return {
    text: "select core.set_row_predicates($1, $2, $3::jsonb, $4::jsonb)",
    values: [roleId, objectMetadataId, JSON.stringify(predicates ?? []), JSON.stringify(predicateGroups ?? [])],
  };
}
