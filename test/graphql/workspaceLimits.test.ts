/** What an operation may ask for: by its records, its rows to write, and what its workspace says. */

import { send } from "../helpers/send.ts";
import { useApi } from "../helpers/server.ts";
import "../helpers/slow.ts";

const api = useApi();
const told = async (query: string, variables?: Record<string, unknown>, email?: string) => {
  const { data, errors } = await api.graphql(query, variables, email);
  return errors ? { hasData: data != null, ...errors[0]!.extensions, message: errors[0]!.message } : { hasData: data != null };
};
const allowed = { hasData: true };
const refused = (message: string, field?: string) => ({ hasData: false, code: "LIMIT_EXCEEDED", message, ...(field && { field }) });
const limit = (limits: object) => api.sql("update core.workspaces set limits = $1 where subdomain = 'acme'", [JSON.stringify(limits)]);
const cost = (rows: number, limit = 1_000_000) =>
  refused(`The operation asks for ${rows} records, were every page full; the limit is ${limit}.`);

/** Lists in lists, a size each. */
const nested = (...sizes: (number | string)[]): string => {
  const names = ["companies", "contacts", "noteTargets", "attachments"];
  const inner = sizes.reduceRight<string>((body, size, n) => `${names[n]}(first: ${size}) { nodes { id ${body} } }`, "");
  return `{ ${inner} }`;
};

describe("by the records of its pages", () => {
  it("can read 1,000 lists of 999 and not 1,000 lists of 1,000, and tells the figure and the limit", async () => {
    expect(await told(nested(1000, 999))).toEqual(allowed);
    expect(await told(nested(1000, 1000))).toEqual(cost(1_001_000));
  });

  it("can count pages that nobody sized, by the size that they have", async () => {
    const query = "{ companies { nodes { contacts { nodes { noteTargets { nodes { id } } } } } } }";
    expect(await told(query)).toEqual(allowed); // 60 + 60² + 60³
    const deeper = query.replace("{ id }", "{ note { noteTargets { nodes { id } } } }");
    expect(await told(deeper)).toEqual(cost(60 + 60 ** 2 + 60 ** 3 + 60 ** 4));
  });

  it.each<[string, string, Record<string, unknown>]>([
    ["in a variable", "query ($n: Int!) { companies(first: $n) { nodes { contacts(first: $n) { nodes { id } } } } }", { n: 1000 }],
    ["in a variable's default", "query ($n: Int = 1000) { companies(first: $n) { nodes { contacts(first: $n) { nodes { id } } } } }", {}],
    ["by last", "{ companies(last: 1000) { nodes { contacts(last: 1000) { nodes { id } } } } }", {}],
    ["in edges", "{ companies(first: 1000) { edges { node { contacts(first: 1000) { edges { node { id } } } } } } }", {}],
    [
      "in fragments",
      "{ ...A } fragment A on Query { companies(first: 1000) { ...B } } fragment B on CompanyConnection { nodes { ... on Company { contacts(first: 1000) { nodes { id } } } } }",
      {},
    ],
  ])("cannot hide the size of pages %s (LIMIT_EXCEEDED)", async (_where, query, variables) => {
    expect(await told(query, variables)).toEqual(cost(1_001_000));
  });

  it("can use one document with small pages and large ones, in any turn", async () => {
    const query = "query ($n: Int) { companies(first: $n) { nodes { contacts(first: $n) { nodes { id } } } } }";
    for (const n of [2, 1000, 3, null, 1000]) expect(await told(query, { n })).toEqual(n === 1000 ? cost(1_001_000) : allowed);
  });

  it("can add up what stands side by side", async () => {
    const roots = (count: number) =>
      `{ ${Array.from({ length: count }, (_, n) => `a${n}: companies(first: 10) { nodes { contacts(first: 1000) { totalCount } } }`).join(" ")} }`;
    expect(await told(roots(20))).toEqual(allowed);
    const full = roots(20)
      .replaceAll("{ totalCount }", "{ nodes { people: company { contacts(first: 100) { nodes { id } } } } }")
      .replaceAll("first: 10)", "first: 5)");
    expect(await told(full)).toEqual(cost(20 * (5 + 5 * 1000 + 5 * 1000 * 100)));
  });

  it("can count a list of which only the total is asked for as none", async () => {
    expect(await told("{ companies(first: 1000) { nodes { contacts(first: 1000) { totalCount } } } }")).toEqual(allowed);
  });

  it("can count groups, the records of each, and the lists in them", async () => {
    const groups = (args: string, inner: string) => `{ companiesGroupBy(groupBy: [{ industry: true }]${args}) { totalCount ${inner} } }`;
    expect(await told(groups("", "nodes { id contacts { nodes { id } } }"))).toEqual(allowed); // 50 × 10 × (1 + 60)
    const most = groups(", limit: 50, firstForRecords: 100", "nodes { id contacts(first: 1000) { nodes { id } } }");
    expect(await told(most)).toEqual(cost(50 * (1 + 100 * 1001)));
    expect(await told(groups(", limit: 50", ""))).toEqual(allowed);
  });

  it("can count what is asked of each of several records", async () => {
    const query = "query ($ids: [UUID!]) { companyDuplicates(ids: $ids) { nodes { contacts(first: 1000) { nodes { id } } } } }";
    const ids = Array.from({ length: 100 }, () => "00000000-0000-0000-0000-000000000000");
    expect(await told(query, { ids })).toEqual(cost(100 * (1 + 60 * 1001)));
  });

  it("cannot read a page of 1e9 (LIMIT_EXCEEDED)", async () => {
    expect(await told("{ companies(first: 1000000000) { nodes { id } } }")).toMatchObject({ code: "LIMIT_EXCEEDED", field: "first" });
  });
});

describe("by what its workspace says", () => {
  afterEach(() => limit({}));

  it.each<[object, string, ReturnType<typeof refused>]>([
    [{ rows: 100 }, nested(10, 10), cost(110, 100)],
    [{ depth: 4 }, nested(1, 1), refused("The operation asks for 5 levels; the limit is 4.")],
    [{ fields: 3 }, nested(1, 1), refused("The operation asks for 6 fields; the limit is 3.")],
    [{ aliases: 1 }, "{ a: companies(first: 1) { b: nodes { id } } }", refused("The operation asks for 2 aliases; the limit is 1.")],
    [
      { rootFields: 1 },
      "{ a: companies(first: 1) { totalCount } b: people(first: 1) { totalCount } }",
      refused("The operation asks for 2 root fields; the limit is 1."),
    ],
    [{ pageSize: 5 }, nested(6), refused("The operation asks for 6 records by first; the limit is 5.", "first")],
  ])("cannot ask for more than %j, at once and for its members alone (LIMIT_EXCEEDED)", async (limits, query, answer) => {
    expect(await told(query)).toEqual(allowed);
    await limit(limits);
    expect(await told(query)).toEqual(answer);
    expect(await told(query, {}, "member@acme.test")).toEqual(answer);
    expect(await told(query, {}, "owner@globex.test")).toEqual(allowed);
    await limit({});
    expect(await told(query)).toEqual(allowed);
  });

  it("cannot ask for a page of the usual size where less is allowed (LIMIT_EXCEEDED)", async () => {
    await limit({ pageSize: 5 });
    expect(await told("{ companies { nodes { id } } }")).toEqual(
      refused("The operation asks for 60 records by default; the limit is 5.", "default"),
    );
    expect(await told("{ companies(first: 5) { nodes { id } } }")).toEqual(allowed);
  });

  it.each<[string, string, Record<string, unknown>]>([
    ["in a literal", 'mutation { createCompanies(data: [{ name: "Batch" }, { name: "Batch" }, { name: "Batch" }]) { id } }', {}],
    [
      "in a variable",
      "mutation ($d: [CompanyCreateInput!]!) { createCompanies(data: $d) { id } }",
      { d: [1, 2, 3].map(() => ({ name: "Batch" })) },
    ],
  ])("cannot write a larger batch than is allowed, %s (LIMIT_EXCEEDED)", async (_where, query, variables) => {
    await limit({ batchSize: 2 });
    expect(await told(query, variables)).toEqual(refused("The operation asks for 3 records to write in data; the limit is 2.", "data"));
    expect(await api.sql("select 1 from company where name = 'Batch'")).toEqual([]);
    await limit({ batchSize: 3 });
    expect(await told(query, variables)).toEqual(allowed);
    await api.sql("delete from company where name = 'Batch'");
  });

  it("can ask for more than the configuration says", async () => {
    await limit({ rows: 2_000_000, depth: 30 });
    expect(await told(nested(1000, 1000))).toEqual(allowed);
  });

  it("cannot send a body larger than the workspace allows (BODY_TOO_LARGE)", async () => {
    await limit({ bodyBytes: 500 });
    await api.graphql("{ __typename }"); // learns it
    const large = { query: "{ companies { totalCount } }", variables: { padding: "x".repeat(1000) } };
    expect(await send(api, large)).toMatchObject({ status: 413, errors: [{ extensions: { code: "BODY_TOO_LARGE" } }] });
    expect((await send(api, large, {}, { email: "owner@globex.test" })).status).toBe(200);
  });

  it("cannot run a statement for longer than the workspace allows (QUERY_TIMEOUT)", async () => {
    await api.sql("insert into company (name) select 'Slow ' || n from generate_series(1, 20000) n");
    await limit({ statementTimeoutMs: 1 });
    const query = '{ companies(filter: { name: { ilike: "%w%w%w%" } }) { totalCount } }';
    expect((await api.graphql(query)).errors).toMatchObject([{ extensions: { code: "QUERY_TIMEOUT" } }]);
    await limit({});
    expect((await api.graphql(query)).errors).toBeUndefined();
  });

  it.each(['{"depht": 3}', '{"depth": 0}', '{"depth": 1.5}', '{"depth": "3"}', '{"depth": null}', "[]", "7"])(
    "cannot be %s",
    async (limits) => {
      await expect(api.sql("update core.workspaces set limits = $1 where subdomain = 'acme'", [limits])).rejects.toMatchObject({
        code: "23514",
      });
    },
  );
});
