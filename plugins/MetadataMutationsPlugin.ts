/**
 * `createOneObject(data:)` and `createOneField(data:)`: each calls the function of
 * core that does it, in one transaction, and answers what it made.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type {} from "postgraphile";
import { type PgClient, sideEffectWithPgClient } from "postgraphile/@dataplan/pg";
import type { FieldArgs } from "postgraphile/grafast";
import { extendSchema, gql } from "postgraphile/utils";
import { recordResources } from "../src/records/resources.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      MetadataMutationsPlugin: true;
    }
  }
}

const MAX_ATTEMPTS = 12;
const BUSY = new Set(["55P03", "40P01"]); // lock not available, deadlock

/** A change of tables waits for a lock no longer than readers may wait behind it; then it tries again. */
async function whenFree<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!BUSY.has((error as { code?: string }).code ?? "") || attempt >= MAX_ATTEMPTS) throw error;
      await sleep(Math.random() * 50 * attempt);
    }
  }
}

const typeDefs = gql`
  input CreateObjectInput {
    "camelCase, such as property: names the type and the single query."
    nameSingular: String!
    "camelCase, such as properties: names the list query."
    namePlural: String!
    labelSingular: String
    labelPlural: String
    description: String
    icon: String
  }

  input CreateFieldInput {
    "The object to add the field to."
    objectId: UUID!
    "camelCase."
    name: String!
    label: String
    description: String
    icon: String
    "UUID, TEXT, NUMBER, NUMERIC, BOOLEAN, DATE, DATE_TIME, SELECT or RELATION."
    type: String!
    isNullable: Boolean
    isUnique: Boolean
    defaultValue: JSON
    "The choices of a SELECT, in their order."
    options: [FieldOptionInput!]
    "dataType (float, int, bigint) of a NUMBER; isCaseInsensitive of a unique TEXT."
    settings: JSON
    "The other side of a RELATION."
    relation: FieldRelationInput
  }

  input FieldOptionInput {
    "UPPER_SNAKE_CASE."
    value: String!
    label: String
    color: String
  }

  input FieldRelationInput {
    targetObjectId: UUID!
    "The field on the other side, a list of this object's records."
    targetFieldName: String!
    targetFieldLabel: String
    "MANY_TO_ONE: many of this object's records belong to one of the target's."
    type: String
    "SET_NULL, CASCADE or RESTRICT, when the target's record is destroyed."
    onDelete: String
  }

  extend type Mutation {
    "Creates an object: its table, its type and its queries are there when this answers."
    createOneObject(data: CreateObjectInput!): Object
    "Adds a field to an object: its column and its place in the API are there when this answers."
    createOneField(data: CreateFieldInput!): Field
  }
`;

export const MetadataMutationsPlugin: GraphileConfig.Plugin = {
  ...extendSchema((build) => {
    const create = (noun: "object" | "field") => {
      const resource = recordResources(build).find(({ codec }) => build.inflection.recordSingle(codec) === noun)!;
      return (_$root: unknown, fieldArgs: FieldArgs) => {
        const $id = sideEffectWithPgClient(resource.executor, fieldArgs.getRaw("data") as never, (client: PgClient, data: unknown) =>
          whenFree(async () => {
            const text = `select core.create_${noun}($1::jsonb)`;
            const { rows } = await client.query<string[]>({ text, values: [JSON.stringify(data)], arrayMode: true } as never);
            return rows[0]![0]!;
          }),
        );
        return resource.get({ id: $id } as never);
      };
    };
    return {
      typeDefs,
      objects: { Mutation: { plans: { createOneObject: create("object"), createOneField: create("field") } } },
    } as never;
  }),
  name: "MetadataMutationsPlugin",
  description: "createOneObject and createOneField",
};
