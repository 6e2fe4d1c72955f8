/**
 * How many records an operation may answer, were every page of it full: a list of 100
 * with a list of 50 in each is 5,100. Its lists are found once a document; what
 * variables say of their pages is looked up a request.
 */
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from "graphql";
import type { Limits } from "./limits.ts";
import { tooMuch } from "./queryLimits.ts";

type Variables = Readonly<Record<string, unknown>>;
type Given = { name: string; value: ValueNode };
/** A list, the arguments that say how long, and the lists inside each of its records. */
type List = { sizes: Given[]; fallback: number; inner: List[] };
/** What an operation reads in lists, and the lists that it writes. */
export type Lists = { read: List[]; written: Given[]; defaults: Variables };

const SIZES = new Set(["first", "last", "limit", "paging"]);
const RECORDS = new Set(["nodes", "edges"]);

function readValue(node: ValueNode, variables: Variables): unknown {
  if (node.kind === Kind.VARIABLE) return variables[node.name.value];
  if (node.kind === Kind.INT) return Number(node.value);
  if (node.kind === Kind.OBJECT) return Object.fromEntries(node.fields.map(({ name, value }) => [name.value, readValue(value, variables)]));
  if (node.kind === Kind.LIST) return { length: node.values.length };
  return undefined;
}

/** Finds the lists of one operation on `schema`; of a valid document, so fragments make no circle. */
export function listsOf(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  defaultPageSize: number,
): Lists {
  const written: Given[] = [];

  const fieldsOf = function* (set: SelectionSetNode | undefined): Generator<FieldNode> {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FIELD) yield selection;
      else if (selection.kind === Kind.INLINE_FRAGMENT) yield* fieldsOf(selection.selectionSet);
      else yield* fieldsOf(fragments.get(selection.name.value)?.selectionSet);
    }
  };

  function inside(type: GraphQLObjectType, set: SelectionSetNode | undefined, isRoot = false): List[] {
    const found: List[] = [];
    for (const node of fieldsOf(set)) {
      const field = type.getFields()[node.name.value];
      if (!field) continue; // __typename
      if (isRoot) written.push(...writtenBy(field, node));
      const next = getNamedType(field.type);
      const inner = isObjectType(next) ? inside(next, node.selectionSet) : [];
      const isList = field.args.some(({ name }) => SIZES.has(name)) && asksForRecords(next, node);
      if (!isList) found.push(...inner);
      else found.push({ sizes: sizesOf(node), fallback: defaultPageSize, inner });
    }
    return found;
  }

  /** A connection of which only the total is asked for reads no records. */
  const asksForRecords = (type: unknown, node: FieldNode): boolean =>
    !(isObjectType(type) && type.getFields()["pageInfo"]) || [...fieldsOf(node.selectionSet)].some(({ name }) => RECORDS.has(name.value));

  const sizesOf = ({ arguments: args = [] }: FieldNode): Given[] =>
    args.filter(({ name }) => SIZES.has(name.value)).map(({ name, value }) => ({ name: name.value, value }));

  const writtenBy = (field: GraphQLField<unknown, unknown>, { arguments: args = [] }: FieldNode): Given[] =>
    args
      .filter(({ name }) => {
        const type = getNullableType(field.args.find((arg) => arg.name === name.value)?.type);
        return operation.operation === "mutation" && isListType(type) && isInputObjectType(getNamedType(type));
      })
      .map(({ name, value }) => ({ name: name.value, value }));

  const root = schema.getRootType(operation.operation);
  const read = root ? inside(root, operation.selectionSet, true) : [];
  const defaults: Record<string, unknown> = {};
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    if (defaultValue) defaults[variable.name.value] = readValue(defaultValue, {});
  }
  return { read, written, defaults };
}

/** LIMIT_EXCEEDED when an operation reads or writes more than `limits` allow; `maxPageSize` is what its lists themselves refuse. */
export function assertFewRows(
  { read, written, defaults }: Lists,
  given: Variables | null | undefined,
  limits: Limits,
  maxPageSize: number,
) {
  if (!read.length && !written.length) return;
  const variables: Variables = { ...defaults, ...given };
  const sizeOf = ({ sizes, fallback }: List): number => {
    for (const { name, value } of sizes) {
      const asked = readValue(value, variables);
      const page = (typeof asked === "object" && asked ? asked : { [name]: asked }) as Record<string, unknown>;
      for (const [field, size] of Object.entries(page)) {
        if (!SIZES.has(field) || typeof size !== "number") continue;
        if (size > limits.pageSize && limits.pageSize < maxPageSize) throw tooMuch(`records by ${field}`, size, limits.pageSize, field);
        return Math.min(Math.max(size, 0), maxPageSize);
      }
    }
    return Math.min(fallback, limits.pageSize);
  };
  const rowsOf = (lists: List[]): number => lists.reduce((sum, list) => sum + sizeOf(list) * (1 + rowsOf(list.inner)), 0);
  const rows = rowsOf(read);
  if (rows > limits.rows) throw tooMuch("records, were every page full", rows, limits.rows);
  for (const { name, value } of written) {
    const { length } = (readValue(value, variables) ?? {}) as { length?: unknown };
    if (typeof length === "number" && length > limits.batchSize)
      throw tooMuch(`records to write in ${name}`, length, limits.batchSize, name);
  }
}
