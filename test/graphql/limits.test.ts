import { post, useApi } from "../helpers/server.ts";

const api = useApi();

const codes = async (query: string, variables?: Record<string, unknown>) => {
  const { status, data, errors } = await api.graphql(query, variables);
  return { status, hasData: data != null, codes: errors?.map(({ extensions }) => extensions.code) };
};
const refused = { status: 200, hasData: false, codes: ["LIMIT_EXCEEDED"] };
const allowed = { status: 200, hasData: true, codes: undefined };

/** A selection `depth` fields deep that is valid: people { nodes { company { contacts { nodes { company … */
function deep(depth: number): string {
  const names = ["people(first: 1)", "nodes"];
  while (names.length < depth - 1) names.push(...["company", "contacts(first: 1)", "nodes"].slice(0, depth - 1 - names.length));
  const leaf = names.at(-1)!.startsWith("contacts") || names.at(-1)!.startsWith("people") ? "totalCount" : "id";
  return `${names.map((name) => `{ ${name} `).join("")}{ ${leaf} ${"} ".repeat(depth)}`;
}

it("can ask 20 levels deep and not 21 (LIMIT_EXCEEDED)", async () => {
  expect(await codes(deep(20))).toEqual(allowed);
  expect(await codes(deep(21))).toEqual(refused);
});

it("cannot hide depth in fragments (LIMIT_EXCEEDED)", async () => {
  const spread = (body: string) =>
    `{ people(first: 1) { nodes { ...A } } } fragment A on Person { company { contacts(first: 1) { nodes { ...B } } } } fragment B on Person { ${body} }`;
  expect(await codes(spread("id"))).toEqual(allowed);
  let body = "id";
  for (let n = 0; n < 6; n++) body = `company { contacts(first: 1) { nodes { ${body} } } }`;
  expect(await codes(spread(body))).toEqual(refused);
  expect(await codes(spread(body.replaceAll("nodes {", "nodes { ... on Person {").replaceAll("} }", "} } }")))).toMatchObject({
    hasData: false,
  });
});

it("can ask 20 root fields and not 21 (LIMIT_EXCEEDED)", async () => {
  const roots = (count: number) => `{ ${Array.from({ length: count }, (_, n) => `a${n}: companies(first: 1) { totalCount }`).join(" ")} }`;
  expect(await codes(roots(20))).toEqual(allowed);
  expect(await codes(roots(21))).toEqual(refused);
});

it("cannot hide root fields in fragments, of a query or a mutation (LIMIT_EXCEEDED)", async () => {
  const fields = Array.from({ length: 21 }, (_, n) => `a${n}: companies(first: 1) { totalCount }`).join(" ");
  expect(await codes(`{ ...All } fragment All on Query { ${fields} }`)).toEqual(refused);
  expect(await codes(`{ ... on Query { ${fields} } }`)).toEqual(refused);
  const writes = Array.from({ length: 21 }, (_, n) => `a${n}: createNote(data: { title: "Too many" }) { id }`).join(" ");
  expect(await codes(`mutation { ... { ${writes} } }`)).toEqual(refused);
  expect(await codes(`mutation { ${writes} }`)).toEqual(refused);
  expect((await api.graphql('{ notes(filter: { title: { eq: "Too many" } }) { totalCount } }')).data).toEqual({ notes: { totalCount: 0 } });
});

it("can ask 2000 fields and not more (LIMIT_EXCEEDED)", async () => {
  const NINE = "fragment F on Company { id name industry employees address domainName position createdAt updatedAt }";
  const fields = (count: number) => `{ companies(first: 1) { nodes { ${"...F ".repeat(222)} ${"id ".repeat(count - 2000)} } } } ${NINE}`;
  expect(await codes(fields(2000))).toEqual(allowed);
  expect(await codes(fields(2001))).toEqual(refused);
});

it("can give 500 aliases and not more (LIMIT_EXCEEDED)", async () => {
  const fields = (count: number) =>
    `{ companies(first: 1) { nodes { ${Array.from({ length: count }, (_, n) => `f${n}: name`).join(" ")} } } }`;
  expect(await codes(fields(500))).toEqual(allowed);
  expect(await codes(fields(501))).toEqual(refused);
});

it("cannot multiply fields by fragments (LIMIT_EXCEEDED)", async () => {
  // Each fragment spreads the next one ten times: 10^6 fields in a few lines.
  const fragments = Array.from(
    { length: 6 },
    (_, n) => `fragment F${n} on Company { ${Array.from({ length: 10 }, (_, k) => (n === 5 ? `a${k}: id` : `...F${n + 1}`)).join(" ")} }`,
  );
  expect(await codes(`{ companies(first: 1) { nodes { ...F0 } } } ${fragments.join(" ")}`)).toEqual(refused);
});

it("cannot make a circle of fragments (GRAPHQL_VALIDATION_FAILED)", async () => {
  const circle = "{ companies { nodes { ...A } } } fragment A on Company { ...B } fragment B on Company { ...A }";
  expect(await codes(circle)).toEqual({ status: 200, hasData: false, codes: ["GRAPHQL_VALIDATION_FAILED"] });
});

it("cannot send a document of more than 10,000 tokens (GRAPHQL_PARSE_FAILED)", async () => {
  const document = (tokens: number) => `{ companies(filter: { employees: { in: [${"7 ".repeat(tokens)}] } }) { totalCount } }`;
  expect(await codes(document(9_900))).toEqual(allowed);
  expect(await codes(document(10_000))).toEqual({ status: 200, hasData: false, codes: ["GRAPHQL_PARSE_FAILED"] });
});

it("cannot nest a document out of the parser's stack (typed)", async () => {
  for (const query of [
    `${"{ a ".repeat(4000)}${"}".repeat(4000)}`,
    `{ companies(filter: ${"{ not: ".repeat(3000)}{}${"}".repeat(3000)}) { totalCount } }`,
    `{ a(b: ${"[".repeat(4000)}${"]".repeat(4000)}) }`,
  ]) {
    const answer = await codes(query);
    expect(answer).toMatchObject({ status: 200, hasData: false });
    expect(answer.codes).not.toContain("INTERNAL_ERROR");
  }
});

it("cannot nest a filter in variables without end (typed)", async () => {
  let filter: object = { name: { is: "NOT_NULL" } };
  for (let n = 0; n < 3000; n++) filter = { not: filter };
  const answer = await codes("query ($filter: CompanyFilterInput) { companies(filter: $filter) { totalCount } }", { filter });
  expect(answer.codes ?? []).not.toContain("INTERNAL_ERROR");
  expect(answer.status).toBeLessThan(500);
});

it("cannot send a body of more than 8 MB (BODY_TOO_LARGE)", async () => {
  const QUERY = "query ($name: String) { companies(filter: { name: { eq: $name } }) { totalCount } }";
  expect(await codes(QUERY, { name: "a".repeat(900_000) })).toEqual(allowed);
  for (const path of ["/graphql", "/metadata"]) {
    const answer = await post(api.url, path, await api.tokenOf("owner@acme.test"), QUERY, { name: "a".repeat(8_400_000) });
    expect(answer).toMatchObject({ status: 413, errors: [{ extensions: { code: "BODY_TOO_LARGE" } }] });
  }
  expect(await codes("{ __typename }")).toEqual(allowed);
});

it("cannot get more than 20 faults of a document told", async () => {
  const { errors } = await api.graphql(
    `{ ${Array.from({ length: 15 }, (_, n) => `a${n}: nope(x: ${n}) b${n}: companies(nope: 1) { totalCount }`)
      .slice(0, 10)
      .join(" ")} companies { ${"nope ".repeat(100)} } }`,
  );
  expect(errors!.length).toBeLessThanOrEqual(21);
});
