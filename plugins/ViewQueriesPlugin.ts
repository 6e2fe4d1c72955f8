/**
 * Views as clients of the reference product ask for them: `getViews`, `getView`,
 * `getViewFields(viewId)` and so on, and `view { viewFields { … } }` as plain lists.
 */
import type {} from "postgraphile";
import { listOfCodec, type PgSelectSingleStep, type PgSelectStep, TYPES } from "postgraphile/@dataplan/pg";
import { constant, type FieldArgs, type Step } from "postgraphile/grafast";
import { sql } from "postgraphile/pg-sql2";
import { upperFirst } from "../src/records/composites.ts";
import { type RecordResource, recordResources } from "../src/records/resources.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      ViewQueriesPlugin: true;
    }
  }
}

/** A view is small; this only keeps a broken client from asking for everything. */
const MAX_ROWS = 1000;

/** Living rows in their order. */
function inOrder(resource: RecordResource, $rows: PgSelectStep): PgSelectStep {
  $rows.where(sql`${$rows.alias}.deleted_at is null`);
  const place = "position" in resource.codec.attributes ? "position" : "position_in_view_filter_group";
  for (const column of [place, "id"]) {
    const { codec, notNull } = resource.codec.attributes[column]!;
    $rows.orderBy({ fragment: sql`${$rows.alias}.${sql.identifier(column)}`, codec, direction: "ASC", nullable: !notNull });
  }
  $rows.setFirst(constant(MAX_ROWS) as never);
  return $rows;
}

const listOf = (resource: RecordResource, $viewId: Step) => inOrder(resource, resource.find({ view_id: $viewId } as never) as never);

function planViews(resource: RecordResource, fieldArgs: FieldArgs): PgSelectStep {
  const $views = resource.find() as unknown as PgSelectStep;
  const { alias } = $views;
  for (const name of ["objectMetadataId", "objectId"]) {
    const id = $views.placeholder(fieldArgs.getRaw(name) as never, TYPES.uuid as never);
    $views.where(sql`(${id} is null or ${alias}.object_id = ${id})`);
  }
  const types = $views.placeholder(fieldArgs.getRaw("viewTypes") as never, listOfCodec(TYPES.text) as never);
  $views.where(sql`(${types} is null or ${alias}.type = any(${types}))`);
  return inOrder(resource, $views);
}

function planOne(resource: RecordResource, fieldArgs: FieldArgs): Step {
  const $rows = resource.find({ id: fieldArgs.getRaw("id") } as never);
  $rows.where(sql`${$rows.alias}.deleted_at is null`);
  return $rows.single();
}

type Fields = Record<string, object>;

/** `view { viewFields … }`: what a view is made of, as plain lists. */
function listsOfView(
  { inflection, graphql }: GraphileBuild.Build,
  parts: RecordResource[],
  manyOf: (part: RecordResource) => unknown,
): Fields {
  const fields: Fields = {};
  for (const part of parts) {
    const plural = inflection.recordPlural(part.codec);
    fields[plural] = {
      description: `Its ${plural}, in their order.`,
      type: new graphql.GraphQLNonNull(manyOf(part) as never),
      plan: ($view: PgSelectSingleStep) => listOf(part, $view.get("id") as Step),
    };
  }
  return fields;
}

/** `getView(id:)` and `getViewFields(viewId:)`, for each table. */
function queriesOf(
  build: GraphileBuild.Build,
  views: RecordResource,
  parts: RecordResource[],
  manyOf: (one: RecordResource) => unknown,
): Fields {
  const { inflection, graphql } = build;
  const uuid = build.getInputTypeByName("UUID");
  const required = { type: new graphql.GraphQLNonNull(uuid) };
  const viewTypes = { type: new graphql.GraphQLList(new graphql.GraphQLNonNull(build.getInputTypeByName("ViewType"))) };
  const fields: Fields = {
    getViews: {
      description: "The views of an object, or of all, in their order.",
      type: manyOf(views),
      args: { objectMetadataId: { type: uuid }, objectId: { type: uuid }, viewTypes },
      plan: (_$root: unknown, fieldArgs: FieldArgs) => planViews(views, fieldArgs),
    },
  };
  for (const one of [views, ...parts]) {
    const typeName = inflection.tableType(one.codec);
    fields[`get${typeName}`] = {
      description: `The ${typeName} with this id; null when there is none.`,
      type: build.getOutputTypeByName(typeName),
      args: { id: required },
      plan: (_$root: unknown, fieldArgs: FieldArgs) => planOne(one, fieldArgs),
    };
  }
  for (const part of parts) {
    const plural = inflection.recordPlural(part.codec);
    fields[`get${upperFirst(plural)}`] = {
      description: `The ${plural} of a view, in their order.`,
      type: manyOf(part),
      args: { viewId: required },
      plan: (_$root: unknown, fieldArgs: FieldArgs) => listOf(part, fieldArgs.getRaw("viewId")),
    };
  }
  return fields;
}

export const ViewQueriesPlugin: GraphileConfig.Plugin = {
  name: "ViewQueriesPlugin",
  description: "Adds getViews and its kin, and the lists of what a view is made of",
  version: "1.0.0",

  schema: {
    hooks: {
      GraphQLObjectType_fields(fields, build, { scope, Self, fieldWithHooks }) {
        const { inflection, graphql } = build;
        const resources = recordResources(build);
        const views = resources.find(({ codec }) => inflection.recordSingle(codec) === "view")!;
        const parts = resources.filter(({ codec }) => "view_id" in codec.attributes);
        const manyOf = ({ codec }: RecordResource) =>
          new graphql.GraphQLList(new graphql.GraphQLNonNull(build.getOutputTypeByName(inflection.tableType(codec))));
        let specs: Fields = {};
        if (scope.isPgClassType && scope.pgCodec === views.codec) specs = listsOfView(build, parts, manyOf);
        else if (scope.isRootQuery) specs = queriesOf(build, views, parts, manyOf);
        const added = Object.entries(specs).map(([fieldName, spec]) => [fieldName, fieldWithHooks({ fieldName }, spec as never)]);
        return build.extend(fields, Object.fromEntries(added), `Adding views to ${Self.name}`);
      },
    },
  },
};
