/**
 * The reference's grammar: `or(name[ilike]:"%acme%",not(createdAt[lt]:"2024-01-01"))`, `id[in]:["…","…"]`,
 * `emails.primaryEmail[eq]:"x"`, `deletedAt[is]:NOT_NULL`. Beyond it, `contacts.some(email[eq]:"x",name[eq]:"y")`
 * asks both of one record.
 */
import { assertNesting, conjoin, Leaf, newTree, refuse, type Tree } from "./tree.ts";

const FIELD = "filter";
const NAME = /[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)*/y;
const OPERATOR = /\[\s*(\w+)\s*\]\s*:/y;
/** What ends a value without quotes. */
const BARE = /[^,()[\]"']+/y;
const SPACE = /\s*/y;

class Scanner {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found ?? undefined;
  }

  /** Whether `sign` comes next; it is taken then. */
  take(sign: string): boolean {
    this.match(SPACE);
    if (this.text[this.at] !== sign) return false;
    this.at++;
    return true;
  }

  fail(expected: string): never {
    const rest = this.text.slice(this.at, this.at + 20);
    return refuse(`In filter, ${expected} is expected at ${this.at + 1}, where ${rest ? `"${rest}" stands` : "it ends"}.`, FIELD);
  }
}

/** `"a \"b\""`: a sign behind \ is itself. */
function quoted(scanner: Scanner): string | undefined {
  const quote = scanner.text[scanner.at];
  if (quote !== '"' && quote !== "'") return undefined;
  let value = "";
  for (let at = scanner.at + 1; at < scanner.text.length; at++) {
    const sign = scanner.text[at]!;
    if (sign === quote) {
      scanner.at = at + 1;
      return value;
    }
    const next = scanner.text[at + 1];
    if (sign === "\\" && (next === quote || next === "\\")) at++;
    value += sign === "\\" && (next === quote || next === "\\") ? next : sign;
  }
  return scanner.fail(`the other ${quote}`);
}

function scalar(scanner: Scanner): string {
  scanner.match(SPACE);
  return quoted(scanner) ?? scanner.match(BARE)?.[0].trim() ?? scanner.fail("a value");
}

function list(scanner: Scanner): string[] {
  const values: string[] = [];
  if (scanner.take("]")) return values;
  do values.push(scalar(scanner));
  while (scanner.take(","));
  if (!scanner.take("]")) scanner.fail(", or ]");
  return values;
}

/** A path of names around what is asked. */
const under = (path: readonly string[], inner: Tree | Leaf): Tree =>
  path.reduceRight<Tree | Leaf>((within, name) => Object.assign(newTree(), { [name]: within }), inner) as Tree;

function condition(scanner: Scanner, depth: number): Tree {
  assertNesting(depth, FIELD);
  scanner.match(SPACE);
  const name = scanner.match(NAME)?.[0] ?? scanner.fail("a field, and(, or( or not(");
  if (scanner.take("(")) {
    const inner = conditions(scanner, depth + 1);
    if (!scanner.take(")")) scanner.fail(", or )");
    if (name === "or") return Object.assign(newTree(), { or: inner });
    if (name === "and") return conjoin(inner);
    return under(name.split("."), conjoin(inner));
  }
  const operator = scanner.match(OPERATOR)?.[1] ?? scanner.fail("[comparison]:value, such as [eq]:1,");
  scanner.match(SPACE);
  const leaf = new Leaf(scanner.take("[") ? list(scanner) : scalar(scanner));
  return under([...name.split("."), operator], leaf);
}

function conditions(scanner: Scanner, depth: number): Tree[] {
  const found: Tree[] = [];
  do found.push(condition(scanner, depth));
  while (scanner.take(","));
  return found;
}

/** What a filter in this grammar means; a comma is AND. */
export function treeOfFunctions(text: string): Tree {
  const scanner = new Scanner(text);
  const found = conditions(scanner, 1);
  scanner.match(SPACE);
  if (scanner.at < text.length) scanner.fail("a comma or the end");
  return conjoin(found);
}

/** `["a", b]` as a list; undefined when it is not written as one. */
export function listOf(text: string): string[] | undefined {
  const scanner = new Scanner(text);
  try {
    if (!scanner.take("[")) return undefined;
    const values = list(scanner);
    scanner.match(SPACE);
    return scanner.at < text.length ? undefined : values;
  } catch {
    return undefined;
  }
}
