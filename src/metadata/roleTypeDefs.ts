/** What changes of roles, of who holds them, and of API keys take. */
import { gql } from "postgraphile/utils";

const roleFields = `
    "In capital letters; made of the label when it is not said."
    name: String
    label: String
    description: String
    "companies.read, *.update, data_model, …: all that the role may do."
    permissions: [String!]
    canReadAllObjectRecords: Boolean
    "Creating, too."
    canUpdateAllObjectRecords: Boolean
    canSoftDeleteAllObjectRecords: Boolean
    canDestroyAllObjectRecords: Boolean
    "All settings: members, roles, the data model, …"
    canUpdateAllSettings: Boolean
`;

export const roleTypeDefs = gql`
  input CreateRoleInput {${roleFields}}
  input UpdateRoleInput {${roleFields}}
  input UpdateOneRoleInput {
    id: UUID!
    update: UpdateRoleInput!
  }
  input FieldPermissionInput {
    fieldId: UUID
    "The same as fieldId."
    fieldMetadataId: UUID
    objectMetadataId: UUID
    canRead: Boolean
    "The same as canRead."
    canReadFieldValue: Boolean
    canUpdate: Boolean
    "The same as canUpdate."
    canUpdateFieldValue: Boolean
  }
  input UpsertFieldPermissionsInput {
    roleId: UUID!
    "Fields that are not named stay as they were."
    fieldPermissions: [FieldPermissionInput!]!
  }
  input ObjectPermissionInput {
    objectId: UUID
    "The same as objectId."
    objectMetadataId: UUID
    canReadObjectRecords: Boolean
    canCreateObjectRecords: Boolean
    "Creating as well, when nothing is said of that."
    canUpdateObjectRecords: Boolean
    canSoftDeleteObjectRecords: Boolean
    canDestroyObjectRecords: Boolean
  }
  input UpsertObjectPermissionsInput {
    roleId: UUID!
    "What is not said stays as it was."
    objectPermissions: [ObjectPermissionInput!]!
  }
  input UpsertPermissionFlagsInput {
    roleId: UUID!
    "All flags that it has from now on: data_model, members, roles, …"
    permissionFlagKeys: [String!]!
  }
  input CreateApiKeyInput {
    name: String!
    "In a year when nothing is said."
    expiresAt: DateTime
    roleIds: [UUID!]
    "One role."
    roleId: UUID
  }
  input UpdateApiKeyInput {
    id: UUID!
    name: String
    "It can end sooner, not later."
    expiresAt: DateTime
    revokedAt: DateTime
  }
  input RevokeApiKeyInput {
    id: UUID!
  }
  "Shown once; nobody can read it again."
  type ApiKeyToken {
    token: String!
  }
  extend type Mutation {
    # plan: only tells what it would do, under extensions.plan: whose records appear or vanish.
    createOneRole(data: CreateRoleInput, createRoleInput: CreateRoleInput): Role
    updateOneRole(id: UUID, data: UpdateRoleInput, updateRoleInput: UpdateOneRoleInput, plan: Boolean): Role
    "Deletes a role, takes it from all who hold it, and answers what it was."
    deleteOneRole(id: UUID, roleId: UUID): Role
    "Lets a member hold just these roles."
    assignRolesToMember(memberId: UUID!, roleIds: [UUID!]!, plan: Boolean): Member
    "Lets a member hold one role alone."
    updateWorkspaceMemberRole(workspaceMemberId: UUID!, roleId: UUID!, plan: Boolean): Member
    "Lets an API key hold just these roles."
    assignRolesToApiKey(apiKeyId: UUID!, roleIds: [UUID!]!, plan: Boolean): ApiKey
    "Lets an API key hold one role alone."
    assignRoleToApiKey(apiKeyId: UUID!, roleId: UUID!, plan: Boolean): ApiKey
    "Says what a role may do with the records of some objects."
    upsertObjectPermissions(upsertObjectPermissionsInput: UpsertObjectPermissionsInput!, plan: Boolean): Role
    "Says which fields a role may read and change."
    upsertFieldPermissions(upsertFieldPermissionsInput: UpsertFieldPermissionsInput!, plan: Boolean): Role
    "Says which settings a role may change."
    upsertPermissionFlags(upsertPermissionFlagsInput: UpsertPermissionFlagsInput!): Role
    "Makes an API key; generateApiKeyToken gives it its token."
    createApiKey(input: CreateApiKeyInput!): ApiKey
    updateApiKey(input: UpdateApiKeyInput!): ApiKey
    "Ends an API key for good."
    revokeApiKey(input: RevokeApiKeyInput!): ApiKey
    "Gives an API key a new token; the one before ends."
    generateApiKeyToken(apiKeyId: UUID!, expiresAt: DateTime): ApiKeyToken
  }
`;
