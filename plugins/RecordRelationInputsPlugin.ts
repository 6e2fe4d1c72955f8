/**
 * Relations in the inputs of records: `company: { connect: { where: { domainName: "…" } } }`,
 * `{ create: { … } }` and `{ disconnect: true }` on the side that has the key, and
 * `contacts: { create: [{ … }] }` when the other side is created. What they write is in src/writes.
 */
import type {} from "postgraphile";
import type { PgCodecAttribute, PgCodecWithAttributes } from "postgraphile/@dataplan/pg";
import { compositesOf } from "../src/records/composites.ts";
import { fieldName, type RecordResource, recordResources } from "../src/records/resources.ts";
import { toManiesOf, toOnesOf } from "../src/writes/relations.ts";
import { uniqueKeysOf } from "../src/writes/uniqueKeys.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RecordRelationInputsPlugin: true;
    }
  }
}

type Build = GraphileBuild.Build;

const mayOf = (build: Build) => (resource: RecordResource, column: string, action: string) =>
  build.behavior.pgCodecAttributeMatches([resource.codec, column], `attribute:${action}` as never) === true;

/** The fields by which one record is meant, with the types of their values. */
function whereFields(build: Build, resource: RecordResource) {
  const { codec } = resource;
  const fields = new Set(uniqueKeysOf(resource).flatMap((key) => key.fields));
  const composites = new Map(compositesOf(codec).map(({ name, typeName }) => [name, `${typeName}Input`]));
  const typeOf = (field: string) => {
    const composite = composites.get(field);
    if (composite) return build.getInputTypeByName(composite);
    const [, attribute] = Object.entries<PgCodecAttribute>(codec.attributes).find(([, one]) => fieldName(one) === field)!;
    return build.getGraphQLTypeByPgCodec!(attribute.codec, "input");
  };
  return Object.fromEntries([...fields].map((field) => [field, { type: typeOf(field) as never }]));
}

function registerTypes(build: Build, resource: RecordResource): void {
  const { inflection } = build;
  const { GraphQLBoolean, GraphQLList, GraphQLNonNull } = build.graphql;
  const typeName = inflection.tableType(resource.codec);
  const named = (name: string) => build.getInputTypeByName(name);
  const createType = inflection.inputType(typeName);
  const register = (suffix: string, description: string, fields: () => object) =>
    build.registerInputObjectType(typeName + suffix, {}, () => ({ description, fields: fields as never }), "RecordRelationInputsPlugin");
  register("WhereUniqueInput", `Which ${typeName} is meant: its id, or whatever is unique.`, () => whereFields(build, resource));
  register("ConnectInput", `The ${typeName} to relate to.`, () => ({
    where: { type: new GraphQLNonNull(named(`${typeName}WhereUniqueInput`)) },
  }));
  register("RelationInput", `What becomes of a relation to a ${typeName}: one of these.`, () => ({
    connect: { type: named(`${typeName}ConnectInput`), description: "Relate to one that is there." },
    create: { type: named(createType), description: "Relate to a new one." },
    disconnect: { type: GraphQLBoolean, description: "Relate to none." },
  }));
  register("ChildrenInput", `Each ${typeName} to create together with the record that it belongs to.`, () => ({
    create: { type: new GraphQLList(new GraphQLNonNull(named(createType))) },
  }));
}

export const RecordRelationInputsPlugin: GraphileConfig.Plugin = {
  name: "RecordRelationInputsPlugin",
  description: "Lets inputs connect to other records, and create them",
  version: "1.0.0",
  after: ["CompositeFieldsPlugin"],

  schema: {
    hooks: {
      init: {
        after: ["PgCodecs"],
        callback(_, build) {
          for (const resource of recordResources(build)) registerTypes(build, resource);
          return _;
        },
      },

      GraphQLInputObjectType_fields(fields, build, { scope, Self, fieldWithHooks }) {
        const codec = scope.pgCodec as PgCodecWithAttributes | undefined;
        const { isPgPatch, isPgRowType, isPgBaseInput, isPgCondition } = scope;
        const resource = isPgRowType && !isPgBaseInput && !isPgCondition && recordResources(build).find((one) => one.codec === codec);
        if (!resource) return fields;
        const add = (suffix: string) => (relation: { field: string; target: RecordResource }) => {
          const type = build.getInputTypeByName(build.inflection.tableType(relation.target.codec) + suffix);
          return [relation.field, fieldWithHooks({ fieldName: relation.field }, { type } as never)] as const;
        };
        const toOnes = toOnesOf(resource, isPgPatch ? "update" : "insert", mayOf(build)).map(add("RelationInput"));
        const toManies = isPgPatch ? [] : toManiesOf(resource, mayOf(build)).map(add("ChildrenInput"));
        return build.extend(fields, Object.fromEntries([...toOnes, ...toManies]), `Adding relations to ${Self.name}`);
      },
    },
  },
};
