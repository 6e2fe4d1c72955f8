/** `version` on whatever changes one record: it is written only when its updatedAt is still that; CONFLICT otherwise. src/writes/plans.ts looks at it. */
import type {} from "postgraphile";
import { type RecordResource, recordResources } from "../src/records/resources.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RecordVersionPlugin: true;
    }
  }
}

const VERBS = ["update", "delete", "restore", "destroy"];
const known = new WeakMap<object, Map<string, RecordResource>>();

/** The mutations of one record, by name, and what they are of. */
function mutationsOf(build: GraphileBuild.Build): Map<string, RecordResource> {
  let mutations = known.get(build);
  if (!mutations) {
    mutations = new Map();
    for (const resource of recordResources(build)) {
      if (!("updated_at" in resource.codec.attributes)) continue;
      for (const verb of VERBS) mutations.set(build.inflection.recordMutation(verb, resource.codec), resource);
    }
    known.set(build, mutations);
  }
  return mutations;
}

export const RecordVersionPlugin: GraphileConfig.Plugin = {
  name: "RecordVersionPlugin",
  description: "Lets whoever changes a record say which state of it he has seen",
  version: "1.0.0",

  schema: {
    hooks: {
      GraphQLObjectType_fields_field_args(args, build, { scope, Self }) {
        const resource = scope.isRootMutation && "id" in args ? mutationsOf(build).get(scope.fieldName) : undefined;
        if (!resource) return args;
        const type = build.getGraphQLTypeByPgCodec(resource.codec.attributes["updated_at"]!.codec, "input");
        const description = "The updatedAt that the record was read with: CONFLICT, and nothing is written, when it has changed since.";
        return build.extend(args, { version: { type, description } as never }, `Adding version to ${Self.name}.${scope.fieldName}`);
      },
    },
  },
};
