/** `field { relation { … } }` and `morphRelations`: a relation as the field sees it (core.field_relations). */
import type {} from "postgraphile";
import type { PgSelectSingleStep } from "postgraphile/@dataplan/pg";
import { constant } from "postgraphile/grafast";
import { sql } from "postgraphile/pg-sql2";
import { extendSchema, gql } from "postgraphile/utils";
import { type RecordResource, recordResources } from "../src/records/resources.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      FieldRelationsPlugin: true;
    }
  }
}

const typeDefs = gql`
  "A relation as one of its fields sees it: from the source, which is the field's own side, to the target."
  type FieldRelation {
    "MANY_TO_ONE, ONE_TO_MANY, ONE_TO_ONE or MANY_TO_MANY."
    type: String!
    "What becomes of the records that hold the key when the other is destroyed."
    onDelete: String!
    "The foreign key, when the field's own object has it."
    columnName: String
    sourceObject: Object!
    sourceField: Field!
    targetObject: Object!
    targetField: Field!
    "The object that holds the pairs of a MANY_TO_MANY."
    junctionObject: Object
    sourceObjectMetadata: Object!
    sourceFieldMetadata: Field!
    targetObjectMetadata: Object!
    targetFieldMetadata: Field!
  }

  extend type Field {
    "Of a RELATION; null for other types."
    relation: FieldRelation
    "Of a MORPH_RELATION, one for each target; none for other types."
    morphRelations: [FieldRelation!]!
  }
`;

export const FieldRelationsPlugin: GraphileConfig.Plugin = {
  ...extendSchema((build) => {
    const all = Object.values(build.pgResources) as RecordResource[];
    const view = all.find(({ codec }) => codec.extensions?.pg?.name === "field_relations")!;
    const resourceOf = (noun: string) => recordResources(build).find(({ codec }) => build.inflection.recordSingle(codec) === noun)!;
    const [objects, fields] = [resourceOf("object"), resourceOf("field")];

    const relationsOf = ($field: PgSelectSingleStep, type: string) => {
      const $relations = view.find({ field_id: $field.get("id") } as never);
      $relations.where(sql`${$relations.placeholder($field.get("type") as never)} = ${sql.literal(type)}`);
      return $relations;
    };
    const column = (name: string) => ($relation: PgSelectSingleStep) => $relation.get(name);
    const object = (name: string) => ($relation: PgSelectSingleStep) => objects.get({ id: $relation.get(name) } as never);
    const field = (name: string) => ($relation: PgSelectSingleStep) => fields.get({ id: $relation.get(name) } as never);
    const plans = {
      type: column("type"),
      onDelete: column("on_delete"),
      columnName: column("column_name"),
      sourceObject: object("source_object_id"),
      sourceField: field("source_field_id"),
      targetObject: object("target_object_id"),
      targetField: field("target_field_id"),
      junctionObject: object("junction_object_id"),
      // By the names that the reference has for them.
      sourceObjectMetadata: object("source_object_id"),
      sourceFieldMetadata: field("source_field_id"),
      targetObjectMetadata: object("target_object_id"),
      targetFieldMetadata: field("target_field_id"),
    };
    const relation = ($field: PgSelectSingleStep) => {
      const $relations = relationsOf($field, "RELATION");
      $relations.setFirst(constant(1) as never);
      return $relations.single();
    };
    const morphRelations = ($field: PgSelectSingleStep) => relationsOf($field, "MORPH_RELATION");
    return { typeDefs, objects: { FieldRelation: { plans }, Field: { plans: { relation, morphRelations } } } } as never;
  }),
  name: "FieldRelationsPlugin",
  description: "Shows a field's relation as the field sees it",
};
