/**
 * Columns of core that hold one of a few words become GraphQL enums. The words and
 * the enum's name stand in the column's comment: `@enum ViewType TABLE KANBAN`.
 */
import type {} from "postgraphile";
import { enumCodec, type PgCodec, TYPES } from "postgraphile/@dataplan/pg";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      ColumnEnumsPlugin: true;
    }
  }
}

/** Columns that name the same enum share it. */
const codecs = new Map<string, PgCodec>();

function codecOf(tag: string): PgCodec {
  const known = codecs.get(tag);
  if (known) return known;
  const [name, ...values] = tag.split(" ");
  const codec = enumCodec({
    name: name!,
    identifier: TYPES.text.sqlType,
    values,
    extensions: { tags: { enum: name! } },
  }) as PgCodec;
  codecs.set(tag, codec);
  return codec;
}

export const ColumnEnumsPlugin: GraphileConfig.Plugin = {
  name: "ColumnEnumsPlugin",
  description: "Makes GraphQL enums of columns of core that hold one of a few words",
  version: "1.0.0",
  before: ["PgRegistryPlugin"],

  gather: {
    hooks: {
      pgCodecs_attribute(_info, { attribute }) {
        const tag = attribute.extensions?.tags?.["enum"];
        if (typeof tag === "string") attribute.codec = codecOf(tag);
      },
    },
  } as NonNullable<GraphileConfig.Plugin["gather"]>,
};
