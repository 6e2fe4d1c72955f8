/** The grammar of brackets: `filter[createdAt][gt]=2024-01-01`, `filter[or][0][name][eq]=Acme`, `filter[id][in][]=…`. */
import { assertNesting, Leaf, newTree, refuse, type Tree } from "./tree.ts";

const LISTS = new Set(["and", "or"]);
const MAX_INDEX = 100;

/** `filter[a][b][]` as ["a", "b", ""]; undefined when it is not of this form. */
export function bracketsOf(name: string, prefix: string): string[] | undefined {
  const rest = name.slice(prefix.length);
  if (!/^(?:\[[^[\]]*\])+$/.test(rest)) return undefined;
  return rest.slice(1, -1).split("][");
}

type Draft = { [name: string]: Draft | string[] };

const newDraft = (): Draft => Object.create(null) as Draft;

function put(draft: Draft, path: readonly string[], value: string): void {
  const field = `filter.${path.join(".")}`;
  let level = draft;
  for (const name of path.slice(0, -1)) {
    const inner = level[name] ?? newDraft();
    if (Array.isArray(inner)) throw refuse(`${field} is given a value and conditions.`, field);
    level[name] = inner;
    level = inner;
  }
  const last = path.at(-1)!;
  const before = level[last] ?? [];
  if (!Array.isArray(before)) throw refuse(`${field} is given a value and conditions.`, field);
  level[last] = [...before, value];
}

const isListed = (name: string): boolean => name === "" || /^\d+$/.test(name);

/** The draft under `and` or `or`: a list of conditions, in the order of their numbers. */
function toTrees(draft: Draft | string[], at: string): Tree[] {
  if (Array.isArray(draft)) return refuse(`${at} is a list of conditions: ${at.replaceAll(".", "[")}][0][name][eq]=…`, at);
  const names = Object.keys(draft);
  const wrong = names.find((name) => !/^\d+$/.test(name) || Number(name) > MAX_INDEX);
  if (wrong !== undefined) return refuse(`${at} numbers its conditions from 0 to ${MAX_INDEX}.`, `${at}.${wrong}`);
  return names.sort((a, b) => Number(a) - Number(b)).map((name) => toTree(draft[name]!, `${at}.${name}`));
}

function toTree(draft: Draft | string[], at: string): Tree {
  if (Array.isArray(draft)) return refuse(`${at} is a condition: name a field and what is asked of it.`, at);
  const tree = newTree();
  for (const [name, inner] of Object.entries(draft)) {
    const path = `${at}.${name}`;
    if (LISTS.has(name)) tree[name] = toTrees(inner, path);
    else if (Array.isArray(inner)) {
      if (inner.length > 1) return refuse(`${path} is given twice.`, path);
      tree[name] = new Leaf(inner[0]!);
    } else if (Object.keys(inner).every(isListed) && Object.values(inner).every(Array.isArray)) {
      tree[name] = new Leaf(Object.values(inner as Record<string, string[]>).flat());
    } else tree[name] = toTree(inner, path);
  }
  return tree;
}

/** What all parameters of brackets mean together. */
export function treeOfBrackets(given: readonly { path: readonly string[]; value: string }[]): Tree {
  const draft = newDraft();
  for (const { path, value } of given) {
    assertNesting(path.length, "filter");
    const hole = path.findIndex((name, index) => name === "" && index < path.length - 1);
    if (hole >= 0) refuse("Only the last brackets may be empty.", `filter.${path.join(".")}`);
    put(draft, path, value);
  }
  return toTree(draft, "filter");
}
