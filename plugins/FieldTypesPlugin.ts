/**
 * Gives columns the API type of their field: an option list becomes an enum,
 * instants are ISO 8601 in UTC. The type stands in the column's comment
 * (`@type SELECT`, `@options NEW DONE`), written by private.comment_field.
 */

import type {} from "postgraphile";
import { enumCodec, type PgCodec, TYPES } from "postgraphile/@dataplan/pg";
import { sql } from "postgraphile/pg-sql2";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      FieldTypesPlugin: true;
    }
  }
}

const upperFirst = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

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

export const FieldTypesPlugin: GraphileConfig.Plugin = {
  name: "FieldTypesPlugin",
  description: "Gives columns the API type of their field",
  version: "1.0.0",
  before: ["PgRegistryPlugin"],

  gather: {
    hooks: {
      pgCodecs_attribute(_info, { attribute, pgClass }) {
        // A blank line keeps what an admin wrote from being read as a tag (private.smart_comment).
        if (attribute.description) attribute.description = attribute.description.trimStart();
        const { type, field, options } = attribute.extensions?.tags ?? {};
        if (type === "SELECT" && typeof options === "string" && typeof field === "string") {
          const singular = String(pgClass.getTags()["singular"] ?? pgClass.relname);
          attribute.codec = enumCodec({
            name: `${upperFirst(singular)}${upperFirst(field)}Enum`,
            identifier: TYPES.text.sqlType,
            values: options.split(" "),
            extensions: { tags: { enum: field } },
          });
        } else if (attribute.codec === TYPES.timestamptz) {
          attribute.codec = instantCodec;
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
          return _;
        },
      },
    },
  },
};
