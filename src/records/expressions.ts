/**
 * Expressions as people write them, `if(stage = "WON", amount * 0.9, 0)`, become the
 * tree that private.compile_expression knows. What the names mean, and whether the
 * types fit, is for the database to say.
 */
import jsep from "jsep";
import { RelataError } from "../errors.ts";

export type Expression =
  | string
  | number
  | boolean
  | null
  | { field: string; part?: string }
  | { date: string }
  | { dateTime: string }
  | { op: string; args: Expression[] };

const MAX_LENGTH = 5000;
export const MAX_DEPTH = 100;

/** `joins`: more arguments may follow, so that a + b + c is one sum. */
const BINARY: Record<string, { op: string; joins?: boolean }> = {
  or: { op: "or", joins: true },
  "||": { op: "or", joins: true },
  and: { op: "and", joins: true },
  "&&": { op: "and", joins: true },
  "=": { op: "equals" },
  "==": { op: "equals" },
  "!=": { op: "notEquals" },
  "<>": { op: "notEquals" },
  "<": { op: "less" },
  "<=": { op: "lessOrEqual" },
  ">": { op: "greater" },
  ">=": { op: "greaterOrEqual" },
  "+": { op: "add", joins: true },
  "-": { op: "subtract" },
  "*": { op: "multiply", joins: true },
  "/": { op: "divide" },
  "%": { op: "modulo" },
};

// The library knows JavaScript's operators; ours are these, and no others.
jsep.removeAllBinaryOps();
jsep.removeAllUnaryOps();
for (const [precedence, symbols] of [
  ["or", "||"],
  ["and", "&&"],
  ["=", "==", "!=", "<>"],
  ["<", "<=", ">", ">="],
  ["+", "-"],
  ["*", "/", "%"],
].entries()) {
  for (const symbol of symbols) jsep.addBinaryOp(symbol, precedence + 1);
}
for (const symbol of ["-", "!", "not"]) jsep.addUnaryOp(symbol);

/** Throws EXPRESSION_INVALID. */
export const refuse = (message: string, path: string): never => {
  throw new RelataError("EXPRESSION_INVALID", message, { field: path });
};

type Node = { type: string; [key: string]: unknown };

/** Compared with null, everything is null; who writes `= null` means another thing. */
const NULL_CHECKS: Record<string, string> = { equals: "isNull", notEquals: "isNotNull" };

function call(op: string, args: Expression[], joins = false): Expression {
  const check = NULL_CHECKS[op];
  if (check && args.length === 2 && args.includes(null)) return { op: check, args: [args.find((arg) => arg !== null) ?? null] };
  const [first] = args;
  const isChain = joins && typeof first === "object" && first !== null && "op" in first && first.op === op;
  return { op, args: isChain ? [...first.args, ...args.slice(1)] : args };
}

/** `date("2026-01-31")` is a literal; `date(closeDate)` is an operator. */
function named(op: string, args: Expression[]): Expression {
  const [first] = args;
  if (op === "date" && args.length === 1 && typeof first === "string") return { date: first };
  if (op === "dateTime" && args.length === 1 && typeof first === "string") return { dateTime: first };
  return call(op, args);
}

function toTree(node: Node, path: string): Expression {
  const sub = (child: unknown) => toTree(child as Node, path);
  switch (node.type) {
    case "Literal": {
      const { value } = node as unknown as { value: string | number | boolean | null };
      return value === Number.POSITIVE_INFINITY ? refuse("A number is too large.", path) : value;
    }
    case "Identifier":
      return { field: String(node["name"]) };
    case "MemberExpression": {
      const { object, property, computed, optional } = node as unknown as Record<"object" | "property", Node> &
        Record<"computed" | "optional", boolean>;
      if (computed || optional || object.type !== "Identifier") return refuse("A part of a field is written field.part.", path);
      return { field: String(object["name"]), part: String(property["name"]) };
    }
    case "UnaryExpression": {
      const argument = sub(node["argument"]);
      if (node["operator"] !== "-") return call("not", [argument]);
      return typeof argument === "number" ? -argument : call("negate", [argument]);
    }
    case "BinaryExpression": {
      const { op, joins } = BINARY[String(node["operator"])]!;
      return call(op, [sub(node["left"]), sub(node["right"])], joins);
    }
    case "ConditionalExpression":
      return call("if", [sub(node["test"]), sub(node["consequent"]), sub(node["alternate"])]);
    case "CallExpression": {
      const callee = node["callee"] as Node;
      if (callee.type !== "Identifier") return refuse("A function is called by its name.", path);
      return named(String(callee["name"]), (node["arguments"] as Node[]).map(sub));
    }
    default:
      return refuse("This is not one expression.", path);
  }
}

/** How deep brackets nest: the library calls itself for each, and so do we. */
function assertShallow(text: string, path: string): void {
  let depth = 0;
  for (const letter of text) {
    if ("([".includes(letter) && ++depth > MAX_DEPTH) refuse("Brackets nest too deep.", path);
    if (")]".includes(letter)) depth--;
  }
}

/** The tree of a text; EXPRESSION_INVALID at `path` when it cannot be read. */
export function parseExpression(text: string, path = "data.expression"): Expression {
  if (text.length > MAX_LENGTH) refuse(`An expression has at most ${MAX_LENGTH} characters.`, path);
  assertShallow(text, path);
  try {
    return toTree(jsep(text), path);
  } catch (error) {
    if (error instanceof RelataError) throw error;
    // The library says where ("… at character 7"); a RangeError is one that nests too deep in other ways.
    const where = /at character \d+$/.exec((error as Error).message)?.[0];
    return refuse(where ? `The expression cannot be read ${where}.` : "The expression cannot be read.", path);
  }
}
