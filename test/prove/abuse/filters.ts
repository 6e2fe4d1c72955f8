/** Lists and patterns without end, and what nobody in particular may ask. */
import { getIntrospectionQuery } from "graphql";
import { assertNone, type Check } from "../group.ts";
import { faultOf } from "./faultOf.ts";
import type { AbuseWorld } from "./world.ts";

const list = (count: number, make: (n: number) => unknown) => Array.from({ length: count }, (_, n) => make(n));
const nested = (depth: number): object => (depth ? { or: [nested(depth - 1), { not: { name: { eq: "x" } } }] } : { name: { eq: "y" } });
const FILTERS: [string, object][] = [
  ["100,000 ids in a list", { id: { in: list(100_000, (n) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`) } }],
  ["5,000 alternatives", { or: list(5000, (n) => ({ name: { eq: `n${n}` } })) }],
  ["12 levels of or", nested(12)],
  ["a regular expression that explodes", { name: { iregex: "(x+x+)+y" } }],
  ["a regular expression that is none", { name: { iregex: "((((" } }],
  ["a pattern of 5,000 wildcards", { name: { like: "%a".repeat(5000) } }],
  ["a search of 20,000 words", { searchVector: { search: "word ".repeat(20_000) } }],
  ["a search of operators", { searchVector: { search: "&|!():*<-> '\\" } }],
];

async function filters(world: AbuseWorld): Promise<void> {
  const QUERY = "query ($f: CompanyFilterInput) { companies(filter: $f, first: 1) { totalCount } }";
  const found: string[] = [];
  for (const [name, filter] of FILTERS) {
    const startedAt = performance.now();
    const { status, text } = await world.send("/graphql", JSON.stringify({ query: QUERY, variables: { f: filter } }));
    const ms = performance.now() - startedAt;
    const fault = faultOf(status, text) ?? (ms > 12_000 ? `answered after ${Math.round(ms)} ms` : undefined);
    if (fault) found.push(`${name}: ${fault}`);
  }
  assertNone(found, "filters that did harm");
  await world.assertWell();
}

/** Who has no token is told nothing of the schema. */
async function anonymous(world: AbuseWorld): Promise<void> {
  const found: string[] = [];
  for (const path of ["/graphql", "/metadata"])
    for (const query of [
      getIntrospectionQuery(),
      '{ __type(name: "Company") { name } }',
      "{ compani }",
      "{ companies { nam } }",
      "mutation { createCompan { id } }",
    ]) {
      const { status, text } = await world.send(path, JSON.stringify({ query }), { authorization: "" });
      if (status !== 401 || /Did you mean|Company|compan/i.test(text.replaceAll(query, "")))
        found.push(`${path} ${query.slice(0, 40)}: ${status} ${text.slice(0, 200)}`);
    }
  assertNone(found, "words of the schema for nobody");
}

export const filterChecks: Check<AbuseWorld>[] = [
  { id: "C41", title: "lists, alternatives, patterns and searches without end: bounded", run: filters },
  { id: "C43", title: "who is not signed in learns no name of the schema", run: anonymous },
];
