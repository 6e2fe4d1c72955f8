/**
 * A DBA's SQL function over a table of the workspace is a field of its records:
 * `company_score(company)` is `Company.score`. Which functions count is decided by
 * private.functions_in, and for PostGraphile by src/scopedIntrospection.ts.
 *
 * Each becomes an attribute with an expression, and no resource of its own: that costs
 * nothing to compile, where PgProceduresPlugin and PgCustomTypeFieldPlugin make a
 * resource and a step each.
 */
import type {} from "postgraphile";
import type { PgCodecAttribute } from "postgraphile/@dataplan/pg";
import { type SQL, sql } from "postgraphile/pg-sql2";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      ComputedFieldsPlugin: true;
    }
  }
}

/** A row of pg_proc, as far as this needs it. */
type Proc = { _id: string; proname: string; prorettype: string; proargtypes: string[] | null; getDescription(): string | undefined };

const camelCase = (name: string) => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** Called by its name alone, as tables are: the claim's search_path says which workspace's it is. */
const callOf = (name: string) => (alias: SQL) => sql`${sql.identifier(name)}(${alias})`;

export const ComputedFieldsPlugin: GraphileConfig.Plugin = {
  name: "ComputedFieldsPlugin",
  description: "Shows SQL functions over a workspace's tables as fields",
  version: "1.0.0",

  gather: {
    hooks: {
      async pgCodecs_recordType_spec(info, { serviceName, pgClass, spec }) {
        const { introspection } = (await info.helpers.pgIntrospection.getIntrospection()).find(
          ({ pgService }) => pgService.name === serviceName,
        )!;
        const { relname, reltype } = pgClass;
        const attributes = spec.attributes as Record<string, PgCodecAttribute>;
        const taken = new Set(Object.values(attributes).map(({ extensions }) => String(extensions?.tags?.["field"]).toLowerCase()));
        for (const proc of introspection.procs as unknown as Proc[]) {
          const name = camelCase(proc.proname.slice(relname.length + 1));
          if (proc.proargtypes?.[0] !== reltype || !proc.proname.startsWith(`${relname}_`) || taken.has(name.toLowerCase())) continue;
          const codec = await info.helpers.pgCodecs.getCodecFromType(serviceName, proc.prorettype);
          if (!codec || codec.attributes) continue;
          const description = proc.getDescription()?.trimStart();
          taken.add(name.toLowerCase());
          attributes[proc.proname] = {
            codec,
            notNull: false,
            expression: callOf(proc.proname),
            ...(description && { description }),
            extensions: {
              tags: { field: name, behavior: ["-*", "attribute:select", "attribute:base"] },
              canSelect: true,
              canInsert: false,
              canUpdate: false,
            },
          } as never;
        }
      },
    },
  } as NonNullable<GraphileConfig.Plugin["gather"]>,
};
