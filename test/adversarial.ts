/** Requests that mean harm, each with the codes that may answer it: test/graphql/adversarial.test.ts sends them, `npm run bench -- refusals` measures them. */
export type Attack = { name: string; body: string; codes: string[] };

const repeat = (count: number, make: (n: number) => string, between = " ") =>
  Array.from({ length: count }, (_, n) => make(n)).join(between);
const asBody = (query: string, variables?: unknown) => JSON.stringify({ query, variables });
const TOO_MUCH = ["LIMIT_EXCEEDED"];
const INVALID = ["GRAPHQL_VALIDATION_FAILED"];
const LARGE = ["GRAPHQL_PARSE_FAILED", "LIMIT_EXCEEDED"];

/** { people { nodes { company { contacts { nodes { … */
function deep(depth: number): string {
  const names = ["people", "nodes"];
  while (names.length < depth) names.push("company", "contacts", "nodes");
  return `${names
    .slice(0, depth)
    .map((name) => `{ ${name} `)
    .join("")}{ id }${" }".repeat(depth)}`;
}

const nestedVariable = (depth: number) =>
  `{"query":"query ($f: CompanyFilterInput) { companies(filter: $f) { totalCount } }","variables":{"f":${'{"not":'.repeat(depth)}{}${"}".repeat(depth)}}}`;
const nestedLists = (depth: number) =>
  `{"query":"query ($f: [UUID!]) { companies(filter: { id: { in: $f } }) { totalCount } }","variables":{"f":${"[".repeat(depth)}${"]".repeat(depth)}}}`;

export const ATTACKS: Attack[] = [
  { name: "50 levels", body: asBody(deep(50)), codes: TOO_MUCH },
  { name: "3,000 levels", body: asBody(deep(3000)), codes: LARGE },
  { name: "1,000 aliases", body: asBody(`{ companies(first: 1) { nodes { ${repeat(1000, (n) => `a${n}: id`)} } } }`), codes: TOO_MUCH },
  { name: "1,000 aliases of root fields", body: asBody(`{ ${repeat(1000, (n) => `a${n}: companies { totalCount }`)} }`), codes: TOO_MUCH },
  { name: "21 mutations in one", body: asBody(`mutation { ${repeat(21, (n) => `a${n}: createNote(data: {}) { id }`)} }`), codes: TOO_MUCH },
  { name: "first: 1e9", body: asBody("{ companies(first: 1000000000) { nodes { id } } }"), codes: TOO_MUCH },
  {
    name: "first: 1e9 in a variable",
    body: asBody("query ($n: Int) { companies(first: $n) { nodes { id } } }", { n: 1e9 }),
    codes: TOO_MUCH,
  },
  { name: "first: 1e10, which is no Int", body: asBody("{ companies(first: 10000000000) { nodes { id } } }"), codes: INVALID },
  {
    name: "four lists of 1,000 in each other",
    body: asBody(
      "{ companies(first: 1000) { nodes { contacts(first: 1000) { nodes { noteTargets(first: 1000) { nodes { note { attachments(first: 1000) { nodes { id } } } } } } } } } }",
    ),
    codes: TOO_MUCH,
  },
  { name: "a body of 10 MB", body: asBody("{ companies { totalCount } }", { padding: "x".repeat(10_000_000) }), codes: ["BODY_TOO_LARGE"] },
  {
    name: "a circle of fragments",
    body: asBody("{ companies { nodes { ...A } } } fragment A on Company { ...B } fragment B on Company { ...A }"),
    codes: INVALID,
  },
  {
    name: "a circle of 200 fragments",
    body: asBody(`{ companies { nodes { ...F0 } } } ${repeat(200, (n) => `fragment F${n} on Company { ...F${(n + 1) % 200} }`)}`),
    codes: INVALID,
  },
  {
    name: "10^12 fields by fragments",
    body: asBody(
      `{ companies { nodes { ...F0 } } } ${repeat(12, (n) => `fragment F${n} on Company { ${repeat(10, () => (n === 11 ? "id" : `...F${n + 1}`))} }`)}`,
    ),
    codes: TOO_MUCH,
  },
  { name: "10,000 directives", body: asBody(`{ companies ${"@skip(if: false) ".repeat(10_000)} { totalCount } }`), codes: LARGE },
  { name: "4,000 short directives", body: asBody(`{ companies ${"@a ".repeat(4000)} { totalCount } }`), codes: TOO_MUCH },
  { name: "10,000 fields", body: asBody(`{ companies { nodes { ${"id ".repeat(9900)} } } }`), codes: TOO_MUCH },
  {
    name: "2,400 variables",
    body: asBody(`query (${repeat(2400, (n) => `$v${n}: Int`)}) { companies { totalCount } }`),
    codes: [...INVALID, ...LARGE],
  },
  {
    name: "60,000 variables that nobody declared",
    body: asBody("{ nope }", Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [`v${n}`, n]))),
    codes: INVALID,
  },
  { name: "a variable 100 levels deep", body: nestedVariable(100), codes: TOO_MUCH },
  { name: "a variable 50,000 levels deep", body: nestedVariable(50_000), codes: [...TOO_MUCH, "BAD_INPUT"] },
  { name: "lists in lists, 100,000 levels", body: nestedLists(100_000), codes: [...TOO_MUCH, "BAD_INPUT"] },
  {
    name: "a literal 3,000 levels deep",
    body: asBody(`{ companies(filter: ${"{ not: ".repeat(3000)}{}${" }".repeat(3000)}) { totalCount } }`),
    codes: LARGE,
  },
  { name: "100,000 braces", body: asBody("{".repeat(100_000)), codes: LARGE },
  {
    name: "fields that might overlap, in 60 fragments",
    body: asBody(
      `{ companies { nodes { ${repeat(60, (n) => `...F${n}`)} } } } ${repeat(60, (n) => `fragment F${n} on Company { ${repeat(60, (k) => `a${k}: id`)} }`)}`,
    ),
    codes: LARGE,
  },
  { name: "1,000 operations", body: asBody(repeat(1000, (n) => `query Q${n} { __typename }`)), codes: ["BAD_INPUT", ...INVALID, ...LARGE] },
  { name: "a name of 100,000 letters", body: asBody(`{ ${"a".repeat(100_000)} }`), codes: INVALID },
  { name: "what is no JSON", body: '{"query": ', codes: ["BAD_INPUT"] },
  { name: "no document", body: "{}", codes: ["BAD_INPUT"] },
  {
    name: "20,001 rows in one mutation",
    body: asBody("mutation ($d: [CompanyCreateInput!]!) { createCompanies(data: $d) { id } }", {
      d: Array.from({ length: 20_001 }, () => ({})),
    }),
    codes: [...TOO_MUCH, ...INVALID],
  },
];
