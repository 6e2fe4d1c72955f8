/**
 * Shows a field of several columns (emails, createdBy) as one object: to read, to write,
 * to filter and to order by. Which parts there are, the comments on the columns tell; of
 * what type each is, its column; who may write it, its grants.
 */
import type {} from "postgraphile";
import type { PgCodecWithAttributes, PgSelectSingleStep } from "postgraphile/@dataplan/pg";
import { applyCondition, applyConditions, applyKeys, applyPartKey, CompositeStep } from "../src/records/compositeSteps.ts";
import { type Composite, compositesOf, isGranted, type Part } from "../src/records/composites.ts";
import { DESCRIBABLE, fieldPart, recordResources } from "../src/records/resources.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      CompositeFieldsPlugin: true;
    }
  }
}

const suffixes = { input: "Input", filter: "FilterInput", order: "OrderByInput" } as const;

export const CompositeFieldsPlugin: GraphileConfig.Plugin = {
  name: "CompositeFieldsPlugin",
  description: "Shows a field of several columns as one object, with inputs, filters and orders",
  version: "1.0.0",
  after: ["RecordFilterOperatorsPlugin", "RecordFilterPlugin", "RecordOrderByPlugin"],

  schema: {
    entityBehavior: {
      pgCodecAttribute: {
        override: {
          provides: ["compositeFields"],
          callback(behavior, [codec, attributeName]) {
            const isPart = fieldPart(codec.attributes[attributeName]!) !== undefined;
            return isPart ? [behavior, "-select", "-base", "-insert", "-update", "-filterBy", "-orderBy"] : behavior;
          },
        },
      },
    },
    hooks: {
      init: {
        after: ["PgCodecs"],
        callback(_, build) {
          const seen = new Set<string>();
          for (const { codec } of recordResources(build)) {
            for (const composite of compositesOf(codec)) {
              if (seen.has(composite.typeName)) continue;
              seen.add(composite.typeName);
              registerTypes(build, codec, composite);
            }
          }
          return _;
        },
      },

      GraphQLObjectType_fields(fields, build, { scope, Self, fieldWithHooks }) {
        const codec = scope.pgCodec as PgCodecWithAttributes | undefined;
        if (!scope.isPgClassType || !codec?.attributes) return fields;
        const added = compositesOf(codec).map((composite) => [
          composite.name,
          fieldWithHooks({ fieldName: composite.name }, () => ({
            description: composite.description,
            type: build.getOutputTypeByName(composite.typeName),
            plan: ($record: PgSelectSingleStep) => new CompositeStep($record, composite),
          })),
        ]);
        return build.extend(fields, Object.fromEntries(added), `Adding composites to ${Self.name}`);
      },

      GraphQLInputObjectType_fields(fields, build, { scope, Self, fieldWithHooks }) {
        const codec = scope.pgCodec as PgCodecWithAttributes | undefined;
        const { isRecordFilter, isRecordOrderBy, isPgPatch, isPgRowType, isPgBaseInput, isPgCondition } = scope;
        if (!codec?.attributes) return fields;
        const isWritten = isPgRowType && !isPgBaseInput && !isPgCondition;
        const kind = isRecordFilter ? "filter" : isRecordOrderBy ? "order" : isWritten ? "input" : undefined;
        if (!kind) return fields;
        const right = isPgPatch ? "canUpdate" : "canInsert";
        const apply = { filter: applyConditions, order: applyKeys, input: undefined }[kind];
        const added = compositesOf(codec)
          .filter(({ parts }) => kind !== "input" || [...parts.values()].some((part) => isGranted(part, right)))
          .map((composite) => [
            composite.name,
            fieldWithHooks({ fieldName: composite.name }, {
              description: kind === "input" ? composite.description : undefined,
              type: build.getInputTypeByName(composite.typeName + suffixes[kind]),
              // What is written goes another way: src/writes/inputs.ts.
              ...(apply && { apply: apply(composite, codec) }),
            } as never),
          ]);
        return build.extend(fields, Object.fromEntries(added), `Adding composites to ${Self.name}`);
      },
    },
  },
};

/** The object, and its inputs to write, to filter and to order by. */
function registerTypes(build: GraphileBuild.Build, codec: PgCodecWithAttributes, { type, typeName, parts }: Composite): void {
  const entries = [...parts];
  const describe = (what: string) => `${what} of a field of the type ${type}.`;
  const register = (kind: keyof typeof suffixes, description: string, fieldOf: (part: string, of: Part) => object | undefined) => {
    const fields = () => Object.fromEntries(entries.map(([part, of]) => [part, fieldOf(part, of)] as const).filter(([, field]) => field));
    const spec = () => ({ description, extensions: kind === "input" ? {} : DESCRIBABLE, fields: fields as never });
    build.registerInputObjectType(typeName + suffixes[kind], {}, spec, "CompositeFieldsPlugin");
  };

  build.registerObjectType(
    typeName,
    {},
    () => ({
      description: describe("The parts"),
      fields: () =>
        Object.fromEntries(
          entries.map(([part, { attribute }]) => [
            part,
            { type: build.getGraphQLTypeByPgCodec!(attribute.codec, "output"), plan: ($composite: CompositeStep) => $composite.get(part) },
          ]),
        ) as never,
    }),
    "CompositeFieldsPlugin",
  );
  const isWritable = (part: Part) => isGranted(part, "canInsert") || isGranted(part, "canUpdate");
  if (entries.some(([, part]) => isWritable(part))) {
    register("input", `${describe("The parts")} What is left out stays as it is.`, (_part, of) =>
      isWritable(of) ? { type: build.getGraphQLTypeByPgCodec!(of.attribute.codec, "input") } : undefined,
    );
  }
  register("filter", `${describe("Conditions on the parts")} All must hold.`, (part, { column }) => {
    const operators = build.recordOperatorsTypeName(codec, column);
    return operators ? { type: build.getInputTypeByName(operators), apply: applyCondition(part) } : undefined;
  });
  register("order", describe("One part to sort by,"), (part, { attribute }) =>
    attribute.codec.hasNaturalOrdering === false && !attribute.codec.isEnum
      ? undefined
      : { type: build.getInputTypeByName("OrderByDirection"), apply: applyPartKey(part) },
  );
}
