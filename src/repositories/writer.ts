/** How a repository writes: by the mutations of its object, of one record or of several. */
import { type GraphQLInputField, type GraphQLInputObjectType, type GraphQLSchema, getNamedType, isInputObjectType } from "graphql";
import { RelataError } from "../errors.ts";
import { writeDocument } from "./documents.ts";
import { kindOf, objectOf } from "./objects.ts";
import type { Run, Variables } from "./reader.ts";
import type { Touched } from "./types.ts";
import { filterOf } from "./where.ts";

type Row = Record<string, unknown>;

/** Whether what stands for a relation says what to do with it (`{ connect: … }`), and is not the record or the list that was read. */
function isInstruction(input: GraphQLInputField, value: unknown): boolean {
  const type = getNamedType(input.type);
  if (!isInputObjectType(type) || typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.keys(value).every((key) => key in type.getFields());
}

/** Of a record that was read, what can be written: neither its dates nor the records that it came with. */
function writable(schema: GraphQLSchema, name: string, record: Row, verb: "Create" | "Update"): Row {
  const { type } = objectOf(schema, name);
  const input = schema.getType(`${type.name}${verb}Input`) as GraphQLInputObjectType | undefined;
  const inputs = input?.getFields() ?? {};
  const data: Row = {};
  for (const [field, value] of Object.entries(record)) {
    const [read, written] = [type.getFields()[field], inputs[field]];
    if (!read && !written) throw new RelataError("BAD_INPUT", `${type.name} has no field ${field}.`, { field });
    if (written && (!read || kindOf(schema, read) === "value" || isInstruction(written, value))) data[field] = value;
  }
  return data;
}

export class Writer {
  readonly #name: string;
  readonly #run: Run;

  constructor(name: string, run: Run) {
    this.#name = name;
    this.#run = run;
  }

  /** Runs `<verb>Company`, or of many `<verb>Companies`, with what is given as its arguments. */
  async write(verb: string, isMany: boolean, variables: Variables, onlyIds = isMany): Promise<unknown> {
    const { data } = await this.#run((schema) => ({
      query: writeDocument(schema, this.#name, verb, Object.keys(variables), isMany, onlyIds),
      variables,
    }));
    const { written } = data;
    return Array.isArray(written) ? written.map((row: Row) => ({ ...row })) : { ...(written as Row) };
  }

  insert(data: object, how: Variables = {}): Promise<unknown> {
    return this.write("create", Array.isArray(data), { data, ...how }, false);
  }

  async save(given: object): Promise<unknown> {
    const { id, ...record } = given as Row;
    const isNew = id == null;
    const { data } = await this.#run((schema) => {
      const data = writable(schema, this.#name, record, isNew ? "Create" : "Update");
      const variables: Variables = isNew ? { data } : { id, data };
      return { query: writeDocument(schema, this.#name, isNew ? "create" : "update", Object.keys(variables), false), variables };
    });
    return { ...(data["written"] as Row) };
  }

  /** Does something to one record, to several by their ids, or to those that a condition means; NOT_FOUND when the one is not there. */
  async touch(verb: string, criteria: unknown, variables: Variables = {}): Promise<Touched> {
    if (typeof criteria === "string") {
      await this.write(verb, false, { id: criteria, ...variables }, true);
      return { affected: 1, ids: [criteria] };
    }
    const where = Array.isArray(criteria) ? { id: { in: criteria } } : criteria;
    const { data } = await this.#run((schema) => {
      const filter = filterOf(schema, objectOf(schema, this.#name).type.name, where ?? null);
      const all = { ...variables, filter };
      return { query: writeDocument(schema, this.#name, verb, Object.keys(all), true), variables: all };
    });
    const ids = (data["written"] as Row[]).map(({ id }) => id as string);
    return { affected: ids.length, ids };
  }
}
