/** Refuses a document that asks for too much before anything runs; the error names the figure and the limit. */
import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from "graphql";
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

/** Nothing for a document within `limits`; LIMIT_EXCEEDED otherwise. */
export function assertWithinLimits(document: DocumentNode, limits: QueryLimits): void {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const measure = makeMeasure(fragments, limits);
  for (const node of document.definitions) {
    if (node.kind !== Kind.OPERATION_DEFINITION) continue;
    const roots = node.selectionSet.selections.length;
    if (roots > limits.rootFields) throw tooMuch("root fields", roots, limits.rootFields);
    measure(node.selectionSet);
  }
}
