/** The OpenAPI document of `/rest/metadata/…`, for who may do this. */
import { type GraphQLInputObjectType, type GraphQLSchema, getNamedType } from "graphql";
import { oneDocument } from "../metadata/documents.ts";
import { generateToken, type MetadataResource, metadataResources, type Writing } from "../metadata/resources.ts";
import { documentOf } from "./common.ts";
import { Components } from "./components.ts";
import { conditional, object, operation, pageInfo } from "./operation.ts";
import type { Permissions } from "./permissions.ts";
import type { Json } from "./scalars.ts";
import { answerOf } from "./selections.ts";

const DESCRIPTION = `The data model of your workspace: objects, fields, views, roles and API keys, as far as your role may change them.

What is made here is at \`/rest\` when the answer comes. All addresses answer \`OPTIONS\`, and \`HEAD\` where they answer \`GET\`. Errors are problems (RFC 9457) with the codes of GraphQL.`;

const article = (word: string): string => (/^[aeiou]/.test(word) ? `an ${word}` : `a ${word}`);
const query = (name: string, description: string, schema: Json): Json => ({ name, in: "query", description, schema });

/** What is read of one; a list inside of it is a list. */
function rowOf(schema: GraphQLSchema, components: Components, resource: MetadataResource): Json {
  return components.ref(resource.typeName, () => {
    const row = answerOf(components, schema, oneDocument(schema, resource));
    const properties = row["properties"] as Record<string, Json>;
    const roles = properties["roles"] as { properties?: { nodes: { items: { properties: { role: Json } } } } } | undefined;
    const role = roles?.properties?.nodes.items.properties.role;
    if (role) properties["roles"] = { type: "array", items: { ...role, type: "object" } };
    return { ...row, description: resource.description };
  });
}

/** The body of what writes: the argument that is an input. */
function bodyOf(schema: GraphQLSchema, components: Components, { name }: Writing): Json {
  const { args } = schema.getMutationType()!.getFields()[name]!;
  const given = args.find((arg) => arg.name === "data" || arg.name === "input")!;
  const type = getNamedType(given.type) as GraphQLInputObjectType;
  const isWithId = name === "updateApiKey";
  return components.input(type, type.name, isWithId ? ["id"] : []);
}

function pathsOf(
  schema: GraphQLSchema,
  components: Components,
  resource: MetadataResource,
  permissions: Permissions,
): Record<string, Json> {
  const { singular, plural, envelope, filters, writes, typeName } = resource;
  const row = rowOf(schema, components, resource);
  const may = permissions.has(resource.permission);
  const enveloped = (name: string) => (envelope === "raw" ? row : object({ data: object({ [name]: row }) }));
  const rows = { type: "array", items: row };
  const listed =
    envelope === "raw"
      ? rows
      : object({ data: object({ [plural]: rows }), pageInfo: pageInfo(components), totalCount: { type: "integer" } });
  const narrowing = Object.keys(filters).map((name) =>
    query(name, "Only those of this one.", /Id$/.test(name) ? { type: "string", format: "uuid" } : { type: "string" }),
  );
  const all: Json = {
    get: conditional(
      operation(plural, {
        id: `list${typeName}s`,
        summary: `List ${plural}`,
        description: resource.description,
        parameters: ["filter", "limit", "startingAfter", "endingBefore", "ifNoneMatch"],
        more: narrowing,
        answer: listed,
        headers: ["Link", "ETag"],
      }),
    ),
  };
  const one: Json = {
    get: conditional(
      operation(plural, {
        id: `get${typeName}`,
        summary: `Get ${article(singular)}`,
        description: "One, by its id.",
        parameters: ["id", "ifNoneMatch"],
        answer: enveloped(singular),
        headers: ["ETag"],
      }),
    ),
  };
  const { create, update, delete: remove, destroy } = writes;
  if (create && may) {
    all["post"] = operation(plural, {
      id: create.name,
      summary: `Create ${article(singular)}`,
      description: "It is there when this answers.",
      body: bodyOf(schema, components, create),
      status: "201",
      answer: enveloped(create.name),
      headers: ["Location"],
      isWrite: true,
    });
  }
  if (update && may) {
    const spec = {
      summary: `Update ${article(singular)}`,
      description: "Changes the fields that are given.",
      parameters: ["id"],
      body: bodyOf(schema, components, update),
      answer: enveloped(update.name),
      isWrite: true,
    };
    one["patch"] = operation(plural, { id: update.name, ...spec });
    one["put"] = operation(plural, { id: `put${typeName}`, ...spec });
  }
  if (remove && may) {
    const force =
      plural === "fields" ? [query("force", "Whether a relation that joins records goes, too.", { type: "boolean", default: false })] : [];
    // With destroy=true the envelope is that of another operation, which has none here.
    const parameters = ["id", ...(destroy ? ["destroy"] : [])];
    one["delete"] = operation(plural, {
      id: remove.name,
      summary: `Delete ${article(singular)}`,
      description: "Answers what it was.",
      parameters,
      more: force,
      answer: enveloped(remove.name),
      isWrite: true,
    });
  }
  return { [`/metadata/${plural}`]: all, [`/metadata/${plural}/{id}`]: one };
}

function tokenPath(): Json {
  const made = operation("apiKeys", {
    id: generateToken.name,
    summary: "Make a token of an API key",
    description: "Shows it this once; the one before ends.",
    parameters: ["id"],
    body: { type: "object", additionalProperties: false, properties: { expiresAt: { type: "string", format: "date-time" } } },
    status: "201",
    answer: object({ token: { type: "string" } }),
    isWrite: true,
  });
  return { post: { ...made, requestBody: { ...(made["requestBody"] as Json), required: false } } };
}

export function metadataDocument(schema: GraphQLSchema, permissions: Permissions): Json {
  const components = new Components();
  const paths: Record<string, Json> = {};
  for (const resource of metadataResources) Object.assign(paths, pathsOf(schema, components, resource, permissions));
  if (permissions.has("api_keys")) paths["/metadata/apiKeys/{id}/token"] = tokenPath();
  const tags = metadataResources.map(({ plural, description }) => ({ name: plural, description }));
  return documentOf("Relata: data model", DESCRIPTION, paths, components.schemas, tags);
}
