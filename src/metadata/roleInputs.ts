/** Changes of roles and keys as clients write them, as the functions of core take them. */
import { newApiKey } from "../auth/apiKeys.ts";
import { digest } from "../auth/oneTimeTokens.ts";
import { RelataError } from "../errors.ts";
import type { Call } from "./callFunction.ts";

type Args = Record<string, unknown>;

const ACTIONS = { Read: ["read"], Update: ["create", "update"], SoftDelete: ["delete"], Destroy: ["destroy"] } as const;
const SETTINGS = ["api_keys", "data_model", "impersonate", "members", "roles", "security", "views", "workspace"];

/** Permissions by the flags of other CRM servers, beside those that are named. */
function permissionsOf(data: Args): string[] | undefined {
  const named = data["permissions"] as string[] | null | undefined;
  const flags = Object.entries(ACTIONS).flatMap(([flag, actions]) =>
    data[`can${flag}AllObjectRecords`] ? actions.map((action) => `*.${action}`) : [],
  );
  if (data["canUpdateAllSettings"]) flags.push(...SETTINGS);
  const saysNothing = Object.keys(data).every((key) => !key.startsWith("can"));
  return named || !saysNothing ? [...(named ?? []), ...flags] : undefined;
}

/** {name, label, description, permissions}; what is not said is left out. */
function roleOf(data: Args): string {
  const { name, label, description } = data;
  return JSON.stringify({ name, label, description, permissions: permissionsOf(data) });
}

export function createRoleCall({ data, createRoleInput }: Args): Call {
  const given = (data ?? createRoleInput) as Args | undefined;
  if (!given) throw new RelataError("BAD_INPUT", "Give data.", { field: "data" });
  return { text: "select core.create_role($1::jsonb)", values: [roleOf({ permissions: [], ...given })] };
}

export function updateRoleCall({ id, data, updateRoleInput }: Args): Call {
  const input = updateRoleInput as { id: string; update: Args } | null | undefined;
  const [target, given] = [id ?? input?.id, (data ?? input?.update) as Args | undefined];
  if (!target) throw new RelataError("BAD_INPUT", "Give the id.", { field: "id" });
  if (!given) throw new RelataError("BAD_INPUT", "Give data.", { field: "data" });
  return { text: "select core.update_role($1, $2::jsonb)", values: [target, roleOf(given)] };
}

const ASSIGN = "select core.assign_roles($1, $2::uuid[])";
export const assignCall =
  (holder: string) =>
  (args: Args): Call => ({
    text: ASSIGN,
    values: [args[holder], args["roleIds"] ?? [args["roleId"]]],
  });

const either = (one: unknown, other: unknown) => one ?? other ?? undefined;

export function fieldPermissionsCall({ upsertFieldPermissionsInput }: Args): Call {
  const { roleId, fieldPermissions } = upsertFieldPermissionsInput as { roleId: string; fieldPermissions: Args[] };
  const fields = fieldPermissions.map((one) => ({
    fieldId: either(one["fieldId"], one["fieldMetadataId"]),
    canRead: either(one["canRead"], one["canReadFieldValue"]),
    canUpdate: either(one["canUpdate"], one["canUpdateFieldValue"]),
  }));
  return { text: "select core.set_field_permissions($1, $2::jsonb)", values: [roleId, JSON.stringify(fields)] };
}

export function objectPermissionsCall({ upsertObjectPermissionsInput }: Args): Call {
  const { roleId, objectPermissions } = upsertObjectPermissionsInput as { roleId: string; objectPermissions: Args[] };
  const objects = objectPermissions.map((one) => ({
    objectId: either(one["objectId"], one["objectMetadataId"]),
    read: either(one["canReadObjectRecords"], undefined),
    create: either(one["canCreateObjectRecords"], one["canUpdateObjectRecords"]),
    update: either(one["canUpdateObjectRecords"], undefined),
    delete: either(one["canSoftDeleteObjectRecords"], undefined),
    destroy: either(one["canDestroyObjectRecords"], undefined),
  }));
  return { text: "select core.set_object_permissions($1, $2::jsonb)", values: [roleId, JSON.stringify(objects)] };
}

export function permissionFlagsCall({ upsertPermissionFlagsInput }: Args): Call {
  const { roleId, permissionFlagKeys } = upsertPermissionFlagsInput as { roleId: string; permissionFlagKeys: string[] };
  return { text: "select core.set_permission_flags($1, $2::text[])", values: [roleId, permissionFlagKeys.map((key) => key.toLowerCase())] };
}

export function createApiKeyCall({ input }: Args): Call {
  const { name, expiresAt, roleIds, roleId } = input as Args;
  // The hash of a token that nobody gets: generateApiKeyToken puts another in its place.
  return {
    text: "select core.create_api_key($1::jsonb, $2::uuid[], $3)",
    values: [JSON.stringify({ name, expiresAt }), roleIds ?? (roleId ? [roleId] : []), digest(newApiKey())],
  };
}

export function updateApiKeyCall({ input }: Args): Call {
  const { id, name, expiresAt, revokedAt } = input as Args;
  return { text: "select core.update_api_key($1, $2::jsonb)", values: [id, JSON.stringify({ name, expiresAt, revokedAt })] };
}

export const revokeApiKeyCall = ({ input }: Args): Call =>
  updateApiKeyCall({ input: { id: (input as Args)["id"], revokedAt: new Date().toISOString() } });

export function apiKeyTokenCall({ apiKeyId, expiresAt }: Args): Call {
  const token = newApiKey();
  return {
    text: "select core.replace_api_key_token($1, $2, $3)",
    values: [apiKeyId, digest(token), expiresAt ?? null],
    answer: { token },
    isSecret: true,
  };
}
