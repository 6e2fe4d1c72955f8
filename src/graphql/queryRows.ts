/**
 * How many records an operation may answer, were every page of it full: a list of 100
 * with a list of 50 in each is 5,100. Its lists are found once a document; what
 * variables say of their pages is looked up a request.
 */
import { type FragmentDefinitionNode, type GraphQLSchema, Kind, type OperationDefinitionNode, type ValueNode } from "graphql";
import type { Limits } from "./limits.ts";
import { tooMuch } from "./queryLimits.ts";
import { type Factor, type Given, type List, ListFinder } from "./queryLists.ts";

type Variables = Readonly<Record<string, unknown>>;
/** What an operation reads in lists, and the lists that it writes. */
export type Lists = { read: List[]; written: Given[]; defaults: Variables };

function readValue(node: ValueNode, variables: Variables): unknown {
  if (node.kind === Kind.VARIABLE) return variables[node.name.value];
  if (node.kind === Kind.INT) return Number(node.value);
  if (node.kind === Kind.OBJECT) return Object.fromEntries(node.fields.map(({ name, value }) => [name.value, readValue(value, variables)]));
  if (node.kind === Kind.LIST) return { length: node.values.length };
  return undefined;
}

/** The lists of one operation on `schema`. */
export function listsOf(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  defaultPageSize: number,
): Lists {
  const finder = new ListFinder(fragments, defaultPageSize);
  const defaults: Record<string, unknown> = {};
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    if (defaultValue) defaults[variable.name.value] = readValue(defaultValue, {});
  }
  return { read: finder.find(schema, operation), written: finder.written, defaults };
}

const isSized = (value: unknown): value is { length: number } =>
  typeof value === "object" && value !== null && typeof (value as { length?: unknown }).length === "number";

/** LIMIT_EXCEEDED when an operation reads or writes more than `limits` allow; `maxPageSize` is what its lists themselves refuse. */
export function assertFewRows(
  { read, written, defaults }: Lists,
  given: Variables | null | undefined,
  limits: Limits,
  maxPageSize: number,
) {
  if (!read.length && !written.length) return;
  const variables: Variables = { ...defaults, ...given };
  const within = (size: number, name: string): number => {
    if (size > limits.pageSize && limits.pageSize < maxPageSize) throw tooMuch(`records by ${name}`, size, limits.pageSize, name);
    return Math.min(Math.max(size, 0), maxPageSize);
  };
  const factorOf = ({ given: args, fallback }: Factor): number => {
    for (const { name, value } of args) {
      const asked = readValue(value, variables);
      if (isSized(asked)) return asked.length;
      const page = (typeof asked === "object" && asked ? asked : { [name]: asked }) as Record<string, unknown>;
      for (const [field, size] of Object.entries(page)) if (typeof size === "number") return within(size, field);
    }
    return within(fallback, "default");
  };
  const rowsOf = (lists: List[]): number =>
    lists.reduce(
      (sum, { factors, inner }) => sum + factors.reduce((product, factor) => product * factorOf(factor), 1) * (1 + rowsOf(inner)),
      0,
    );
  const rows = rowsOf(read);
  if (rows > limits.rows) throw tooMuch("records, were every page full", rows, limits.rows);
  for (const { name, value } of written) {
    const { length } = (readValue(value, variables) ?? {}) as { length?: unknown };
    if (typeof length === "number" && length > limits.batchSize)
      throw tooMuch(`records to write in ${name}`, length, limits.batchSize, name);
  }
}
