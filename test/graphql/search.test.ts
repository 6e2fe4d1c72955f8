/** Search over all objects: by words, by their beginnings, without accents, with slips of the keys, page by page. */
import { useApi } from "../helpers/server.ts";
import "../helpers/slow.ts";

const api = useApi();

type Node = { recordId: string; objectNameSingular: string; objectLabelSingular: string; label: string; tsRank: number; tsRankCD: number };
type Search = { search: { edges: { cursor: string; node: Node }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } } };
const SEARCH = `query ($searchInput: String!, $limit: Int!, $after: String, $in: [String!], $out: [String!], $filter: ObjectRecordFilterInput) {
  search(searchInput: $searchInput, limit: $limit, after: $after, includedObjectNameSingulars: $in, excludedObjectNameSingulars: $out, filter: $filter) {
    edges { cursor node { recordId objectNameSingular objectLabelSingular label imageUrl tsRank tsRankCD } }
    pageInfo { hasNextPage endCursor }
  }
}`;
const ask = (searchInput: string, more: object = {}, email?: string) =>
  api.graphql<Search>(SEARCH, { searchInput, limit: 20, ...more }, email);
async function find(searchInput: string, more: object = {}, email?: string): Promise<Node[]> {
  const { data, errors } = await ask(searchInput, more, email);
  expect(errors).toBeUndefined();
  return data!.search.edges.map(({ node }) => node);
}
const labels = async (...args: Parameters<typeof find>) => (await find(...args)).map(({ label }) => label);

beforeAll(async () => {
  await api.sql(
    "insert into company (name, domain_name) values ('Zürcher Käserei', 'kaeserei.zuerich.example'), ('Zebrafish Optics', null), ('Zebra Optics', null)",
  );
  await api.sql(
    `insert into person (first_name, last_name, email) values ('Zoë', 'Quibbleworth', 'zoe@quibble.example'), ('Quentin', 'Zebra', 'q+z@optics.example')`,
  );
  await api.sql("insert into note (title, body) values ('Zebra crossing', 'seen by Zoë'), ('漢字会社', null)");
});

it.each<[string, string, string[]]>([
  ["a word", "Zebra", ["Zebra Optics", "Quentin Zebra", "Zebra crossing", "Zebrafish Optics"]],
  ["the beginning of a word", "quibblew", ["Zoë Quibbleworth"]],
  ["two words, those with both first", "zebra optics", ["Zebra Optics"]],
  ["words in capitals", "ZEBRA CROSSING", ["Zebra crossing"]],
  ["a word with an accent, written without", "zurcher kaserei", ["Zürcher Käserei"]],
  ["a word without an accent, written with one", "Quibblewörth", ["Zoë Quibbleworth"]],
  ["an accent as a sign of its own", "Zu\u0308rcher", ["Zürcher Käserei"]],
  ["a part of an address", "quibble.example", ["Zoë Quibbleworth"]],
  ["a whole address", "zoe@quibble.example", ["Zoë Quibbleworth"]],
  ["another script", "漢字", ["漢字会社"]],
  ["slips of the keys", "Quiblewort", ["Zoë Quibbleworth"]],
  ["letters that changed places", "Quibblewroth", ["Zoë Quibbleworth"]],
])("can find by %s: %s", async (_what, searchInput, wanted) => {
  expect(await labels(searchInput)).toEqual(expect.arrayContaining(wanted));
  expect((await labels(searchInput))[0]).toBe(wanted[0]);
});

it.each(["", " ", "!&|():*'\\", "\\", "zzqxv"])("can find nothing by %j", async (searchInput) => {
  expect(await find(searchInput)).toEqual([]);
});

it("can tell of each record what it is and what it is called", async () => {
  const [first] = await find("Zürcher");
  const [row] = await api.sql<{ id: string }>("select id from company where name = 'Zürcher Käserei'");
  expect(first).toEqual({
    recordId: row!.id,
    objectNameSingular: "company",
    objectLabelSingular: "Company",
    label: "Zürcher Käserei",
    imageUrl: "",
    tsRank: expect.any(Number),
    tsRankCD: expect.any(Number),
  });
});

it("can look through some objects only, and through all but some", async () => {
  const kinds = async (more: object) =>
    [...new Set((await find("zebra", more)).map(({ objectNameSingular }) => objectNameSingular))].sort();
  expect(await kinds({})).toEqual(["company", "note", "person"]);
  expect(await kinds({ in: ["note", "nope"] })).toEqual(["note"]);
  expect(await kinds({ out: ["note", 'a"b\\c,{'] })).toEqual(["company", "person"]);
  expect(await kinds({ in: ["note", "person"], out: ["note"] })).toEqual(["person"]);
  expect(await kinds({ in: [] })).toEqual([]);
});

it("can filter what it finds", async () => {
  const [row] = await api.sql<{ id: string }>("select id from company where name = 'Zebra Optics'");
  const filters: [object, string[]][] = [
    [{ id: { eq: row!.id } }, ["Zebra Optics"]],
    [{ id: { in: [row!.id] }, createdAt: { gt: "2000-01-01" } }, ["Zebra Optics"]],
    [{ and: [{ id: { eq: row!.id } }, { not: { createdAt: { lt: "2000-01-01T00:00:00Z" } } }] }, ["Zebra Optics"]],
    [{ or: [{ createdAt: { lt: "2000-01-01" } }, { id: { eq: row!.id } }] }, ["Zebra Optics"]],
    [{ or: [] }, []],
    [{ deletedAt: { is: "NOT_NULL" } }, []],
  ];
  for (const [filter, wanted] of filters) expect([filter, await labels("zebra", { filter })]).toEqual([filter, wanted]);
});

it("cannot find deleted records, unless the filter asks for them", async () => {
  await api.sql("insert into company (name, deleted_at) values ('Ghost Obelisk', now())");
  expect(await find("Obelisk")).toEqual([]);
  expect(await labels("Obelisk", { filter: { deletedAt: { is: "NOT_NULL" } } })).toEqual(["Ghost Obelisk"]);
});

it("can be read page by page, and meets every record once", async () => {
  await api.sql("insert into company (name) select 'Paginated ' || n % 7 from generate_series(1, 50) n");
  await api.sql("insert into note (title) select 'Paginated note ' || n % 3 from generate_series(1, 30) n");
  const all = (await find("paginated", { limit: 1000 })).map(({ recordId }) => recordId);
  expect(new Set(all).size).toBe(80);
  for (const limit of [1, 7, 40, 80]) {
    const met: string[] = [];
    let after: string | null = null;
    for (let pages = 0; pages <= 80; pages++) {
      const { data, errors }: Awaited<ReturnType<typeof ask>> = await ask("paginated", { limit, after });
      expect(errors).toBeUndefined();
      met.push(...data!.search.edges.map(({ node }) => node.recordId));
      after = data!.search.pageInfo.endCursor;
      if (!data!.search.pageInfo.hasNextPage) break;
    }
    expect([limit, met]).toEqual([limit, all]);
  }
});

it("can go on page by page through what is only like the words", async () => {
  await api.sql("insert into note (title) select 'Fuchsschwanz ' || n from generate_series(1, 9) n");
  const all = await find("Fuchschwanz", { limit: 50 });
  expect(all.length).toBeGreaterThanOrEqual(9);
  const first = await ask("Fuchschwanz", { limit: 4 });
  const next = await ask("Fuchschwanz", { limit: 100, after: first.data!.search.pageInfo.endCursor });
  const met = [...first.data!.search.edges, ...next.data!.search.edges].map(({ node }) => node.recordId);
  expect(met).toEqual(all.map(({ recordId }) => recordId));
});

it("cannot find what the role may not read, nor another workspace's records", async () => {
  expect(await find("zebra", {}, "owner@globex.test")).toEqual([]);
  expect((await find("zebra", {}, "guest@acme.test")).length).toBeGreaterThan(3);
  await api.sql(
    "update core.roles set permissions = '{people.read}' where name = 'GUEST' and workspace_id = (select id from core.workspaces where subdomain = 'acme')",
  );
  const found = await find("zebra", {}, "guest@acme.test");
  expect(found.map(({ label }) => label)).toContain("Quentin Zebra");
  expect(new Set(found.map(({ objectNameSingular }) => objectNameSingular))).toEqual(new Set(["person"]));
});

it("can find records of a new object at once, by the fields that it is searched by", async () => {
  const CREATE = 'mutation { createOneObject(data: { nameSingular: "lantern", namePlural: "lanterns" }) { id } }';
  const { data } = await api.metadata<{ createOneObject: { id: string } }>(CREATE);
  await api.graphql('mutation { createLantern(data: { name: "Xylograph" }) { id } }');
  expect(await labels("xylo")).toEqual(["Xylograph"]);
  await api.metadata("mutation ($id: UUID!) { updateOneObject(id: $id, data: { isSearchable: false }) { id } }", {
    id: data!.createOneObject.id,
  });
  expect(await labels("xylo")).toEqual([]);
});

it.each<[string, object, string]>([
  ["a negative limit", { limit: -1 }, "BAD_INPUT"],
  ["a limit of 1001", { limit: 1001 }, "LIMIT_EXCEEDED"],
  ["a cursor of nobody's", { after: "abc" }, "INVALID_CURSOR"],
  ["a cursor of another list", { after: Buffer.from('["x",1]').toString("base64") }, "INVALID_CURSOR"],
  ["a null in the filter", { filter: { id: null } }, "BAD_INPUT"],
  ["1001 characters", { searchInput: "a".repeat(1001) }, "LIMIT_EXCEEDED"],
])("cannot search with %s", async (_what, more, code) => {
  expect((await ask("zebra", more)).errors).toMatchObject([{ extensions: { code } }]);
});

it("can be asked by a list's filter, without accents as well", async () => {
  const FILTER = "query ($s: String!) { companies(filter: { searchVector: { search: $s } }) { nodes { name } } }";
  const { data } = await api.graphql<{ companies: { nodes: object[] } }>(FILTER, { s: "kaserei ZURCH" });
  expect(data!.companies.nodes).toEqual([{ name: "Zürcher Käserei" }]);
});
