/** The DBA's door: what is typed in psql shows in the API, breaks nothing, and becomes metadata when it is adopted. */
import { adminQuery, until, useApi } from "../helpers/server.ts";
import { relata } from "./cli.ts";
import "../helpers/slow.ts";

const api = useApi();
const drift = (...args: string[]) => relata(["drift", ...args], { PG_DATABASE_URL: api.adminUrl });

/** In the schema of a workspace, as somebody types it in psql. */
const psql = (statement: string, workspace = "acme") => adminQuery(api.adminUrl, statement, [], workspace);

/** A company of acme, by a field. */
async function companies(field: string, email?: string) {
  const { data, errors } = await api.graphql<{ companies: { edges: { node: Record<string, unknown> }[] } }>(
    `{ companies(first: 3, orderBy: [{ name: AscNullsLast }]) { edges { node { name ${field} } } } }`,
    {},
    email,
  );
  return { nodes: data?.companies?.edges.map(({ node }) => node), code: errors?.[0]?.extensions.code };
}

it("finds no drift where there is none", async () => {
  expect(await drift()).toEqual({ code: 0, out: "acme: no differences\nglobex: no differences\n", err: "" });
});

it("shows a function over a table as a field, at once, with a description", async () => {
  await companies("id");
  await psql(`create function company_score(company company) returns int language sql stable
              return (select 10 * count(*)::int from person p where p.company_id = company.id and company.name is not null)`);
  await psql("comment on function company_score(company) is 'Ten for each contact.'");
  const { nodes } = await companies("score contacts { totalCount }");
  expect(nodes).toHaveLength(3);
  for (const node of nodes!) expect(node["score"]).toBe(10 * (node["contacts"] as { totalCount: number }).totalCount);
  const { data } = await api.graphql<{ __type: { fields: { name: string; description: string; type: object }[] } }>(
    '{ __type(name: "Company") { fields { name description type { name } } } }',
  );
  expect(data!.__type.fields.find(({ name }) => name === "score")).toEqual({
    name: "score",
    description: "Ten for each contact.",
    type: { name: "Int" },
  });
  expect(await drift("acme")).toMatchObject({ code: 0 });
});

it("cannot write such a field, nor filter or order by it", async () => {
  const { data } = await api.graphql<Record<string, { inputFields: { name: string }[] }>>(
    '{ c: __type(name: "CompanyCreateInput") { inputFields { name } } u: __type(name: "CompanyUpdateInput") { inputFields { name } }' +
      ' f: __type(name: "CompanyFilterInput") { inputFields { name } } o: __type(name: "CompanyOrderByInput") { inputFields { name } } }',
  );
  for (const type of Object.values(data!)) expect(type.inputFields.map(({ name }) => name)).not.toContain("score");
  const created = await api.graphql<{ createCompany: { score: number } }>('mutation { createCompany(data: { name: "New" }) { score } }');
  expect(created.data!.createCompany.score).toBe(0);
});

it("answers each workspace with its own function and records, of one shape", async () => {
  await psql(
    "create function company_score(company company) returns int language sql stable return (select 1000 + count(*)::int from person p where p.company_id = company.id)",
    "globex",
  );
  await psql("comment on function company_score(company) is 'Ten for each contact.'", "globex");
  const other = await companies("score", "owner@globex.test");
  expect(other.nodes!.every(({ score }) => (score as number) >= 1000)).toBe(true);
  expect((await companies("score")).nodes!.every(({ score }) => (score as number) < 1000)).toBe(true);
});

it("cannot see other workspaces' rows through a function: it runs as whoever asks", async () => {
  const [{ schema_name: globex }] = (await psql("select schema_name from core.workspaces where subdomain = 'globex'")) as [
    { schema_name: string },
  ];
  await psql(
    `create function company_spied(company company) returns bigint language sql stable return (select count(*) from ${globex}.company)`,
  );
  expect((await companies("spied")).nodes!.map(({ spied }) => spied)).toEqual(["0", "0", "0"]);
  await psql("alter function company_spied(company) security definer");
  expect(await companies("spied")).toEqual({ nodes: undefined, code: "GRAPHQL_VALIDATION_FAILED" });
  const { code, out } = await drift("acme");
  expect([code, out]).toEqual([2, expect.stringMatching(/function .*company_spied\(.*\) is no field of the API: it is security definer/)]);
  await psql("drop function company_spied(company)");
  expect((await drift("acme")).code).toBe(0);
});

it.each([
  ["is volatile", "company_x(c company) returns int language sql return 1", "volatile"],
  ["needs more", "company_x(c company, n int) returns int language sql stable return n", "needs more than the record"],
  ["returns rows", "company_x(c company) returns setof int language sql stable return 1", "returns a set"],
  [
    "returns a record",
    "company_x(c company) returns person language sql stable return (select p from person p limit 1)",
    "does not have what it returns",
  ],
  ["is called otherwise", "score_company(c company) returns int language sql stable return 1", "does not begin with company_"],
  ["has a field's name", "company_industry(c company) returns text language sql stable return 'x'", "has a field of that name"],
  ["is of no record", "company_x(n int) returns int language sql stable return n", "no record of a table"],
])("cannot be a field: a function that %s; drift says why", async (_what, signature, why) => {
  await psql(`create function ${signature}`);
  const { code, out } = await drift("acme");
  expect([code, out]).toEqual([2, expect.stringContaining(why)]);
  expect((await companies("industry")).nodes).toHaveLength(3);
  expect((await companies("x")).code).toBe("GRAPHQL_VALIDATION_FAILED");
  await psql(`drop function ${signature.slice(0, signature.indexOf("("))}`);
});

it("cannot be a field: a function that guests may not execute", async () => {
  await psql("create function company_x(c company) returns int language sql stable return 1");
  expect((await companies("x")).nodes).toHaveLength(3);
  await psql("revoke execute on function company_x(company) from public");
  expect((await companies("x")).code).toBe("GRAPHQL_VALIDATION_FAILED");
  await psql("drop function company_x(company)");
});

it("takes a function's field away without an error when it is dropped", async () => {
  expect((await companies("score")).nodes).toHaveLength(3);
  await psql("drop function company_score(company)");
  expect((await companies("score")).code).toBe("GRAPHQL_VALIDATION_FAILED");
  await psql("drop function company_score(company)", "globex");
});

it("reads on beside a column that somebody added, and does not show it", async () => {
  await psql(
    "alter table company add column rating int default 3 check (rating < 10), add column weird_type int4range, add column sub_industry text",
  );
  await psql("create table scratch (id int primary key, company_id uuid references company)");
  expect((await companies("industry")).nodes).toHaveLength(3);
  expect((await companies("rating")).code).toBe("GRAPHQL_VALIDATION_FAILED");
  const object = await api.metadata('mutation { createOneObject(data: { nameSingular: "rocket", namePlural: "rockets" }) { id } }');
  expect(object.errors).toBeUndefined(); // which compiles the schema anew
  expect((await companies("industry")).nodes).toHaveLength(3);
  await psql("drop table scratch");
});

it("names what differs, and adopts what can be metadata", async () => {
  const told = await drift("acme");
  expect([told.code, told.out]).toEqual([2, expect.stringContaining("company has a column rating (integer) that is no field")]);
  const adopted = await drift("acme", "--adopt");
  expect(adopted.out).toMatch(/adopted: company has a column rating/);
  expect(adopted.out).toMatch(/cannot be adopted: company has a column weird_type .* No field has columns of the type int4range/);
  expect(adopted.code).toBe(2);
  expect((await companies("rating")).nodes!.map(({ rating }) => rating)).toEqual([3, 3, 3]);
  const made = await api.graphql<{ createCompany: object }>(
    'mutation { createCompany(data: { name: "Rated", rating: 5, subIndustry: "x" }) { rating subIndustry } }',
  );
  expect(made.data!.createCompany).toEqual({ rating: 5, subIndustry: "x" });
  const [change] = await adminQuery<{ statements: string[]; actor_source: string }>(
    api.adminUrl,
    "select statements, actor_source from core.changes where kind = 'adoptField' and data ->> 'column' = 'rating'",
  );
  expect(change!.statements[0]).toMatch(/^alter table workspace_\w+\.company add column rating integer default 3$/);
  expect(change!.actor_source).toBe("SYSTEM");
  await psql("alter table company drop column weird_type");
});

it("forgets a field whose column somebody dropped, and reads on", async () => {
  await psql("alter table company drop column rating, drop column sub_industry, drop column industry cascade");
  const told = await drift("acme");
  expect([told.code, told.err, told.out]).toEqual([
    2,
    "",
    expect.stringContaining("The field of company.rating has no column that is integer"),
  ]);
  const adopted = await drift("acme", "--adopt");
  expect(adopted).toMatchObject({ code: 0, err: "" });
  expect(await drift("acme")).toMatchObject({ code: 0 });
  expect((await companies("employees")).nodes).toHaveLength(3);
  expect((await companies("industry")).code).toBe("GRAPHQL_VALIDATION_FAILED");
});

it("lets a field follow its column: required, or wider", async () => {
  await psql("update company set employees = 1 where employees is null");
  await psql("alter table company alter column employees set not null, alter column employees type bigint");
  expect((await drift("acme")).out).toContain("company has a column employees (bigint not null)");
  expect(await drift("acme", "--adopt")).toMatchObject({ code: 0 });
  const [field] = await psql(
    "select is_nullable, settings from core.fields f join core.objects o on o.id = object_id where f.name = 'employees' and table_name = 'company' and f.workspace_id = authz.workspace_id()",
  );
  expect(field).toEqual({ is_nullable: false, settings: { dataType: "bigint" } });
});

it("tells of a policy that was changed, leaves it, and every channel obeys it", async () => {
  await psql("create policy only_a on company as restrictive for select to relata_guest using (name like 'A%')");
  const { nodes } = await companies("id");
  expect(nodes!.every(({ name }) => (name as string).startsWith("A"))).toBe(true);
  const told = await drift("acme");
  expect([told.code, told.out]).toEqual([
    2,
    expect.stringContaining("company has a policy only_a: restrictive for r to relata_guest using (name ~~ 'A%'::text)"),
  ]);
  const adopted = await drift("acme", "--adopt");
  expect([adopted.code, adopted.out]).toEqual([0, expect.stringContaining("policy only_a")]);
  await psql("drop policy only_a on company");
  await psql("grant delete on company to relata_admin");
  expect((await drift("acme")).out).toContain("company has a grant: relata_admin may delete");
  await psql("revoke delete on company from relata_admin");
});

it("does not take Relata's own changes for somebody else's", async () => {
  const versions = async () =>
    (await psql("select metadata_version, compatible_from from core.workspaces where id = authz.workspace_id()"))[0];
  const before = await versions();
  await api.metadata('mutation { createOneObject(data: { nameSingular: "planet", namePlural: "planets" }) { id } }');
  expect(await versions()).toEqual({ ...before, metadata_version: String(Number(before!["metadata_version"]) + 1) });
  // … and is told of others': this could have failed.
  await psql("alter table planet add column moons int");
  expect(Number((await versions())!["compatible_from"])).toBe(Number(before!["metadata_version"]) + 2);
});

it("cannot see DDL without event triggers, and notices it when drift adopts", async () => {
  await psql("drop event trigger relata_ddl");
  await psql("create function planet_double(planet planet) returns int language sql stable return planet.moons * 2");
  const double = () =>
    api.graphql<{ planets: { totalCount: number; edges: { node: { double: number } }[] } }>("{ planets { edges { node { double } } } }");
  expect((await double()).errors![0]!.extensions.code).toBe("GRAPHQL_VALIDATION_FAILED");
  expect(await drift("acme", "--adopt")).toMatchObject({ code: 0 });
  await until(double, ({ errors }) => !errors);
});
