/** Refuses a document that asks for too much before anything runs; the error names the figure and the limit. */
import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode, visit } from "graphql";
import { RelataError } from "../errors.ts";

export type QueryLimits = { depth: number; fields: number; rootFields: number };

type Measure = { depth: number; fields: number };

/** Depth and fields of a selection, fragments written out; each fragment is measured once. */
function makeMeasure(fragments: Map<string, FragmentDefinitionNode>, limits: QueryLimits) {
  const known = new Map<string, Measure>();
  const open = new Set<string>();

  function measure(set: SelectionSetNode | undefined): Measure {
    let depth = 0;
    let fields = 0;
    for (const selection of set?.selections ?? []) {
      const inner = selection.kind === Kind.FRAGMENT_SPREAD ? measureFragment(selection.name.value) : measure(selection.selectionSet);
      const isField = selection.kind === Kind.FIELD ? 1 : 0;
      depth = Math.max(depth, inner.depth + isField);
      fields += inner.fields + isField;
      if (fields > limits.fields) throw tooMuch("fields", fields, limits.fields);
      if (depth > limits.depth) throw tooMuch("levels", depth, limits.depth);
    }
    return { depth, fields };
  }

  function measureFragment(name: string): Measure {
    const done = known.get(name);
    if (done) return done;
    if (open.has(name)) return { depth: 0, fields: 0 }; // a cycle, which validation refuses by name
    open.add(name);
    const result = measure(fragments.get(name)?.selectionSet);
    open.delete(name);
    known.set(name, result);
    return result;
  }
  return measure;
}

const tooMuch = (what: string, asked: number, limit: number) =>
  new RelataError("LIMIT_EXCEEDED", `The operation asks for ${asked} ${what} or more; the limit is ${limit}.`);

/** The fields of one level, fragments written out; `measure` has seen that they are not too many. */
function countFields(set: SelectionSetNode | undefined, fragments: Map<string, FragmentDefinitionNode>, open: string[] = []): number {
  let count = 0;
  for (const selection of set?.selections ?? []) {
    if (selection.kind === Kind.FIELD) count++;
    else if (selection.kind === Kind.INLINE_FRAGMENT) count += countFields(selection.selectionSet, fragments, open);
    else if (!open.includes(selection.name.value)) {
      count += countFields(fragments.get(selection.name.value)?.selectionSet, fragments, [...open, selection.name.value]);
    }
  }
  return count;
}

const MAX_VALUE_DEPTH = 80; // an expression of 30 levels, two for each

/** Refuses a value that nests deeper than any input of ours, before something recursive meets it: LIMIT_EXCEEDED. */
export function assertShallow(value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length; depth++) {
    if (depth > MAX_VALUE_DEPTH) throw tooMuch("levels of input", depth, MAX_VALUE_DEPTH);
    level = level.flatMap((one) => (typeof one === "object" && one !== null ? Object.values(one) : []));
  }
}

/** Refuses literals that nest too deep; other nodes of a document nest no deeper than `measure` allows. */
function assertShallowLiterals(document: DocumentNode): void {
  let depth = 0;
  const enter = () => {
    if (++depth > MAX_VALUE_DEPTH) throw tooMuch("levels of input", depth, MAX_VALUE_DEPTH);
  };
  const leave = () => void depth--;
  visit(document, { ObjectValue: { enter, leave }, ListValue: { enter, leave } });
}

/** Nothing for a document within `limits`; LIMIT_EXCEEDED otherwise. */
export function assertWithinLimits(document: DocumentNode, limits: QueryLimits): void {
  assertShallowLiterals(document);
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const measure = makeMeasure(fragments, limits);
  for (const node of document.definitions) {
    if (node.kind !== Kind.OPERATION_DEFINITION) continue;
    measure(node.selectionSet);
    const roots = countFields(node.selectionSet, fragments);
    if (roots > limits.rootFields) throw tooMuch("root fields", roots, limits.rootFields);
  }
}
