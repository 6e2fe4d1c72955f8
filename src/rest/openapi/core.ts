/** The OpenAPI document of a workspace's records: what its compiled schema has, as far as the caller may. */
import type { GraphQLSchema } from "graphql";
import { restObjectsOf } from "../objects.ts";
import { documentOf, parameter } from "./common.ts";
import { Components } from "./components.ts";
import { object, operation } from "./operation.ts";
import { pathsOf } from "./operations.ts";
import type { Permissions } from "./permissions.ts";
import type { Json } from "./scalars.ts";

const DESCRIPTION = `The records of your workspace, as far as your role sees them.

Every address answers \`OPTIONS\` with what can be done there, and \`HEAD\` where it answers \`GET\`. Errors are problems (RFC 9457) with the codes of GraphQL. Numbers that JSON cannot hold come as text. \`PATCH\` and \`PUT\` change the fields that are given.`;

const TEXT = { type: "string" };
const SEARCH_TAG = "search";

function searchOperation(): Json {
  const query = (name: string, description: string, schema: Json = TEXT): Json => ({ name, in: "query", description, schema });
  const node = object(
    {
      recordId: { type: "string", format: "uuid" },
      objectNameSingular: TEXT,
      objectLabelSingular: TEXT,
      label: { type: ["string", "null"] },
      imageUrl: { type: ["string", "null"] },
      tsRank: { type: "number" },
      tsRankCD: { type: "number" },
    },
    ["recordId", "objectNameSingular", "label"],
  );
  const info = object({ hasNextPage: { type: "boolean" }, endCursor: { type: ["string", "null"] } });
  return operation(SEARCH_TAG, {
    id: "search",
    summary: "Search all objects",
    description: "Records by the words of their search fields, the best first.",
    parameters: ["limit", "startingAfter", "filter"],
    more: [
      { ...query("q", "The words."), example: "acme" },
      query("included_objects", "Only of these objects: names in the singular, with commas between."),
      query("excluded_objects", "Not of these."),
    ],
    answer: object({ data: object({ search: { type: "array", items: node } }), pageInfo: info }),
  });
}

/** The document of a schema, for who may do this. */
export function coreDocument(schema: GraphQLSchema, permissions: Permissions): Json {
  const components = new Components();
  const paths: Record<string, Json> = {};
  const tags: Json[] = [];
  for (const of of [...restObjectsOf(schema).values()].sort((a, b) => (a.plural < b.plural ? -1 : 1))) {
    const added = pathsOf(of, components, permissions);
    if (!Object.keys(added).length) continue;
    Object.assign(paths, added);
    tags.push({ name: of.plural, description: of.type.description?.trim() || `Records of ${of.plural}.` });
  }
  if (Object.keys(paths).length && schema.getQueryType()!.getFields()["search"]) {
    paths["/search"] = { get: searchOperation() };
    tags.push({ name: SEARCH_TAG, description: "Records of all objects." });
  }
  return documentOf("Relata: records", DESCRIPTION, paths, components.schemas, tags);
}

/** What anybody may know: where the documents are, and how to sign in to see one's own. */
export function baseDocument(): Json {
  const paths = Object.fromEntries(
    ["core", "metadata"].map((name) => [
      `/open-api/${name}`,
      {
        get: operation("documents", {
          id: `${name}Document`,
          summary: `The document of ${name}`,
          description: "Without a token, this one; with one, that of your workspace and your role.",
          answer: { type: "object" },
          headers: ["ETag"],
        }),
        parameters: [parameter("ifNoneMatch")],
      },
    ]),
  );
  const description =
    "Send a bearer token to see what there is in your workspace. An API key is made at `/rest/metadata/apiKeys`; `/auth/login` gives an access token.";
  return documentOf("Relata", description, paths, {}, [{ name: "documents", description: "What there is." }]);
}
