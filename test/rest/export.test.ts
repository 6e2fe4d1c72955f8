/** Lists as files: whole, of one snapshot, by the same rights as every other answer. */
import { adminQuery, useApi } from "../helpers/server.ts";
import { cellsOf, get, linesOf, OWNER, textOf } from "./exportFiles.ts";
import "../helpers/slow.ts";

const MOST = 2600;
const api = useApi({ EXPORT_MAX_ROWS: String(MOST) });
const MEMBER = "member@acme.test";
type Row = { id: string; name: string } & Record<string, unknown>;
const rowsOf = (ndjson: string) => linesOf(ndjson).map((line) => JSON.parse(line) as Row);
const list = async (query: string, email?: string) => rowsOf(await textOf(api, `companies?${query}`, "ndjson", email));
let living: string[];

beforeAll(async () => {
  await api.sql("insert into company (name, employees) select 'Bulk ' || n, n from generate_series(1, 500) n");
  await api.sql("update company set deleted_at = now() where name = 'Bulk 7'");
  const rows = await api.sql<{ id: string }>("select id from company where deleted_at is null order by id");
  living = rows.map(({ id }) => id);
  expect(living.length).toBeGreaterThan(2000);
  expect(living.length).toBeLessThan(MOST);
});

it("can hold more records than a page, all of them, in the list's order", async () => {
  expect((await list("")).map(({ id }) => id)).toEqual(living);
  const [head, ...rows] = cellsOf(await textOf(api, "companies?fields=name", "csv"));
  expect(head).toEqual(["id", "name"]);
  expect(rows.map(([id]) => id)).toEqual(living);
});

it("can hold them with records inside, by way of the plan", async () => {
  const rows = await list("fields=name,accountOwner.name,contacts.firstName");
  expect(rows.map(({ id }) => id)).toEqual(living);
  const page = (await (await get(api, "companies?fields=name,accountOwner.name,contacts.firstName&limit=500", "json")).json()) as {
    data: { companies: Row[] };
  };
  expect(rows.slice(0, 500)).toEqual(page.data.companies);
  expect(rows.some(({ contacts }) => (contacts as unknown[]).length > 0)).toBe(true);
});

it.each([
  ['filter=name[startsWith]:"Bulk",employees[gt]:490', 10],
  ["filter[employees][gt]=490&filter[name][startsWith]=Bulk", 10],
  ["limit=0", 0],
  ["limit=3", 3],
  ["limit=1500", 1500],
  ["limit=1500&depth=1&fields=accountOwner.name", 1500],
  ["filter[name][eq]=nobody", 0],
  ["filter[name][eq]=nobody&depth=1", 0],
  ["filter[name][eq]=Bulk 7", 0],
])("can be asked for by %s", async (query, count) => {
  expect(await list(query)).toHaveLength(count);
});

it("can be sorted, and go on from a cursor or from somewhere", async () => {
  const names = (rows: Row[]) => rows.map(({ name }) => name);
  const sorted = await list("fields=name,employees&filter[name][startsWith]=Bulk&order_by=employees[DescNullsLast]");
  expect(names(sorted).slice(0, 3)).toEqual(["Bulk 500", "Bulk 499", "Bulk 498"]);
  expect(names(await list("fields=name&offset=2000"))).toEqual(names(await list("fields=name")).slice(2000));
  const first = (await (await get(api, "companies?limit=5&fields=name&order_by=employees[DescNullsFirst]", "json")).json()) as {
    pageInfo: { endCursor: string };
  };
  const rest = await list(`fields=name&order_by=employees[DescNullsFirst]&starting_after=${encodeURIComponent(first.pageInfo.endCursor)}`);
  expect(names(rest)).toEqual(names(await list("fields=name&order_by=employees[DescNullsFirst]")).slice(5));
});

it("can say what it is, and how it is called", async () => {
  const answer = await get(api, "companies?limit=1", "csv", OWNER, { "accept-encoding": "gzip" });
  expect(Object.fromEntries(["content-type", "content-encoding", "cache-control"].map((name) => [name, answer.headers.get(name)]))).toEqual(
    {
      "content-type": "text/csv; charset=utf-8; header=present",
      "content-encoding": "gzip",
      "cache-control": "no-store",
    },
  );
  expect(answer.headers.get("content-disposition")).toMatch(/^attachment; filename="companies-\d{4}-\d\d-\d\d\.csv"$/);
  expect(answer.headers.get("ratelimit")).toContain("workspace");
  expect(cellsOf(await answer.text())).toHaveLength(2);
  const plain = await get(api, "companies?limit=1", "ndjson", OWNER, { "accept-encoding": "gzip;q=0" });
  expect([plain.headers.get("content-type"), plain.headers.get("content-encoding")]).toEqual(["application/x-ndjson", null]);
  await plain.text();
});

it("can be asked for by HEAD, which reads nothing", async () => {
  const authorization = `Bearer ${await api.tokenOf(OWNER)}`;
  const head = await fetch(`${api.url}/rest/companies`, { method: "HEAD", headers: { authorization, accept: "text/csv" } });
  expect([head.status, await head.text()]).toEqual([200, ""]);
  expect(head.headers.get("content-disposition")).toContain("companies-");
});

it.each([
  ["companies?fields=nope", 400, "BAD_INPUT", "fields.nope"],
  ["companies?filter[name][near]=x", 400, "BAD_INPUT", undefined],
  ["companies?filter[id][eq]=x", 400, undefined, undefined],
  ["companies?formulas=run", 400, "BAD_INPUT", "formulas"],
  ["companies?nothing=1", 400, "BAD_INPUT", "nothing"],
  ["companies?ending_before=x", 400, "BAD_INPUT", "ending_before"],
  ["companies?starting_after=x", 400, "INVALID_CURSOR", undefined],
  [`companies?limit=${MOST + 1}`, 400, "LIMIT_EXCEEDED", "limit"],
  ["nothings", 404, "NOT_FOUND", undefined],
])("cannot be %s: a problem before the first byte", async (path, status, code, field) => {
  const answer = await get(api, path, "csv");
  const problem = (await answer.json()) as { code: string; field?: string };
  expect([answer.status, answer.headers.get("content-type")]).toEqual([status, "application/problem+json"]);
  expect(answer.headers.get("content-disposition")).toBeNull();
  if (code) expect(problem.code).toBe(code);
  if (field) expect(problem.field).toBe(field);
});

it("cannot be more than an export may hold: it is broken off, and no whole file", async () => {
  await api.sql("insert into company (name) select 'More ' || n from generate_series(1, $1::int) n", [MOST]);
  await expect(textOf(api, "companies?filter[name][in]=x", "csv")).resolves.toContain("id,name");
  const answer = get(api, "companies", "ndjson").then((response) => response.text());
  await expect(answer).rejects.toThrow();
  await api.sql("delete from company where name like 'More %'");
  expect(await list("fields=name")).toHaveLength(living.length);
});

describe("by the rights of who asks", () => {
  it("cannot hold a field that is held back, nor a record that is not his", async () => {
    await adminQuery(
      api.adminUrl,
      `insert into core.field_permissions (workspace_id, role_id, field_id, can_read)
       select w.id, r.id, f.id, false from core.workspaces w
       join core.roles r on r.workspace_id = w.id and r.name = 'MEMBER'
       join core.objects o on o.workspace_id = w.id and o.name_singular = 'company'
       join core.fields f on f.object_id = o.id and f.name = 'annualRecurringRevenue' where w.subdomain = 'acme'`,
    );
    const [head] = cellsOf(await textOf(api, "companies?limit=1", "csv", MEMBER));
    expect(head).toContain("employees");
    expect(head).not.toContain("annualRecurringRevenue");
    expect((await get(api, "companies?fields=annualRecurringRevenue", "csv", MEMBER)).status).toBe(400);

    const roleId = (
      await api.sql<{ id: string }>("select id from core.roles where workspace_id = authz.workspace_id() and name = 'MEMBER'")
    )[0]!.id;
    const objectId = (
      await api.sql<{ id: string }>("select id from core.objects where workspace_id = authz.workspace_id() and name_singular = 'company'")
    )[0]!.id;
    const predicate = { op: "equals", args: [{ field: "accountOwner" }, { member: "id" }] };
    const { errors } = await api.metadata(
      "mutation ($in: UpsertRowRulesInput!) { upsertRowRules(input: $in) { rowRules { totalCount } } }",
      {
        in: { roleId, objectId, rules: [{ name: "own", label: "Own companies", predicate }] },
      },
    );
    expect(errors).toBeUndefined();
    const own = await api.sql<{ id: string }>(
      "select c.id from company c join workspace_member m on m.id = c.account_owner_id where m.user_email = $1 and c.deleted_at is null order by c.id",
      [MEMBER],
    );
    expect(own.length).toBeGreaterThan(0);
    expect((await list("", MEMBER)).map(({ id }) => id)).toEqual(own.map(({ id }) => id));
    expect((await list("depth=1", MEMBER)).map(({ id }) => id)).toEqual(own.map(({ id }) => id));
  });

  it("cannot be had without a token, or by who is no longer a member", async () => {
    const nobody = await fetch(`${api.url}/rest/companies`, { headers: { accept: "text/csv" } });
    expect([nobody.status, ((await nobody.json()) as { code: string }).code]).toEqual([401, "LOGIN_REQUIRED"]);
    expect(await list("limit=1", "guest@acme.test")).toHaveLength(1);
    await api.sql("delete from core.members m using core.users u where u.id = m.user_id and u.email = 'guest@acme.test'");
    const gone = await get(api, "companies", "csv", "guest@acme.test");
    expect([gone.status, ((await gone.json()) as { code: string }).code]).toEqual([401, "LOGIN_REQUIRED"]);
  });

  it("cannot hold a record of another workspace", async () => {
    const names = (await list("fields=name", "owner@globex.test")).map(({ id }) => id);
    expect(names.filter((id) => living.includes(id))).toEqual([]);
  });
});

it("can show a field that was made a moment ago", async () => {
  const { data } = await api.metadata<{ objects: { nodes: { id: string; nameSingular: string }[] } }>(
    "{ objects(first: 100) { nodes { id nameSingular } } }",
  );
  const { id: objectId } = data!.objects.nodes.find(({ nameSingular }) => nameSingular === "company")!;
  const made = await api.metadata("mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }", {
    data: { objectId, name: "motto", type: "TEXT" },
  });
  expect(made.errors).toBeUndefined();
  expect((await list("fields=motto&limit=1"))[0]).toHaveProperty("motto");
});
