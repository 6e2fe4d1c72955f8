/** Measures what a document asks for, and refuses too much before anything runs; the error names the figure and the limit. */
import { type DirectiveNode, type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode, type ValueNode } from "graphql";
import { RelataError } from "../errors.ts";
import type { Limits } from "./limits.ts";

/** What the largest operation of a document asks for, fragments written out. */
export type DocumentSize = {
  depth: number;
  fields: number;
  rootFields: number;
  aliases: number;
  directives: number;
  definitions: number;
  variables: number;
  literalDepth: number;
};

type Measure = { depth: number; fields: number; width: number };

/** Depth, fields and fields of the first level of a selection; each fragment is measured once, however often it is spread. */
function makeMeasure(fragments: Map<string, FragmentDefinitionNode>) {
  const known = new Map<string, Measure>();
  const open = new Set<string>();

  function measure(set: SelectionSetNode | undefined): Measure {
    const total: Measure = { depth: 0, fields: 0, width: 0 };
    for (const selection of set?.selections ?? []) {
      const inner = selection.kind === Kind.FRAGMENT_SPREAD ? measureFragment(selection.name.value) : measure(selection.selectionSet);
      const isField = selection.kind === Kind.FIELD ? 1 : 0;
      total.depth = Math.max(total.depth, inner.depth + isField);
      total.fields += inner.fields + isField;
      total.width += isField || inner.width;
    }
    return total;
  }

  function measureFragment(name: string): Measure {
    const done = known.get(name);
    if (done) return done;
    if (open.has(name)) return { depth: 0, fields: 0, width: 0 }; // a cycle, which validation refuses by name
    open.add(name);
    const result = measure(fragments.get(name)?.selectionSet);
    open.delete(name);
    known.set(name, result);
    return result;
  }
  return measure;
}

type Counted = Pick<DocumentSize, "aliases" | "directives" | "literalDepth">;
type Directed = { directives?: readonly DirectiveNode[] | undefined };

/** What is counted node by node, wherever it stands; by hand, as graphql's visit() takes ten times as long. */
function count(document: DocumentNode): Counted {
  const size: Counted = { aliases: 0, directives: 0, literalDepth: 0 };

  function countValue(value: ValueNode, depth: number): void {
    const inner = value.kind === Kind.LIST ? value.values : value.kind === Kind.OBJECT ? value.fields : undefined;
    if (!inner) return;
    size.literalDepth = Math.max(size.literalDepth, depth);
    for (const one of inner) countValue(one.kind === Kind.OBJECT_FIELD ? one.value : one, depth + 1);
  }
  function countDirectives({ directives = [] }: Directed): void {
    size.directives += directives.length;
    for (const directive of directives) for (const { value } of directive.arguments ?? []) countValue(value, 1);
  }
  function countSelections(set: SelectionSetNode | undefined): void {
    for (const selection of set?.selections ?? []) {
      countDirectives(selection);
      if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
      if (selection.kind === Kind.FIELD) {
        if (selection.alias) size.aliases++;
        for (const { value } of selection.arguments ?? []) countValue(value, 1);
      }
      countSelections(selection.selectionSet);
    }
  }

  for (const node of document.definitions) {
    if (node.kind !== Kind.OPERATION_DEFINITION && node.kind !== Kind.FRAGMENT_DEFINITION) continue;
    countDirectives(node);
    for (const variable of node.variableDefinitions ?? []) {
      countDirectives(variable);
      if (variable.defaultValue) countValue(variable.defaultValue, 1);
    }
    countSelections(node.selectionSet);
  }
  return size;
}

export function sizeOf(document: DocumentNode): DocumentSize {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const measure = makeMeasure(fragments);
  const definitions = document.definitions.length;
  const size: DocumentSize = { depth: 0, fields: 0, rootFields: 0, definitions, variables: 0, ...count(document) };
  for (const node of document.definitions) {
    if (node.kind !== Kind.OPERATION_DEFINITION) continue;
    const { depth, fields, width } = measure(node.selectionSet);
    size.variables = Math.max(size.variables, node.variableDefinitions?.length ?? 0);
    size.depth = Math.max(size.depth, depth);
    size.fields = Math.max(size.fields, fields);
    size.rootFields = Math.max(size.rootFields, width);
  }
  return size;
}

const MAX_VALUE_DEPTH = 80; // an expression of 30 levels, two for each
const MAX_DIRECTIVES = 500;
const MAX_DEFINITIONS = 300;
const MAX_VARIABLES = 500;

export const tooMuch = (what: string, asked: number, limit: number, field?: string) =>
  new RelataError("LIMIT_EXCEEDED", `The operation asks for ${asked} ${what}; the limit is ${limit}.`, field ? { field } : undefined);

/** Nothing for a document within `limits`; LIMIT_EXCEEDED otherwise. */
export function assertWithinLimits(size: DocumentSize, limits: Limits): void {
  const checks: [what: string, asked: number, limit: number][] = [
    ["levels of input", size.literalDepth, MAX_VALUE_DEPTH],
    ["levels", size.depth, limits.depth],
    ["fields", size.fields, limits.fields],
    ["root fields", size.rootFields, limits.rootFields],
    ["aliases", size.aliases, limits.aliases],
    ["directives", size.directives, MAX_DIRECTIVES],
    ["operations and fragments", size.definitions, MAX_DEFINITIONS],
    ["variables", size.variables, MAX_VARIABLES],
  ];
  for (const [what, asked, limit] of checks) if (asked > limit) throw tooMuch(what, asked, limit);
}

/** Refuses a value that nests deeper than any input of ours, before something recursive meets it: LIMIT_EXCEEDED. */
export function assertShallow(value: unknown, depth = 0): void {
  if (depth > MAX_VALUE_DEPTH) throw tooMuch("levels of input or more", depth, MAX_VALUE_DEPTH);
  if (typeof value !== "object" || value === null) return;
  for (const key in value) assertShallow((value as Record<string, unknown>)[key], depth + 1);
}
