/**
 * Gives columns the API type of their field: an option list becomes an enum,
 * instants are ISO 8601 in UTC. The type stands in the column's comment
 * (`@type SELECT`, `@options NEW DONE`), written by private.comment_field.
 */

import type {} from "postgraphile";
import { enumCodec, listOfCodec, type PgCodec, TYPES } from "postgraphile/@dataplan/pg";
import { sql } from "postgraphile/pg-sql2";
import { compositeTypeName, upperFirst } from "../src/records/composites.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      FieldTypesPlugin: true;
    }
  }
}

/** `2026-11-23 07:00:00.5+00`, as sessions run in UTC, becomes `2026-11-23T07:00:00.5Z`. */
const isoInstant = (text: string): string => (text.endsWith("+00") ? `${text.slice(0, -3).replace(" ", "T")}Z` : text);

/** Cheaper than the stock codec, whose to_char runs for each row that is sorted, too. */
const instantCodec: PgCodec = {
  ...TYPES.timestamptz,
  name: "instant",
  castFromPg: (fragment) => sql`${fragment}::text`,
  listCastFromPg: (fragment) => sql`${fragment}::text[]`,
  fromPg: isoInstant,
};

/** As text it is compared with `like`; stock codecs of JSON are not to be filtered by at all. */
const jsonCodec: PgCodec = { ...TYPES.jsonb, name: "fieldJson", hasNaturalEquality: true };

type EnumCodec = ReturnType<typeof enumCodec>;
const partEnums = new WeakMap<object, Map<string, EnumCodec>>();

function makeEnum(name: string, options: string, field: string): EnumCodec {
  return enumCodec({ name, identifier: TYPES.text.sqlType, values: options.split(" "), extensions: { tags: { enum: field } } });
}

/** The choices of a part are those of its type: one enum for all fields of it in a schema. */
function enumOfPart(schema: object, name: string, options: string, field: string): EnumCodec {
  const enums = partEnums.get(schema) ?? new Map<string, EnumCodec>();
  partEnums.set(schema, enums);
  const codec = enums.get(name) ?? makeEnum(name, options, field);
  enums.set(name, codec);
  return codec;
}

export const FieldTypesPlugin: GraphileConfig.Plugin = {
  name: "FieldTypesPlugin",
  description: "Gives columns the API type of their field",
  version: "1.0.0",
  before: ["PgRegistryPlugin"],

  gather: {
    hooks: {
      pgCodecs_attribute(info, { attribute, pgClass }) {
        // A blank line keeps what an admin wrote from being read as a tag (private.smart_comment).
        if (attribute.description) attribute.description = attribute.description.trimStart();
        const { type, field, options, part } = attribute.extensions?.tags ?? {};
        if (typeof options === "string" && typeof field === "string") {
          const singular = String(pgClass.getTags()["singular"] ?? pgClass.relname);
          const codec =
            typeof part === "string"
              ? enumOfPart(info.resolvedPreset, `${compositeTypeName(String(type))}${upperFirst(part)}Enum`, options, part)
              : makeEnum(`${upperFirst(singular)}${upperFirst(field)}Enum`, options, field);
          attribute.codec = attribute.codec.arrayOfCodec ? listOfCodec(codec as never) : codec;
        } else if (attribute.codec === TYPES.timestamptz) {
          attribute.codec = instantCodec;
        } else if (attribute.codec === TYPES.jsonb && type) {
          attribute.codec = jsonCodec;
        }
      },
    },
  } as NonNullable<GraphileConfig.Plugin["gather"]>,

  schema: {
    hooks: {
      GraphQLObjectType(spec, _build, { scope }) {
        if (scope.isPgClassType && spec.description) spec.description = spec.description.trimStart();
        return spec;
      },
      init: {
        before: ["PgCodecs"],
        callback(_, build) {
          build.setGraphQLTypeForPgCodec(instantCodec, ["input", "output"], build.inflection.builtin("Datetime"));
          build.setGraphQLTypeForPgCodec(jsonCodec, ["input", "output"], build.inflection.builtin("JSON"));
          return _;
        },
      },
    },
  },
};
