/**
 * The data model as clients of the reference product read it: `object(id:)`,
 * `object { fieldsList labelIdentifierFieldMetadataId }`, `objectRecordCounts`,
 * `minimalMetadata`.
 */
import type {} from "postgraphile";
import { loadOneWithPgClient, type PgClient, type PgSelectQueryBuilder, type PgSelectSingleStep, TYPES } from "postgraphile/@dataplan/pg";
import { constant, type FieldArgs, lambda, object } from "postgraphile/grafast";
import { sql } from "postgraphile/pg-sql2";
import { RelataError } from "../src/errors.ts";
import { type RecordResource, recordResources } from "../src/records/resources.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      MetadataReadsPlugin: true;
    }
  }
}

type Plan = (this: unknown, $parent: unknown, fieldArgs: FieldArgs, ...rest: unknown[]) => PgSelectSingleStep;
type Single = { plan: Plan; args: Record<string, { type: unknown; description?: string }> };

const COUNTS = "select object_name_plural, total_count from core.object_record_counts()";
const MAX_ROWS = 1000;

const findBy = (build: GraphileBuild.Build, singular: string): RecordResource =>
  recordResources(build).find(({ codec }) => build.inflection.recordSingle(codec) === singular)!;

/** All rows, by id, which is their age. */
function inOrder($rows: ReturnType<RecordResource["find"]>) {
  $rows.orderBy({ fragment: sql`${$rows.alias}.id`, codec: TYPES.uuid, direction: "ASC" });
  $rows.setFirst(constant(MAX_ROWS) as never);
  return $rows;
}

/** Narrows a single row's plan to the `id`, when it is given. */
const planById = (plan: Plan): Plan =>
  function planById(this: unknown, $parent, fieldArgs, ...rest) {
    const $single = plan.call(this, $parent, fieldArgs, ...rest);
    const $id = fieldArgs.getRaw("id");
    const $filter = fieldArgs.getRaw("filter");
    const $select = $single.getClassStep();
    $select.apply(
      lambda([$id, $filter], ([id, filter]) => {
        if (id == null && filter == null) throw new RelataError("BAD_INPUT", "Give an id or a filter.", { field: "id" });
        return (query: PgSelectQueryBuilder) => {
          if (id != null) query.where(sql`${query.alias}.id = ${sql.value(id)}::uuid`);
        };
      }) as never,
    );
    return $single;
  };

/** The id of the field of this object whose name stands in `column`. */
const planFieldId = (fields: RecordResource, column: string) => ($object: PgSelectSingleStep) =>
  fields.get({ object_id: $object.get("id"), name: $object.get(column) } as never).get("id");

const planCounts = (resource: RecordResource) => () =>
  loadOneWithPgClient(resource.executor, constant("all") as never, async (client: PgClient, keys: readonly unknown[]) => {
    const { rows } = await client.query<string[]>({ text: COUNTS, arrayMode: true } as never);
    const counts = rows.map(([objectNamePlural, totalCount]) => ({ objectNamePlural, totalCount: Number(totalCount) }));
    return keys.map(() => counts);
  });

export const MetadataReadsPlugin: GraphileConfig.Plugin = {
  name: "MetadataReadsPlugin",
  description: "Reads objects and fields as clients of the reference product do",
  version: "1.0.0",

  schema: {
    hooks: {
      init(_, build) {
        const { GraphQLInt, GraphQLList, GraphQLNonNull, GraphQLString } = build.graphql;
        const listOf = (typeName: string) => new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(build.getOutputTypeByName(typeName))));
        build.registerObjectType(
          "ObjectRecordCount",
          {},
          () => ({
            description: "How many records an object has; of more than 10,000, about how many.",
            fields: () => ({
              objectNamePlural: { type: new GraphQLNonNull(GraphQLString) },
              totalCount: { type: new GraphQLNonNull(GraphQLInt) },
            }),
          }),
          "MetadataReadsPlugin",
        );
        build.registerObjectType(
          "MinimalMetadata",
          {},
          () => ({
            description: "What a screen needs first of the data model.",
            fields: () => ({ objectMetadataItems: { type: listOf("Object") }, views: { type: listOf("View") } }),
          }),
          "MetadataReadsPlugin",
        );
        return _;
      },

      GraphQLObjectType_fields(fields, build, { scope, Self, fieldWithHooks }) {
        const { GraphQLList, GraphQLNonNull } = build.graphql;
        const [objects, fieldsOf, views] = [findBy(build, "object"), findBy(build, "field"), findBy(build, "view")];
        const listOf = (typeName: string) => new GraphQLList(new GraphQLNonNull(build.getOutputTypeByName(typeName)));
        const added: Record<string, ReturnType<typeof fieldWithHooks>> = {};
        const add = (fieldName: string, description: string, type: unknown, plan: unknown) => {
          added[fieldName] = fieldWithHooks({ fieldName }, { description, type, plan } as never);
        };
        if (scope.isPgClassType && scope.pgCodec === objects.codec) {
          const uuid = build.getOutputTypeByName("UUID");
          const planList = ($object: PgSelectSingleStep) => inOrder(fieldsOf.find({ object_id: $object.get("id") } as never));
          add("fieldsList", "All its fields, oldest first.", new GraphQLNonNull(listOf("Field")), planList);
          add("labelIdentifierFieldMetadataId", "The field that says what to call a record.", uuid, planFieldId(fieldsOf, "label_field"));
          add("imageIdentifierFieldMetadataId", "The field whose picture stands for a record.", uuid, planFieldId(fieldsOf, "image_field"));
        } else if (scope.isRootQuery) {
          add("objectRecordCounts", "How many records each object has.", listOf("ObjectRecordCount"), planCounts(objects));
          const planMinimal = () => {
            const $views = views.find();
            $views.where(sql`${$views.alias}.deleted_at is null`);
            return object({ objectMetadataItems: inOrder(objects.find()), views: inOrder($views) });
          };
          add("minimalMetadata", "What a screen needs first.", build.getOutputTypeByName("MinimalMetadata"), planMinimal);
        }
        return build.extend(fields, added, `Adding the data model to ${Self.name}`);
      },

      // Root fields of one row take its id, too: `object(id:)`.
      GraphQLObjectType_fields_field(field, build, { scope }) {
        const isSingle =
          scope.isRootQuery && recordResources(build).some(({ codec }) => build.inflection.recordSingle(codec) === scope.fieldName);
        const { args, plan } = field as unknown as Single;
        if (!isSingle || !args?.["filter"] || !plan) return field;
        args["filter"].type = build.graphql.getNullableType(args["filter"].type as never);
        args["id"] = { type: build.getInputTypeByName("UUID"), description: "Its id; or give a filter." };
        Object.assign(field, { plan: planById(plan) });
        return field;
      },
    },
  },
};
