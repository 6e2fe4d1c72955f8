/** `version` on whatever changes one record: it is written only when its updatedAt is still that; CONFLICT otherwise. */
import type {} from "postgraphile";
import { ConstantStep, context, type FieldArgs, get, object, type Step, sideEffect } from "postgraphile/grafast";
import { sql } from "postgraphile/pg-sql2";
import type { Claim } from "../src/pgAdaptor.ts";
import { type RecordResource, recordResources } from "../src/records/resources.ts";
import { versionGuard } from "../src/records/version.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RecordVersionPlugin: true;
    }
  }
}

type Plan = (...args: unknown[]) => unknown;
type Seen = { claim: Claim; id: string; version: string | null | undefined; data?: object | null };

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

      GraphQLObjectType_fields_field(field, build, { scope }) {
        const plan = field.plan as Plan | undefined;
        const { args: has = {} } = field;
        const resource = scope.isRootMutation && "id" in has ? mutationsOf(build).get(scope.fieldName) : undefined;
        if (!resource || !plan) return field;
        const table = sql.compile(resource.from as never).text;
        const query = build.inflection.recordSingle(resource.codec);

        field.plan = function planVersion(this: unknown, ...args: unknown[]) {
          const fieldArgs = args[1] as FieldArgs;
          const $version = fieldArgs.getRaw("version");
          if ($version instanceof ConstantStep && $version.data == null) return plan.apply(this, args);
          const given: Record<string, Step> = { claim: get(context(), "pgSettings"), id: fieldArgs.getRaw("id"), version: $version };
          if ("data" in has) given["data"] = fieldArgs.getRaw("data");
          sideEffect(
            object(given) as never,
            (({ claim, id, version, data }: Seen) => {
              if (version != null) claim.guard = versionGuard(table, query, { ...data, id, updatedAt: version });
            }) as never,
          );
          return plan.apply(this, args);
        } as never;
        return field;
      },
    },
  },
};
