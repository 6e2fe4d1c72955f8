/**
 * Random filters of samples, and beside each what it means, as a WHERE written here:
 * a second author of the same conditions, who knows nothing of how the API makes its own.
 */
import pg from "pg";
import type { Api } from "../helpers/server.ts";
import { apiValue, FIELDS, makeSamples } from "./samples.ts";

export type Random = (below: number) => number;
/** A condition on the row `alias`. */
type Condition = (alias: string) => { filter: object; sql: string };
type Kind = "sample" | "company" | "person";

const text = pg.escapeLiteral;
const PLACES = "array['LOW', 'MEDIUM', 'HIGH', 'ALL']";
const CHOICES = ["LOW", "MEDIUM", "HIGH", "ALL"];
const WORDS = ["red", "Green", "blu%", "", "ä"];

/** Samples with lists, JSON and composites besides their fields, joined to companies and people. */
export async function makeFilteredSamples(api: Api, count: number, random: Random): Promise<void> {
  await makeSamples(api, count);
  const FIND = "{ objects(first: 100) { nodes { id nameSingular } } }";
  const { data } = await api.metadata<{ objects: { nodes: { id: string; nameSingular: string }[] } }>(FIND);
  const idOf = (name: string) => data!.objects.nodes.find(({ nameSingular }) => nameSingular === name)!.id;
  const options = CHOICES.map((value) => ({ value }));
  for (const field of [
    { name: "tags", type: "MULTI_SELECT", options },
    { name: "words", type: "ARRAY" },
    { name: "details", type: "RAW_JSON" },
    { name: "emails", type: "EMAILS" },
    { name: "amount", type: "CURRENCY" },
    { name: "people", type: "RELATION", relation: { type: "MANY_TO_MANY", targetObjectId: idOf("person"), targetFieldName: "samples" } },
  ]) {
    const CREATE = "mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }";
    const { errors } = await api.metadata(CREATE, { data: { objectId: idOf("sample"), ...field } });
    if (errors) throw new Error(JSON.stringify({ field, errors }));
  }
  const some = <T>(list: readonly T[]): T[] => list.filter(() => random(3) === 0);
  const maybe = <T>(value: T): T | null => (random(4) === 0 ? null : value);
  for (const { id } of await api.sql<{ id: string }>("select id from sample order by id")) {
    await api.sql(
      `update sample set tags = $2, words = $3, details = $4, emails_primary_email = $5, amount_amount_micros = $6, amount_currency_code = $7,
         deleted_at = $8 where id = $1`,
      [
        id,
        maybe(some(CHOICES)),
        maybe(some(WORDS)),
        maybe(JSON.stringify({ a: random(3), b: some(WORDS) })),
        maybe(`${["ann", "bob"][random(2)]}${random(20)}@a.test`),
        maybe(random(4) * 1_000_000),
        maybe(["EUR", "USD"][random(2)]!),
        random(8) === 0 ? "2026-01-01" : null,
      ],
    );
  }
  await api.sql(`insert into sample_person (sample_id, person_id, deleted_at)
    select s.id, p.id, case when hashtext(s.id::text || p.n) % 7 = 0 then now() end
    from sample s, (select id, row_number() over (order by id) as n from person order by id limit 6) p where hashtext(p.n || s.id::text) % 4 = 0`);
  await api.sql("update person set deleted_at = now() where id = (select id from person order by id limit 1)");
  await api.sql(
    "update company set deleted_at = now() where id = (select company_id from sample where company_id is not null order by id limit 1)",
  );
  // As autovacuum would: plans of nested lists go wrong without it.
  await api.sql("analyze");
}

const COMPARES: Record<string, string> = { eq: "=", neq: "<>", gt: ">", gte: ">=", lt: "<", lte: "<=" };

/** Makes random filters of samples. */
export function makeFilters(random: Random): { next: () => { filter: object; sql: string } } {
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

  let aliases = 0;
  /** A list's records as a FROM and a WHERE over `many`. */
  type List = { name: string; of: Kind; rows: (alias: string, many: string) => string };
  const living = (many: string) => `${many}.deleted_at is null`;
  const LISTS: Record<Kind, List[]> = {
    sample: [
      {
        name: "people",
        of: "person",
        rows: (alias, many) =>
          `sample_person pair join person ${many} on ${many}.id = pair.person_id where pair.sample_id = ${alias}.id and pair.deleted_at is null and ${living(many)}`,
      },
    ],
    company: [
      { name: "samples", of: "sample", rows: (alias, many) => `sample ${many} where ${many}.company_id = ${alias}.id and ${living(many)}` },
      {
        name: "contacts",
        of: "person",
        rows: (alias, many) => `person ${many} where ${many}.company_id = ${alias}.id and ${living(many)}`,
      },
    ],
    person: [
      {
        name: "samples",
        of: "sample",
        rows: (alias, many) =>
          `sample_person pair join sample ${many} on ${many}.id = pair.sample_id where pair.person_id = ${alias}.id and pair.deleted_at is null and ${living(many)}`,
      },
    ],
  };
  const list = (of: Kind, depth: number): Condition => {
    const { name, of: other, rows } = pick(LISTS[of]);
    const [quantifier, condition, many] = [pick(["some", "every", "none"]), any(other, depth + 1), `m${aliases++}`];
    return (alias) => {
      const { filter, sql } = condition(many);
      const held =
        quantifier === "every"
          ? `count(*) filter (where (${sql}) is not true) = 0`
          : `count(*) filter (where ${sql}) ${quantifier === "some" ? ">" : "="} 0`;
      return { filter: { [name]: { [quantifier]: filter } }, sql: `(select ${held} from ${rows(alias, many)})` };
    };
  };
  const one = (depth: number): Condition => {
    const [condition, company] = [any("company", depth + 1), `o${aliases++}`];
    return (alias) => {
      const { filter, sql } = condition(company);
      const ids = `select ${company}.id from company ${company} where ${living(company)} and (${sql})`;
      return { filter: { company: filter }, sql: `coalesce(${alias}.company_id in (${ids}), false)` };
    };
  };
  const logic = (of: Kind, depth: number): Condition => {
    const parts = Array.from({ length: random(4) }, () => any(of, depth + 1));
    const name = pick(["and", "or", "not"] as const);
    const inner = any(of, depth + 1);
    return (alias) => {
      if (name === "not") {
        const { filter, sql } = inner(alias);
        return { filter: { not: filter }, sql: `not (${sql})` };
      }
      const all = parts.map((part) => part(alias));
      const joined = all.map(({ sql }) => `(${sql})`).join(` ${name} `);
      return { filter: { [name]: all.map(({ filter }) => filter) }, sql: joined || String(name === "and") };
    };
  };
  function any(of: Kind, depth: number): Condition {
    const turn = depth > 4 ? 9 : random(10);
    if (turn < 3) return logic(of, depth);
    if (turn === 3) return list(of, depth);
    if (turn === 4 && of !== "company") return of === "sample" ? one(depth) : list(of, depth);
    return pick(LEAVES[of])();
  }
  const deleted = (): Condition => isEmpty("deletedAt", isNull, "deleted_at");
  const next = () => {
    const { filter, sql } = any("sample", 0)("s");
    // A filter that speaks of deletion sees the deleted, too.
    if (random(8) > 0) return { filter, sql: `s.deleted_at is null and (${sql})` };
    const more = deleted()("s");
    return { filter: { or: [filter, more.filter] }, sql: `(${sql}) or (${more.sql})` };
  };
  return { next };
}
