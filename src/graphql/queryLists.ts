/** The lists of an operation, in each other as they stand: found once a document, for queryRows.ts to count by each request's variables. */
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
import { DEFAULT_GROUPS, DEFAULT_RECORDS } from "../groups/queries.ts";

export type Given = { name: string; value: ValueNode };
/** How many there are: what the first of these arguments says, or else the fallback. */
export type Factor = { given: Given[]; fallback: number };
/** A list, how many records it has, and the lists inside each of them. */
export type List = { factors: Factor[]; inner: List[] };

type Field = GraphQLField<unknown, unknown>;

const PAGE = ["first", "last", "paging"];
const RECORDS = new Set(["nodes", "edges"]);

/** The arguments of a mutation that are lists of records to write. */
const writtenBy = (field: Field, { arguments: args = [] }: FieldNode): Given[] =>
  args
    .filter(({ name }) => {
      const type = getNullableType(field.args.find((arg) => arg.name === name.value)?.type);
      return isListType(type) && isInputObjectType(getNamedType(type));
    })
    .map(({ name, value }) => ({ name: name.value, value }));

/** Of a valid document, so fragments make no circle. */
export class ListFinder {
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #defaultPageSize: number;
  /** What a mutation writes. */
  readonly written: Given[] = [];

  constructor(fragments: ReadonlyMap<string, FragmentDefinitionNode>, defaultPageSize: number) {
    this.#fragments = fragments;
    this.#defaultPageSize = defaultPageSize;
  }

  /** What an operation reads. */
  find(schema: GraphQLSchema, operation: OperationDefinitionNode): List[] {
    const root = schema.getRootType(operation.operation);
    if (!root) return [];
    if (operation.operation === "mutation") {
      for (const node of this.#fieldsOf(operation.selectionSet)) {
        const field = root.getFields()[node.name.value];
        if (field) this.written.push(...writtenBy(field, node));
      }
    }
    return this.#inside(root, operation.selectionSet);
  }

  *#fieldsOf(set: SelectionSetNode | undefined): Generator<FieldNode> {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FIELD) yield selection;
      else if (selection.kind === Kind.INLINE_FRAGMENT) yield* this.#fieldsOf(selection.selectionSet);
      else yield* this.#fieldsOf(this.#fragments.get(selection.name.value)?.selectionSet);
    }
  }

  #inside(type: GraphQLObjectType, set: SelectionSetNode | undefined): List[] {
    const found: List[] = [];
    for (const node of this.#fieldsOf(set)) {
      const field = type.getFields()[node.name.value];
      if (!field) continue; // __typename
      const next = getNamedType(field.type);
      const inner = isObjectType(next) ? this.#inside(next, node.selectionSet) : [];
      const factors = this.#factorsOf(field, node);
      if (factors.length) found.push({ factors, inner });
      else found.push(...inner);
    }
    return found;
  }

  #factorsOf(field: Field, node: FieldNode): Factor[] {
    const type = getNamedType(field.type);
    if (!isObjectType(type) || !type.getFields()["pageInfo"]) return [];
    const factorOf = (names: string[], fallback: number): Factor | undefined =>
      field.args.some(({ name }) => names.includes(name)) ? { given: givenOf(node, names), fallback } : undefined;
    const factors: (Factor | undefined)[] = [];
    const isOfGroups = isListType(getNullableType(field.type));
    // A list of lists: companiesGroupBy(limit:) with some records of each group, companyDuplicates(ids:).
    if (isOfGroups) factors.push(factorOf(["limit"], DEFAULT_GROUPS) ?? factorOf(["ids", "data"], 1));
    // A connection of which only the total is asked for reads no records.
    if ([...this.#fieldsOf(node.selectionSet)].some(({ name }) => RECORDS.has(name.value))) {
      const page = factorOf(isOfGroups ? PAGE : [...PAGE, "limit"], this.#defaultPageSize);
      factors.push(factorOf(["firstForRecords"], DEFAULT_RECORDS) ?? page ?? { given: [], fallback: this.#defaultPageSize });
    }
    return factors.filter((factor) => factor !== undefined);
  }
}

const givenOf = ({ arguments: args = [] }: FieldNode, names: string[]): Given[] =>
  args.filter(({ name }) => names.includes(name.value)).map(({ name, value }) => ({ name: name.value, value }));
