/** Which records a role opens: rules of rows, said object by object. */
import type {} from "postgraphile";
import { extendSchema } from "postgraphile/utils";
import { planned } from "../src/metadata/accessPlans.ts";
import { planRow } from "../src/metadata/callFunction.ts";
import { rowPredicatesCall, rowRulesCall } from "../src/metadata/rowRuleInputs.ts";
import { rowRuleTypeDefs } from "../src/metadata/rowRuleTypeDefs.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RowRuleMutationsPlugin: true;
    }
  }
}

export const RowRuleMutationsPlugin: GraphileConfig.Plugin = {
  ...extendSchema(
    (build) =>
      ({
        typeDefs: rowRuleTypeDefs,
        objects: {
          Mutation: {
            plans: {
              upsertRowRules: planRow(build, "role", planned(rowRulesCall)),
              upsertRowLevelPermissionPredicates: planRow(build, "role", rowPredicatesCall),
            },
          },
        },
      }) as never,
  ),
  name: "RowRuleMutationsPlugin",
  description: "Changes of the rules of rows",
};
