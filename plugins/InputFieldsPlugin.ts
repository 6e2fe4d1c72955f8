/** Tells src/writes which fields of an input are which columns, while the types of inputs are made. */
import type {} from "postgraphile";
import type { PgCodecAttribute, PgCodecWithAttributes } from "postgraphile/@dataplan/pg";
import { learnField } from "../src/writes/inputs.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      InputFieldsPlugin: true;
    }
  }
}

export const InputFieldsPlugin: GraphileConfig.Plugin = {
  name: "InputFieldsPlugin",
  description: "Remembers which columns the fields of inputs are",
  version: "1.0.0",

  schema: {
    hooks: {
      GraphQLInputObjectType_fields_field(field, _build, { scope }) {
        const { pgAttribute, pgCodec, fieldName, fieldBehaviorScope } = scope;
        const [, action] = /:(insert|update)$/.exec(fieldBehaviorScope ?? "") ?? [];
        if (pgAttribute && pgCodec && action) {
          learnField(pgCodec as PgCodecWithAttributes, action as "insert" | "update", fieldName, pgAttribute as PgCodecAttribute);
        }
        return field;
      },
    },
  },
};
