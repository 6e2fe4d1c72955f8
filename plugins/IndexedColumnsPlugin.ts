/**
 * Knows which columns an index has in order, so that pages are asked for in a form that
 * it answers (src/records/seek.ts). Only the valid B-trees over all rows are introspected.
 */
import type {} from "postgraphile";
import type { PgCodecAttribute } from "postgraphile/@dataplan/pg";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      IndexedColumnsPlugin: true;
    }
  }
  namespace DataplanPg {
    interface PgCodecAttributeExtensions {
      /** Whether an index begins with the column. */
      isSorted?: boolean;
    }
  }
}

type PgClass = { getIndexes(): { indkey: readonly number[] | null }[] };

export const IndexedColumnsPlugin: GraphileConfig.Plugin = {
  name: "IndexedColumnsPlugin",
  description: "Tells which columns an index sorts by",
  version: "1.0.0",

  gather: {
    hooks: {
      pgCodecs_attribute(_info: unknown, event: { attribute: PgCodecAttribute; pgClass: PgClass; pgAttribute: { attnum: number } }) {
        const { attribute, pgClass, pgAttribute } = event;
        const isSorted = pgClass.getIndexes().some(({ indkey }) => indkey?.[0] === pgAttribute.attnum);
        if (isSorted) attribute.extensions = { ...attribute.extensions, isSorted };
      },
    },
  } as never,
};
