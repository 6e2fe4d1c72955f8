/** Roles, who holds them, what they hold back, and API keys: each mutation is one function of core. */
import type {} from "postgraphile";
import { extendSchema } from "postgraphile/utils";
import { planned } from "../src/metadata/accessPlans.ts";
import { planAnswer, planRow, planRowBefore } from "../src/metadata/callFunction.ts";
import * as calls from "../src/metadata/roleInputs.ts";
import { roleTypeDefs } from "../src/metadata/roleTypeDefs.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RoleMutationsPlugin: true;
    }
  }
}

export const RoleMutationsPlugin: GraphileConfig.Plugin = {
  ...extendSchema(
    (build) =>
      ({
        typeDefs: roleTypeDefs,
        objects: {
          Mutation: {
            plans: {
              createOneRole: planRow(build, "role", calls.createRoleCall),
              updateOneRole: planRow(build, "role", planned(calls.updateRoleCall)),
              deleteOneRole: planRowBefore(build, "role", ({ id, roleId }) => id ?? roleId, "select core.delete_role($1)"),
              assignRolesToMember: planRow(build, "member", planned(calls.assignCall("memberId"))),
              updateWorkspaceMemberRole: planRow(build, "member", planned(calls.assignCall("workspaceMemberId"))),
              assignRolesToApiKey: planRow(build, "apiKey", planned(calls.assignCall("apiKeyId"))),
              assignRoleToApiKey: planRow(build, "apiKey", planned(calls.assignCall("apiKeyId"))),
              upsertObjectPermissions: planRow(build, "role", planned(calls.objectPermissionsCall)),
              upsertFieldPermissions: planRow(build, "role", planned(calls.fieldPermissionsCall)),
              upsertPermissionFlags: planRow(build, "role", calls.permissionFlagsCall),
              createApiKey: planRow(build, "apiKey", calls.createApiKeyCall),
              updateApiKey: planRow(build, "apiKey", calls.updateApiKeyCall),
              revokeApiKey: planRow(build, "apiKey", calls.revokeApiKeyCall),
              generateApiKeyToken: planAnswer(build, "apiKey", calls.apiKeyTokenCall),
            },
          },
        },
      }) as never,
  ),
  name: "RoleMutationsPlugin",
  description: "Changes of roles, of who holds them, and of API keys",
};
