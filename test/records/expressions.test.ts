/** Expressions as people write them: what they are read as, how they are printed, and what cannot be read. */
import { type Expression, parseExpression } from "../../src/records/expressions.ts";
import { rows, value } from "../db/support.ts";
import { useTestDatabase, withAdminDb } from "../helpers/db.ts";

const database = useTestDatabase();
const field = (name: string) => ({ field: name });
const op = (name: string, ...args: Expression[]) => ({ op: name, args });

it.each<[string, Expression]>([
  ["amount * 0.9", op("multiply", field("amount"), 0.9)],
  ['if(stage = "WON", amount, 0)', op("if", op("equals", field("stage"), "WON"), field("amount"), 0)],
  ['concat(firstName, " ", lastName)', op("concat", field("firstName"), " ", field("lastName"))],
  ["a + b + c - d", op("subtract", op("add", field("a"), field("b"), field("c")), field("d"))],
  ["a - b - c", op("subtract", op("subtract", field("a"), field("b")), field("c"))],
  ["a + b * c", op("add", field("a"), op("multiply", field("b"), field("c")))],
  ["(a + b) * c", op("multiply", op("add", field("a"), field("b")), field("c"))],
  ["a or b and not c", op("or", field("a"), op("and", field("b"), op("not", field("c"))))],
  ["a || b && !c", op("or", field("a"), op("and", field("b"), op("not", field("c"))))],
  ["orders = android", op("equals", field("orders"), field("android"))],
  ["a > 1 and a <= 2", op("and", op("greater", field("a"), 1), op("lessOrEqual", field("a"), 2))],
  ["a <> 1 or a != -2", op("or", op("notEquals", field("a"), 1), op("notEquals", field("a"), -2))],
  ["-a % 3", op("modulo", op("negate", field("a")), 3)],
  ["a = null", op("isNull", field("a"))],
  ["null != a", op("isNotNull", field("a"))],
  ["a ? 'x' : \"y\"", op("if", field("a"), "x", "y")],
  ["price.amountMicros / 1000000", op("divide", { field: "price", part: "amountMicros" }, 1_000_000)],
  ['date("2026-01-31") <= date(closeDate)', op("lessOrEqual", { date: "2026-01-31" }, op("date", field("closeDate")))],
  ['dateTime("2026-01-31T00:00:00Z")', { dateTime: "2026-01-31T00:00:00Z" }],
  ['"say \\"hi\\"\\n"', 'say "hi"\n'],
  ["true", true],
  ["null", null],
])("can read %s", (text, tree) => {
  expect(parseExpression(text)).toEqual(tree);
});

it.each([
  "",
  " ",
  "a b",
  "a; b",
  "a, b",
  "[1]",
  "a[0]",
  "a.b.c",
  "a?.b",
  "a.b()",
  "a()()",
  "this",
  "a === b",
  "a ** b",
  "a ?? b",
  "a | b",
  "~a",
  "typeof a",
  "new a",
  "`a`",
  "$" + "{a}",
  "/a/",
  "a => b",
  "a = ",
  "= a",
  "(a",
  "a)",
  "f(,)",
  "'a",
  "1.2.3",
  "0x10",
  "1e999",
  "a ? b",
  "{}",
  "@a",
  "#",
  "\\u0061",
  "1n",
  "(".repeat(5000),
  "-".repeat(5000),
  "!".repeat(5000),
  "a?".repeat(2500),
  "f(".repeat(2500),
  "1+".repeat(2500),
  "x".repeat(5001),
])("cannot read %j (EXPRESSION_INVALID)", (text) => {
  expect(() => parseExpression(text, "data.here")).toThrow(expect.objectContaining({ code: "EXPRESSION_INVALID", field: "data.here" }));
});

it("can print what it reads, and read that again as the same", () =>
  withAdminDb(database.adminUrl, async (db) => {
    const names = await rows<{ name: string; arity: number }>(
      db,
      "select name, cardinality(arguments) as arity from private.expression_operators order by 1, 2",
    );
    const literals: Expression[] = [field("a"), { field: "b", part: "c" }, 1, -2.5, 'x "y" \\ z', true, { date: "2026-01-31" }];
    const trees: Expression[] = names.map(({ name, arity }, n) =>
      op(name, ...Array.from({ length: arity }, (_, m) => literals[(n + m) % literals.length]!)),
    );
    expect(trees.length).toBeGreaterThan(60);
    // And within each other.
    trees.push(...trees.slice(0, -1).map((tree, n) => op("subtract", tree, trees[n + 1]!)));
    // What is written like a literal is one: -1 and date("…").
    const isLiteral = (tree: Expression) => /"op":"negate","args":\[-?[0-9]|"op":"date","args":\["/.test(JSON.stringify(tree));
    for (const tree of trees.filter((one) => !isLiteral(one))) {
      const printed = await value(db, "select private.print_expression($1)", [JSON.stringify(tree)]);
      expect([printed, parseExpression(printed)]).toEqual([printed, tree]);
    }
  }));
