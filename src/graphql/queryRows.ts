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
/**
 * What an operation reads in lists, and the lists that it writes. When no variable says how long they are, one look
 * is enough: `fits` is what they were last held to, and found short enough for.
 */
export type Lists = { read: List[]; written: Given[]; defaults: Variables; isConstant: boolean; fits?: Limits };

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
  const read = finder.find(schema, operation);
  const isConstant = !hasVariables(read) && !finder.written.some(({ value }) => hasVariable(value));
  return { read, written: finder.written, defaults, isConstant };
}

function hasVariable(node: ValueNode): boolean {
  if (node.kind === Kind.OBJECT) return node.fields.some(({ value }) => hasVariable(value));
  return node.kind === Kind.VARIABLE;
}

const hasVariables = (lists: List[]): boolean =>
  lists.some(({ factors, inner }) => factors.some(({ given }) => given.some(({ value }) => hasVariable(value))) || hasVariables(inner));

const isSized = (value: unknown): value is { length: number } =>
  typeof value === "object" && value !== null && typeof (value as { length?: unknown }).length === "number";

/** How many records `lists` hold, were every page full; LIMIT_EXCEEDED for a page larger than `limits` allow. */
function rowsOf(lists: List[], variables: Variables, limits: Limits, maxPageSize: number): number {
  const within = (size: number, name: string): number => {
    if (size > limits.pageSize && limits.pageSize < maxPageSize) throw tooMuch(`records by ${name}`, size, limits.pageSize, name);
    return Math.min(Math.max(size, 0), maxPageSize);
  };
  const factorOf = ({ given, fallback }: Factor): number => {
    for (const { name, value } of given) {
      const asked = readValue(value, variables);
      if (isSized(asked)) return asked.length;
      const page = (typeof asked === "object" && asked ? asked : { [name]: asked }) as Record<string, unknown>;
      for (const [field, size] of Object.entries(page)) if (typeof size === "number") return within(size, field);
    }
    return within(fallback, "default");
  };
  let rows = 0;
  for (const { factors, inner } of lists) {
    // Each group is something too, beside the records in it.
    rows += factors.reduceRight((inside, factor) => factorOf(factor) * (1 + inside), rowsOf(inner, variables, limits, maxPageSize));
  }
  return rows;
}

/** LIMIT_EXCEEDED when an operation reads or writes more than `limits` allow; `maxPageSize` is what its lists themselves refuse. */
export function assertFewRows(lists: Lists, given: Variables | null | undefined, limits: Limits, maxPageSize: number): void {
  if (lists.isConstant && lists.fits === limits) return;
  const variables: Variables = { ...lists.defaults, ...given };
  const rows = rowsOf(lists.read, variables, limits, maxPageSize);
  if (rows > limits.rows) throw tooMuch("records, were every page full", rows, limits.rows);
  for (const { name, value } of lists.written) {
    const asked = readValue(value, variables);
    if (isSized(asked) && asked.length > limits.batchSize)
      throw tooMuch(`records to write in ${name}`, asked.length, limits.batchSize, name);
  }
  lists.fits = limits;
}
