/**
 * `companyDuplicates(ids:, data:)`: for each record, one that is there or one that is not yet, a
 * list of those that it may double, by the object's duplicateCriteria (core.find_duplicates).
 */
import type {} from "postgraphile";
import { listOfCodec, loadOneWithPgClient, type PgClient, TYPES } from "postgraphile/@dataplan/pg";
import { connection, constant, each, type FieldArgs, lambda, type Step } from "postgraphile/grafast";
import { sql } from "postgraphile/pg-sql2";
import { RelataError } from "../src/errors.ts";
import { columnValues } from "../src/records/columnValues.ts";
import { maximumsOf } from "../src/records/maximums.ts";
import { isSoftDeleted, type RecordResource, recordResources } from "../src/records/resources.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RecordDuplicatesPlugin: true;
    }
  }
}

const MAX_RECORDS = 500;
const FIND = "select core.find_duplicates($1, $2::uuid[], $3::jsonb)";

type Given = { ids?: string[] | null; data?: Record<string, unknown>[] | null };
/** The statement's values, as one text, so that a step can tell what is the same. */
type Asked = string;

function askedFor(resource: RecordResource, object: string, { ids, data }: Given): Asked {
  if ((ids == null) === (data == null)) {
    throw new RelataError("ARGS_CONFLICT", "Give ids or data, and not both.", { field: ids == null ? "ids" : "data" });
  }
  const field = ids ? "ids" : "data";
  if ((ids ?? data)!.length > MAX_RECORDS) {
    throw new RelataError("LIMIT_EXCEEDED", `At most ${MAX_RECORDS} records are looked at at once.`, { field });
  }
  const rows = data?.map((input, n) => columnValues(resource.codec, input, `data.${n}`));
  return JSON.stringify([object, ids ? `{${ids.join(",")}}` : null, rows ? JSON.stringify(rows) : null]);
}

const find = (client: PgClient, asked: readonly Asked[]): Promise<string[][]>[] =>
  asked.map(async (values) => {
    const { rows } = await client.query<string[]>({ text: FIND, values: JSON.parse(values), arrayMode: true } as never);
    return JSON.parse(rows[0]![0]!);
  });

const planDuplicates = (resource: RecordResource, object: string, pageSize: number) => (_$root: unknown, fieldArgs: FieldArgs) => {
  const $asked = lambda(fieldArgs.getRaw(), (args) => askedFor(resource, object, args as Given));
  const $found = loadOneWithPgClient(resource.executor, $asked as never, find as never) as unknown as Step<string[][]>;
  return each($found, ($ids: Step) => {
    const $records = resource.find();
    const ids = $records.placeholder($ids as never, listOfCodec(TYPES.uuid) as never);
    $records.where(sql`${$records.alias}.id = any(${ids})`);
    $records.orderBy({ fragment: sql`${$records.alias}.id`, codec: TYPES.uuid, direction: "ASC" });
    const $connection = connection($records as never);
    $connection.setFirst(constant(pageSize) as never);
    return $connection as never;
  });
};

export const RecordDuplicatesPlugin: GraphileConfig.Plugin = {
  name: "RecordDuplicatesPlugin",
  description: "Adds the queries for records that double others",
  version: "1.0.0",

  schema: {
    hooks: {
      GraphQLObjectType_fields(fields, build, { scope, fieldWithHooks }) {
        if (!scope.isRootQuery) return fields;
        const { GraphQLList, GraphQLNonNull } = build.graphql;
        const { inflection } = build;
        const added: Record<string, ReturnType<typeof fieldWithHooks>> = {};
        for (const resource of recordResources(build)) {
          const { codec } = resource;
          const input = build.getTypeByName(inflection.inputType(inflection.tableType(codec)));
          if (!isSoftDeleted(codec) || !input) continue;
          const object = inflection.recordSingle(codec);
          const fieldName = `${object}Duplicates`;
          const { defaultPageSize } = maximumsOf(build);
          added[fieldName] = fieldWithHooks({ fieldName }, {
            description: `For each record, the ${inflection.tableType(codec)} records that it may double, by what the object takes for a sign; give ids or data.`,
            type: new GraphQLList(new GraphQLNonNull(build.getOutputTypeByName(inflection.tableConnectionType(codec)))),
            args: {
              ids: {
                type: new GraphQLList(new GraphQLNonNull(build.getInputTypeByName("UUID"))),
                description: "Records that are there.",
              },
              data: { type: new GraphQLList(new GraphQLNonNull(input)), description: "Records that may not be there yet." },
            },
            plan: planDuplicates(resource, object, defaultPageSize),
          } as never);
        }
        return build.extend(fields, added, "Adding duplicates of records");
      },
    },
  },
};
