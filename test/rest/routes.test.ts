/** Every route of /rest, as a frontend developer would ask for it; and SEED.md's examples, word for word. */
import { spawnSync } from "node:child_process";
import { useApi } from "../helpers/server.ts";
import { ask, problemOf } from "./rest.ts";

const api = useApi();
const MISSING = "01a20a12-0000-7000-8000-000000000000";

async function newCompany(fields: object = { name: "Mine" }): Promise<string> {
  return (await ask(api, "POST", "/companies?fields=id", { body: fields })).json.data.createCompany.id;
}
const stateOf = async (id: string) =>
  (await api.sql("select name, deleted_at is not null as is_deleted from company where id = $1", [id]))[0];

/** Runs curl with these words, as SEED.md has them: what it prints, and the status. */
async function curl(...args: string[]): Promise<[status: number, json: Record<string, never>]> {
  const token = await api.tokenOf("owner@acme.test");
  const all = ["-sS", "-g", "-w", "\n%{http_code}", "-H", `Authorization: Bearer ${token}`, ...args];
  const { stdout, stderr } = spawnSync("curl", all, { encoding: "utf8" });
  expect(stderr).toBe("");
  const [, body, status] = /^([\s\S]*)\n(\d+)$/.exec(stdout)!;
  return [Number(status), JSON.parse(body!)];
}

it("can follow the seed's five examples, word for word", async () => {
  const rest = `${api.url}/rest`;
  const json = ["-H", "Content-Type: application/json"];
  const [listed, list] = await curl(`${rest}/companies?limit=20&filter[createdAt][gt]=2024-01-01`);
  const { companies } = list["data"] as unknown as { companies: { createdAt: string }[] };
  expect([listed, companies.length]).toEqual([200, 20]);
  expect(companies.every(({ createdAt }) => createdAt > "2024-01-01")).toBe(true);
  const [created, made] = await curl(
    "-X",
    "POST",
    `${rest}/companies`,
    ...json,
    "-d",
    '{\n  "name": "Acme Corp",\n  "industry": "Technology"\n}',
  );
  const { createCompany } = made["data"] as unknown as { createCompany: { id: string } };
  expect([created, createCompany]).toMatchObject([201, { name: "Acme Corp", industry: "Technology" }]);
  const one = `${rest}/companies/${createCompany.id}`;
  expect(await curl(one)).toMatchObject([200, { data: { company: { name: "Acme Corp" } } }]);
  expect(await curl("-X", "PATCH", one, ...json, "-d", '{\n  "employees": 500\n}')).toMatchObject([
    200,
    { data: { updateCompany: { employees: 500 } } },
  ]);
  expect(await curl("-X", "DELETE", one)).toEqual([200, { data: { deleteCompany: { id: createCompany.id } } }]);
  expect((await curl(one))[0]).toBe(404);
});

it("can read all pages of a list by its links, forwards and back", async () => {
  const [{ count }] = (await api.sql<{ count: number }>("select count(*)::int as count from note where deleted_at is null")) as [
    { count: number },
  ];
  const linkOf = (header: string | null, rel: string) => new RegExp(`<([^>]*)>; rel="${rel}"`).exec(header ?? "")?.[1];
  const walk = async (path: string, rel: string) => {
    const ids: string[][] = [];
    for (let next: string | undefined = `${api.url}/rest${path}`; next; ) {
      const { json, headers } = await ask(api, "GET", next.replace(/.*\/rest/, ""));
      expect(json.totalCount).toBe(count);
      ids.push(json.data.notes.map(({ id }: { id: string }) => id));
      next = linkOf(headers.get("link"), rel);
    }
    return ids;
  };
  const limit = Math.ceil(count / 4);
  const forwards = await walk(`/notes?limit=${limit}&fields=id&order_by=createdAt[DescNullsLast]&filter[id][is]=NOT_NULL`, "next");
  expect([forwards.length, new Set(forwards.flat()).size]).toEqual([Math.ceil(count / limit), count]);
  const whole = await ask(api, "GET", `/notes?limit=1000&fields=id&order_by=createdAt[DescNullsLast]`);
  expect(forwards.flat()).toEqual(whole.json.data.notes.map(({ id }: { id: string }) => id));
  const last = await ask(api, "GET", `/notes?limit=${limit}&fields=id&order_by=createdAt[DescNullsLast]&offset=${limit}`);
  expect(last.json.data.notes.map(({ id }: { id: string }) => id)).toEqual(forwards[1]);
  const back = await ask(
    api,
    "GET",
    `/notes?limit=${limit}&fields=id&order_by=createdAt[DescNullsLast]&ending_before=${last.json.pageInfo.startCursor}`,
  );
  expect(back.json.data.notes.map(({ id }: { id: string }) => id)).toEqual(forwards[0]);
  expect(linkOf(back.headers.get("link"), "first")).toContain(`limit=${limit}`);
});

it("can leave the total away", async () => {
  const { json } = await ask(api, "GET", "/companies?limit=1&depth=0&total_count=false");
  expect(Object.keys(json)).toEqual(["data", "pageInfo"]);
});

it("can read a record as deep as is asked", async () => {
  const { json: none } = await ask(api, "GET", "/people?limit=1&depth=0&filter[company][id][is]=NOT_NULL");
  const { id, companyId } = none.data.people[0];
  expect(none.data.people[0]).not.toHaveProperty("company");
  const one = (await ask(api, "GET", `/people/${id}`)).json.data.person;
  expect(one).toMatchObject({ company: { id: companyId }, noteTargets: expect.any(Array) });
  expect(one.company).not.toHaveProperty("contacts");
  const two = (await ask(api, "GET", `/people/${id}?depth=2`)).json.data.person;
  expect(two.company.contacts).toContainEqual(expect.objectContaining({ id, companyId }));
  // What is a list inside a list is left out.
  const company = (await ask(api, "GET", `/companies/${companyId}?depth=2`)).json.data.company;
  expect(company.contacts[0]).toHaveProperty("company.id", companyId);
  expect(company.contacts[0]).not.toHaveProperty("noteTargets");
});

it("can read the fields that are named", async () => {
  const { json } = await ask(
    api,
    "GET",
    "/companies?limit=1&fields=name,createdBy.source,contacts.email,accountOwner.name&related_limit=2&filter[contacts][some][id][is]=NOT_NULL",
  );
  const [company] = json.data.companies;
  expect(Object.keys(company)).toEqual(["id", "name", "createdBy", "contacts", "accountOwner"]);
  expect(Object.keys(company.createdBy)).toEqual(["source"]);
  expect(Object.keys(company.contacts[0])).toEqual(["id", "email"]);
  expect(company.contacts.length).toBeLessThanOrEqual(2);
});

it("can write many, change them by a filter, take them away, restore and destroy them", async () => {
  const names = ["Batch A", "Batch B", "Batch C"];
  const made = await ask(api, "POST", "/batch/companies", { body: names.map((name) => ({ name })) });
  expect([made.status, made.json.data.createCompanies.map(({ name }: { name: string }) => name)]).toEqual([201, names]);
  const filter = 'filter=name[startsWith]:"Batch "';
  const changed = await ask(api, "PATCH", `/companies?${filter}&fields=employees`, { body: { employees: 7 } });
  expect(changed.json.data.updateCompanies.map(({ employees }: { employees: number }) => employees)).toEqual([7, 7, 7]);
  const gone = await ask(api, "DELETE", `/companies?${filter}`);
  expect([gone.json.data.deleteCompanies.length, Object.keys(gone.json.data.deleteCompanies[0])]).toEqual([3, ["id"]]);
  const restored = await ask(api, "PATCH", `/restore/companies?${filter},deletedAt[is]:NOT_NULL`);
  expect(restored.json.data.restoreCompanies.map(({ deletedAt }: { deletedAt: null }) => deletedAt)).toEqual([null, null, null]);
  expect((await ask(api, "DELETE", `/companies?${filter}&destroy=true`)).json.data.deleteCompanies).toHaveLength(3);
  expect(await api.sql("select from company where name like 'Batch %'")).toEqual([]);
});

it.each([
  ["DELETE", "/companies", "delete"],
  ["DELETE", "/companies?filter=", "delete"],
  ["DELETE", "/companies?destroy=true", "destroy"],
  ["PATCH", "/companies", "update"],
  ["PATCH", "/restore/companies", "restore"],
])("cannot %s %s without a filter (BAD_INPUT)", async (method, path, word) => {
  const answer = await ask(api, method, path, method === "PATCH" && !path.includes("restore") ? { body: { name: "All" } } : {});
  expect([problemOf(answer), answer.json.detail]).toEqual([
    [400, "BAD_INPUT", "filter"],
    `Filters are mandatory for bulk ${word} operations.`,
  ]);
});

it.each<[path: string, isThere: boolean]>([
  ["", true],
  ["?soft_delete=true", true],
  ["?destroy=false", true],
  ["?destroy=true", false],
  ["?soft_delete=false", false],
])("can delete a record (%s)", async (query, isThere) => {
  const id = await newCompany();
  expect((await ask(api, "DELETE", `/companies/${id}${query}`)).json).toEqual({ data: { deleteCompany: { id } } });
  expect(await stateOf(id)).toEqual(isThere ? { name: "Mine", is_deleted: true } : undefined);
  const restored = await ask(api, "PATCH", `/restore/companies/${id}?fields=name`);
  expect(restored.status).toBe(isThere ? 200 : 404);
  if (isThere) expect(restored.json).toEqual({ data: { restoreCompany: { id, name: "Mine" } } });
});

it("can upsert, and tell what was made from what was changed", async () => {
  const id = await newCompany({ name: "Before" });
  const changed = await ask(api, "POST", "/companies?upsert=true&fields=name", { body: { id, name: "After" } });
  expect([changed.status, changed.json.data.createCompany.name]).toEqual([200, "After"]);
  const made = await ask(api, "POST", "/companies?upsert=true&upsert_on=id", { body: { id: MISSING, name: "New" } });
  expect([made.status, made.headers.get("location")]).toEqual([201, `/rest/companies/${MISSING}`]);
  const batch = await ask(api, "POST", "/batch/companies?upsert=true", { body: [{ id, name: "Again" }] });
  expect(batch.status).toBe(200);
});

it("can find duplicates and make one record of them", async () => {
  const ids = [await newCompany({ name: "Twin Ltd" }), await newCompany({ name: "Twin Ltd", industry: "Twins" })];
  const { json } = await ask(api, "POST", "/companies/duplicates?fields=name", { body: { ids: [ids[0]] } });
  expect(json.data).toEqual([{ totalCount: 1, pageInfo: expect.anything(), companyDuplicates: [{ id: ids[1], name: "Twin Ltd" }] }]);
  const byData = await ask(api, "POST", "/companies/duplicates", { body: { data: [{ name: "Twin Ltd" }] } });
  expect(byData.json.data[0].totalCount).toBe(2);
  const dry = await ask(api, "PATCH", "/companies/merge", { body: { ids, conflictPriorityIndex: 0, dryRun: true } });
  expect([dry.status, dry.json.data.mergeCompanies.industry]).toEqual([200, "Twins"]);
  expect((await ask(api, "GET", `/companies/${ids[1]}`)).status).toBe(200);
  const merged = await ask(api, "PATCH", "/companies/merge", { body: { ids, conflictPriorityIndex: 0 } });
  expect(merged.json.data.mergeCompanies).toMatchObject({ id: ids[0], industry: "Twins" });
  expect((await ask(api, "GET", `/companies/${ids[1]}`)).status).toBe(404);
});

it("can group records", async () => {
  const path =
    '/companies/groupBy?aggregate=["totalCount","maxEmployees"]&filter[industry][in]=Retail,Technology&order_by=aggregate.totalCount[DescNullsLast]';
  const plain = await ask(api, "GET", `${path}&group_by=[{"industry":true}]`);
  const groups = await api.sql(
    'select json_build_array(industry) as "groupByDimensionValues", count(*)::int as "totalCount", max(employees) as "maxEmployees" from company where industry in (\'Retail\', \'Technology\') and deleted_at is null group by industry order by 2 desc',
  );
  expect(plain.json).toEqual(groups);
  expect((await ask(api, "GET", `${path}&group_by=industry`)).text).toBe(plain.text);
  const sampled = await ask(api, "GET", `${path}&group_by=industry&include_records_sample=true&records_limit=2&fields=name&limit=1`);
  expect(sampled.json).toEqual([{ ...groups[0], records: [expect.objectContaining({ name: expect.any(String) }), expect.anything()] }]);
  await newCompany({ name: "No industry" });
  const withNull = await ask(api, "GET", "/companies/groupBy?group_by=industry&limit=100");
  const without = await ask(api, "GET", "/companies/groupBy?group_by=industry&limit=100&omit_null_values=true");
  expect(withNull.json.length - without.json.length).toBe(1);
});

it("can search through all objects", async () => {
  await newCompany({ name: "Zanzibar Zebras" });
  const { json } = await ask(api, "GET", "/search?q=zanzibar&limit=5&included_objects=company");
  expect(json).toMatchObject({
    data: { search: [{ objectNameSingular: "company", label: "Zanzibar Zebras" }] },
    pageInfo: { hasNextPage: false },
  });
  const none = await ask(api, "GET", "/search?search_input=zanzibar&excluded_objects=company&filter[createdAt][gt]=2999-01-01");
  expect(none.json.data.search).toEqual([]);
});

it("can work on an object of the workspace's own, at once", async () => {
  const made = await api.metadata<{ createOneObject: { id: string } }>(
    'mutation { createOneObject(data: { nameSingular: "crate", namePlural: "crates", labelSingular: "Crate", labelPlural: "Crates" }) { id } }',
  );
  expect(made.errors).toBeUndefined();
  const { json } = await ask(api, "POST", "/crates", { body: { name: "First" } });
  const { id } = json.data.createCrate;
  expect((await ask(api, "GET", "/crates?filter[name][eq]=First&fields=name")).json.data.crates).toEqual([{ id, name: "First" }]);
  expect((await ask(api, "GET", `/crates/${id}`)).json.data.crate.name).toBe("First");
});

it.each<[method: string, path: string, status: number, code: string, field?: string]>([
  ["GET", "/nothings", 404, "NOT_FOUND"],
  ["GET", "/", 404, "NOT_FOUND"],
  ["GET", "/companies/a/b/c", 404, "NOT_FOUND"],
  ["GET", `/companies/${MISSING.replace("a2", "a3")}`, 404, "NOT_FOUND"],
  ["GET", "/companies/not-an-id", 400, "BAD_INPUT", "id"],
  ["GET", "/companies?filter[employees][gt]=many", 400, "BAD_INPUT", "filter.employees.gt"],
  ["GET", "/companies?filter[id][eq]=1", 400, "BAD_INPUT", "filter.id.eq"],
  ["GET", "/companies?filter[createdBy][source][eq]=NOBODY", 400, "BAD_INPUT", "filter.createdBy.source.eq"],
  ["GET", "/companies?filter[nothing][eq]=1", 400, "BAD_INPUT", "filter.nothing"],
  ["GET", "/companies?order_by=nothing", 400, "BAD_INPUT", "order_by.nothing"],
  ["GET", "/companies?fields=nothing", 400, "BAD_INPUT", "fields.nothing"],
  ["GET", "/companies?fields=createdBy.nothing", 400, "BAD_INPUT", "fields.createdBy.nothing"],
  ["GET", "/companies?fields=name.nothing", 400, "BAD_INPUT", "fields.name.nothing"],
  ["GET", "/companies?depth=3", 400, "BAD_INPUT", "depth"],
  ["GET", "/companies?limit=1001", 400, "LIMIT_EXCEEDED", "limit"],
  ["GET", "/companies?limit=-1", 400, "BAD_INPUT", "limit"],
  ["GET", "/companies?starting_after=abc", 400, "INVALID_CURSOR", "starting_after"],
  ["GET", "/companies?ending_before=abc", 400, "INVALID_CURSOR", "ending_before"],
  ["GET", "/companies?starting_after=a&ending_before=b", 400, "ARGS_CONFLICT", "ending_before"],
  ["GET", "/companies?nothing=1", 400, "BAD_INPUT", "nothing"],
  ["GET", "/companies?token=abc", 400, "BAD_INPUT", "token"],
  ["GET", "/companies/groupBy", 400, "BAD_INPUT", "group_by"],
  ["GET", "/companies/groupBy?group_by=nothing", 400, "BAD_INPUT"],
  ["GET", "/companies/groupBy?group_by=industry&aggregate=nothing", 400, "BAD_INPUT", "aggregate.nothing"],
  ["GET", "/companies/groupBy?group_by=createdAt", 400, "BAD_INPUT"],
  ["PUT", "/companies", 405, "METHOD_NOT_ALLOWED"],
  ["POST", `/companies/${MISSING}`, 405, "METHOD_NOT_ALLOWED"],
  ["GET", "/batch/companies", 405, "METHOD_NOT_ALLOWED"],
])("cannot %s %s (%i %s)", async (...[method, path, status, code, field]) => {
  const answer = await ask(api, method, path);
  const [told, word, at] = problemOf(answer);
  expect([told, word]).toEqual([status, code]);
  if (field) expect(at).toBe(field);
});

it.each<[why: string, method: string, path: string, body: unknown, code: string, field: string | undefined]>([
  ["a field that is not there", "POST", "/companies", { nothing: 1 }, "BAD_INPUT", "nothing"],
  ["a part that is not there", "POST", "/companies", { accountOwner: { nothing: 1 } }, "BAD_INPUT", "accountOwner.nothing"],
  ["a value of another type", "POST", "/companies", { employees: "many" }, "BAD_INPUT", "employees"],
  ["no record", "POST", "/companies", [], "BAD_INPUT", "body"],
  ["a text", "POST", "/companies", '"x"', "BAD_INPUT", "body"],
  ["no JSON", "POST", "/companies", "{", "BAD_INPUT", "body"],
  ["one record as a batch", "POST", "/batch/companies", {}, "BAD_INPUT", "body"],
  [
    "a record that is not there to relate to",
    "POST",
    "/people",
    { companyId: MISSING.replace("a2", "a9") },
    "RELATED_NOT_FOUND",
    "companyId",
  ],
  ["both ids and data", "POST", "/companies/duplicates", { ids: [], data: [] }, "ARGS_CONFLICT", "ids"],
  ["one record for a list of them", "POST", "/companies/duplicates", { data: {} }, "BAD_INPUT", "data"],
  ["one id for a list of them", "PATCH", "/companies/merge", { ids: "a" }, "BAD_INPUT", "ids"],
  ["something else", "PATCH", "/companies/merge", { nothing: [] }, "BAD_INPUT", "nothing"],
])("cannot send %s", async (_why, method, path, body, code, field) => {
  const answer = await ask(api, method, path, { body });
  expect(problemOf(answer)).toEqual([400, code, field]);
});
