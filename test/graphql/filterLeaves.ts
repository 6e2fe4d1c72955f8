/** Random conditions on one field each, and beside them what they mean, in SQL that is written here. */
import pg from "pg";
import { CHOICES } from "./filterSamples.ts";
import { apiValue, FIELDS } from "./samples.ts";

export type Kind = "sample" | "company" | "person";
/** A condition on the row `alias`. */
export type Condition = (alias: string) => { filter: object; sql: string };

const text = pg.escapeLiteral;
const PLACES = "array['LOW', 'MEDIUM', 'HIGH', 'ALL']";
const COMPARES: Record<string, string> = { eq: "=", neq: "<>", gt: ">", gte: ">=", lt: "<", lte: "<=" };

/** Makes random conditions on one field. */
export function makeLeaves(random: (below: number) => number) {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const leaf =
    (name: string, operand: object, sql: (column: string) => string, column = name): Condition =>
    (alias) => ({
      filter: { [name]: operand },
      sql: sql(`${alias}.${column}`),
    });
  const compare = (name: string, type: string, values: readonly string[], toApi: (value: string) => unknown, column = name): Condition => {
    const literal = (value: string) => `${text(value)}::${type}`;
    if (random(5) === 0) {
      const list = values.filter(() => random(3) === 0);
      return leaf(name, { in: list.map(toApi) }, (c) => `${c} = any (array[${list.map(literal).join(", ")}]::${type}[])`, column);
    }
    const [operator, value] = [pick(Object.keys(COMPARES)), pick(values)];
    return leaf(name, { [operator]: toApi(value) }, (c) => `${c} ${COMPARES[operator]} ${literal(value)}`, column);
  };
  const isEmpty = (name: string, empty: (column: string) => string, column = name): Condition => {
    const is = pick(["NULL", "NOT_NULL"]);
    return leaf(name, { is }, (c) => (is === "NULL" ? empty(c) : `not (${empty(c)})`), column);
  };
  const isNull = (column: string) => `${column} is null`;
  const isBlank = (column: string) => `coalesce(${column}, '') = ''`;

  const texts = (name: string, values: readonly string[], column = name): Condition => {
    const value = pick(values);
    // A pattern may not end in a backslash.
    const part = value.slice(0, 1 + random(2)).replace(/\\$/, "b");
    const pattern = pick(["%", `${part}%`, `%${part}`, "_%", "a\\%b", "%B%"]);
    const regex = pick(["^.$", "^a", "[[:alpha:]]{2}", "b|Z", " "]);
    return pick<() => Condition>([
      () => compare(name, "text", values, (one) => one, column),
      () => leaf(name, { like: pattern }, (c) => `${c} ~~ ${text(pattern)}`, column),
      () => leaf(name, { ilike: pattern }, (c) => `${c} ~~* ${text(pattern)}`, column),
      () => leaf(name, { startsWith: part }, (c) => `left(${c}, ${[...part].length}) = ${text(part)}`, column),
      () => leaf(name, { endsWith: part }, (c) => `reverse(left(reverse(${c}), ${[...part].length})) = ${text(part)}`, column),
      () => leaf(name, { regex }, (c) => `regexp_count(${c}, ${text(regex)}) > 0`, column),
      () => leaf(name, { iregex: regex }, (c) => `regexp_count(${c}, ${text(regex)}, 1, 'i') > 0`, column),
      () => isEmpty(name, isBlank, column),
    ])();
  };
  const choice = (): Condition => {
    const [operator, value] = [pick(Object.keys(COMPARES)), pick(CHOICES)];
    const place = (one: string) => `array_position(${PLACES}, ${one})`;
    return leaf("choice", { [operator]: value }, (c) => `${place(c)} ${COMPARES[operator]} ${place(text(value))}`);
  };
  const tags = (): Condition => {
    const [one, list] = [pick(CHOICES), CHOICES.filter(() => random(2) === 0)];
    const array = `array[${list.map(text).join(", ")}]::text[]`;
    return pick<() => Condition>([
      () => leaf("tags", { eq: one }, (c) => `${c} = array[${text(one)}]`),
      () => leaf("tags", { neq: one }, (c) => `not ${c} = array[${text(one)}]`),
      () => leaf("tags", { in: list }, (c) => `cardinality(${c}) = 1 and ${c}[1] = any (${array})`),
      () =>
        leaf(
          "tags",
          { containsAny: list },
          (c) => `case when ${c} is not null then exists (select unnest(${c}) intersect select unnest(${array})) end`,
        ),
      () => leaf("tags", { isEmptyArray: true }, (c) => `${c} = '{}'`),
      () => leaf("tags", { isEmptyArray: false }, (c) => `${c} <> '{}'`),
      () => isEmpty("tags", (c) => `coalesce(${c}, '{}') = '{}'`),
    ])();
  };
  const words = (): Condition => {
    const pattern = pick(["%e%", "RED", "%", "blu\\%"]);
    return pick<() => Condition>([
      () =>
        leaf("words", { containsIlike: pattern }, (c) => `coalesce((select bool_or(w ~~* ${text(pattern)}) from unnest(${c}) w), false)`),
      () => isEmpty("words", (c) => `coalesce(array_length(${c}, 1), 0) = 0`),
    ])();
  };
  const details = (): Condition => {
    const [like, a] = [pick(['%"a": 1%', "%RED%"]), random(3)];
    return pick<() => Condition>([
      () => leaf("details", { like }, (c) => `${c}::text ~~* ${text(like)}`),
      () => leaf("details", { containsJson: { a } }, (c) => `(${c} -> 'a')::int = ${a}`),
      () => isEmpty("details", isNull),
    ])();
  };
  const inside =
    (name: string, condition: Condition): Condition =>
    (alias) => {
      const { filter, sql } = condition(alias);
      return { filter: { [name]: filter }, sql };
    };
  const composite = (): Condition =>
    pick<() => Condition>([
      () => inside("emails", texts("primaryEmail", ["ann1@a.test", "bob7@a.test"], "emails_primary_email")),
      () =>
        inside(
          "amount",
          compare("amountMicros", "numeric", ["0", "1000000", "2000000"], (value) => value, "amount_amount_micros"),
        ),
      () => inside("amount", isEmpty("currencyCode", isNull, "amount_currency_code")),
      () =>
        inside(
          "amount",
          leaf("currencyCode", { eq: "EUR" }, (c) => `${c} = 'EUR'`, "amount_currency_code"),
        ),
    ])();
  const scalar = (): Condition => {
    const field = pick(Object.keys(FIELDS).filter((name) => !["name", "choice", "flag"].includes(name)));
    const { sqlType, values } = FIELDS[field]!;
    return random(6) === 0 ? isEmpty(field, isNull) : compare(field, sqlType, values, (value) => apiValue(field, value));
  };
  const flag = (): Condition => {
    const [operator, value] = [pick(["eq", "neq"]), pick([true, false])];
    return leaf("flag", { [operator]: value }, (c) => `${c} ${COMPARES[operator]} ${value}`);
  };
  const LEAVES: Record<Kind, (() => Condition)[]> = {
    sample: [scalar, scalar, scalar, () => texts("name", FIELDS["name"]!.values), choice, flag, tags, words, details, composite],
    company: [
      () => compare("employees", "int4", ["10", "500", "5000", "20000"], Number),
      () => texts("industry", ["Technology", "Finance", "Retail"]),
      () => isEmpty("domainName", isBlank, "domain_name"),
    ],
    person: [() => texts("city", ["Berlin", "Paris", "London"]), () => texts("firstName", ["Anna", "Ben"], "first_name")],
  };
  const deleted = (): Condition => isEmpty("deletedAt", isNull, "deleted_at");
  return { pick, deleted, leafOf: (of: Kind): Condition => pick(LEAVES[of])() };
}
