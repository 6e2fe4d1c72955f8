/**
 * What of the data model stands at `/rest/metadata/…`, and which operation of `/metadata`
 * each route is. Relations are made and taken away with their fields, so they are only read.
 */

/** An operation that writes: its name, what its arguments are made of, and the permission that it asks for. */
export type Writing = {
  name: string;
  argumentsOf(id: string | undefined, body: Body): Record<string, unknown>;
};
export type Body = Record<string, unknown>;
export type Action = "create" | "update" | "delete";

export type MetadataResource = {
  singular: string;
  plural: string;
  typeName: string;
  /** `raw` as other CRM servers answer views and API keys: the rows themselves, without an envelope. */
  envelope: "named" | "raw";
  /** The permission without which nothing of it is written. */
  permission: "data_model" | "views" | "roles" | "api_keys";
  /** Parameters of the list that narrow it, and the column that each asks. */
  filters: Readonly<Record<string, string>>;
  /** What is read beside its plain fields. */
  more?: string;
  writes: Partial<Record<Action | "destroy", Writing>>;
  description: string;
};

const changes = (noun: string): MetadataResource["writes"] => ({
  create: { name: `createOne${noun}`, argumentsOf: (_id, data) => ({ data }) },
  update: { name: `updateOne${noun}`, argumentsOf: (id, data) => ({ id, data }) },
  delete: { name: `deleteOne${noun}`, argumentsOf: (id) => ({ id }) },
});

const rows = (typeName: string): MetadataResource["writes"] => ({
  create: { name: `create${typeName}`, argumentsOf: (_id, input) => ({ input }) },
  update: { name: `update${typeName}`, argumentsOf: (id, input) => ({ id, input }) },
  delete: { name: `delete${typeName}`, argumentsOf: (id) => ({ id }) },
  destroy: { name: `destroy${typeName}`, argumentsOf: (id) => ({ id }) },
});

const ofView = { permission: "views", envelope: "raw", filters: { viewId: "viewId" } } as const;
const part = (singular: string, description: string): MetadataResource => {
  const typeName = singular.charAt(0).toUpperCase() + singular.slice(1);
  return { singular, plural: `${singular}s`, typeName, ...ofView, writes: rows(typeName), description };
};

const RELATION = `{ type onDelete columnName
  sourceObjectMetadata { id nameSingular namePlural } targetObjectMetadata { id nameSingular namePlural }
  sourceFieldMetadata { id name } targetFieldMetadata { id name } }`;
const byObject = { objectMetadataId: "objectId", objectId: "objectId" };

export const metadataResources: readonly MetadataResource[] = [
  {
    singular: "object",
    plural: "objects",
    typeName: "Object",
    envelope: "named",
    permission: "data_model",
    filters: { nameSingular: "nameSingular", namePlural: "namePlural" },
    writes: changes("Object"),
    description: "The kinds of records: standard ones, and those of the workspace's own.",
  },
  {
    singular: "field",
    plural: "fields",
    typeName: "Field",
    envelope: "named",
    permission: "data_model",
    filters: byObject,
    more: `object { id nameSingular namePlural } relation ${RELATION} morphRelations ${RELATION}`,
    writes: changes("Field"),
    description: "The fields of objects. A relation is made by a field of the type RELATION, which has one on the other side.",
  },
  {
    singular: "relation",
    plural: "relations",
    typeName: "Relation",
    envelope: "named",
    permission: "data_model",
    filters: { fromObjectId: "fromObjectId", toObjectId: "toObjectId" },
    writes: {},
    description: "What fields relate. A relation comes and goes with its fields.",
  },
  {
    singular: "role",
    plural: "roles",
    typeName: "Role",
    envelope: "named",
    permission: "roles",
    filters: { name: "name" },
    writes: changes("Role"),
    description: "What members and API keys may do.",
  },
  {
    singular: "apiKey",
    plural: "apiKeys",
    typeName: "ApiKey",
    envelope: "raw",
    permission: "api_keys",
    filters: {},
    more: "roles: roleAssignments(first: 100) { nodes { role { id name label } } }",
    writes: {
      create: { name: "createApiKey", argumentsOf: (_id, input) => ({ input }) },
      update: { name: "updateApiKey", argumentsOf: (id, input) => ({ input: { ...input, id } }) },
      // A key that was is not forgotten: it is ended, and says when.
      delete: { name: "revokeApiKey", argumentsOf: (id) => ({ input: { id } }) },
    },
    description: "The ways in of programs. A key has no token before one is made for it, and shows it once.",
  },
  {
    singular: "view",
    plural: "views",
    typeName: "View",
    ...ofView,
    filters: byObject,
    writes: rows("View"),
    description: "Tables, boards and calendars of an object's records.",
  },
  part("viewField", "The columns of a view."),
  part("viewFilter", "What a view asks of its records."),
  part("viewSort", "What a view sorts by."),
  part("viewGroup", "The columns of a board."),
  part("viewFilterGroup", "AND, OR and NOT between the filters of a view."),
];

/** `POST /rest/metadata/apiKeys/{id}/token`. */
export const generateToken: Writing = {
  name: "generateApiKeyToken",
  argumentsOf: (apiKeyId, { expiresAt }) => ({ apiKeyId, ...(expiresAt !== undefined && { expiresAt }) }),
};
