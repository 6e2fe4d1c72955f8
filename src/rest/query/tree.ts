/**
 * Conditions as both grammars write them, before anybody knows their types:
 * `filter[createdAt][gt]=2024-01-01` and `createdAt[gt]:"2024-01-01"` are the same tree.
 */
import { RelataError } from "../../errors.ts";

/** A value as text, or a list of them. */
export class Leaf {
  readonly given: string | readonly string[];

  constructor(given: string | readonly string[]) {
    this.given = given;
  }
}

export type Tree = { [name: string]: Tree | Tree[] | Leaf };

/** Conditions inside conditions, in a filter. */
export const MAX_NESTING = 30;

export const newTree = (): Tree => Object.create(null) as Tree;

export function refuse(message: string, field: string): never {
  throw new RelataError("BAD_INPUT", message, { field });
}

/** GraphQL takes one for a list of one (GraphQL spec, 3.11); an address that says list means one. */
export function assertList(value: unknown, field: string): void {
  if (!Array.isArray(value)) refuse("This is a list.", field);
}

export function assertNesting(depth: number, field: string): void {
  if (depth > MAX_NESTING)
    throw new RelataError("LIMIT_EXCEEDED", `A filter nests ${depth} levels or more; the limit is ${MAX_NESTING}.`, { field });
}

const isTree = (one: Tree | Tree[] | Leaf | undefined): one is Tree => one !== undefined && !Array.isArray(one) && !(one instanceof Leaf);

/** Two conditions on a record of a list may be met by two records of it: what stands under these stays apart. */
const OF_LISTS = new Set(["some", "every", "none", "not"]);

const canMerge = (a: Tree, b: Tree): boolean =>
  Object.keys(b).every((name) => {
    const [mine, theirs] = [a[name], b[name]];
    return mine === undefined || (!OF_LISTS.has(name) && isTree(mine) && isTree(theirs) && canMerge(mine, theirs));
  });

function merge(a: Tree, b: Tree): Tree {
  const merged = Object.assign(newTree(), a);
  for (const [name, theirs] of Object.entries(b)) {
    const mine = merged[name];
    merged[name] = isTree(mine) && isTree(theirs) ? merge(mine, theirs) : theirs;
  }
  return merged;
}

/** Conditions side by side, of which each is held against each other; no filter of GraphQL's takes more. */
const MAX_CONDITIONS = 500;

/** All of these conditions, as one where they do not speak of the same. */
export function conjoin(trees: readonly Tree[]): Tree {
  if (trees.length > MAX_CONDITIONS)
    throw new RelataError("LIMIT_EXCEEDED", `A filter holds at most ${MAX_CONDITIONS} conditions.`, { field: "filter" });
  const groups: Tree[] = [];
  for (const tree of trees) {
    const at = groups.findIndex((group) => canMerge(group, tree));
    if (at < 0) groups.push(tree);
    else groups[at] = merge(groups[at]!, tree);
  }
  if (groups.length <= 1) return groups[0] ?? newTree();
  return Object.assign(newTree(), { and: groups });
}
