/** Rules of rows: they hold on every way to a record. */
import { assert, assertNone, type Check } from "../group.ts";
import { MEMBER, OWNER, type PermissionsWorld } from "./world.ts";

/** Rules of rows: what a member sees of companies, on every way to them, is what he owns. */
async function rowRules(world: PermissionsWorld): Promise<void> {
  const value = async (text: string, values: unknown[] = []) => Object.values((await world.sql(text, values))[0]!)[0] as string;
  const me = await value("select id from workspace_member where user_email = $1", [MEMBER]);
  const own = Number(await value("select count(*) from company where account_owner_id = $1 and deleted_at is null", [me]));
  const all = Number(await value("select count(*) from company where deleted_at is null"));
  const [role, object] = [
    await value("select id from core.roles where name = 'MEMBER' and workspace_id = authz.workspace_id()"),
    await value("select id from core.objects where name_singular = 'company' and workspace_id = authz.workspace_id()"),
  ];
  const UPSERT = "mutation ($in: UpsertRowRulesInput!) { upsertRowRules(input: $in) { rowRules { totalCount } } }";
  const predicate = { op: "equals", args: [{ field: "accountOwner" }, { member: "id" }] };
  const set = async (rules: object[]) => {
    const { errors } = await world.metadata(OWNER, UPSERT, { in: { roleId: role, objectId: object, rules } });
    assert(!errors, () => JSON.stringify(errors));
  };
  await set([{ name: "own", predicate }]);
  try {
    const [foreign] = await world.sql<{ id: string; name: string }>(
      "select id, name from company c where account_owner_id is distinct from $1 and deleted_at is null and (select count(*) from company d where d.name = c.name) = 1 limit 1",
      [me],
    );
    const ask = async <T>(query: string, variables = {}) => {
      const { data, errors } = await world.graphql<T>(MEMBER, query, variables);
      assert(!errors?.some(({ extensions }) => extensions.code !== "NOT_FOUND"), () => JSON.stringify(errors));
      return data as T;
    };
    const { companies } = await ask<{ companies: { totalCount: number } }>("{ companies { totalCount } }");
    const { companiesGroupBy } = await ask<{ companiesGroupBy: { totalCount: number }[] }>(
      "{ companiesGroupBy(groupBy: [{ industry: true }]) { totalCount } }",
    );
    const grouped = companiesGroupBy.reduce((sum, { totalCount }) => sum + totalCount, 0);
    const seen = { listed: companies.totalCount, grouped };
    assertNone(
      Object.entries(seen)
        .filter(([, count]) => count !== own)
        .map(([way, count]) => `${way}: ${count} in place of ${own} of ${all}`),
      "ways to rows that are not open",
    );
    const ways: [string, string][] = [
      [
        "by its id",
        "query ($id: UUID!, $name: String!) { company(filter: { id: { eq: $id } }) { id } c: companies(filter: { name: { eq: $name } }) { nodes { id } } }",
      ],
      ["through a relation", "query ($id: UUID!) { people(filter: { companyId: { eq: $id } }, first: 3) { nodes { company { id } } } }"],
      ["by a filter on a relation", "query ($id: UUID!) { people(filter: { company: { id: { eq: $id } } }) { totalCount } }"],
      [
        "by search",
        'query ($name: String!) { search(searchInput: $name, limit: 50, includedObjectNameSingulars: ["company"]) { edges { node { recordId } } } }',
      ],
      ["by writing to it", 'mutation ($id: UUID!) { updateCompany(id: $id, data: { industry: "x" }) { id } }'],
      ["by deleting it", "mutation ($id: UUID!) { deleteCompany(id: $id) { id } }"],
      ["by destroying it", "mutation ($id: UUID!) { destroyCompany(id: $id) { id } }"],
    ];
    const found: string[] = [];
    for (const [way, query] of ways) {
      const variables = Object.fromEntries(Object.entries(foreign!).filter(([name]) => query.includes(`$${name}:`)));
      const { data } = await world.graphql(MEMBER, query, variables);
      const text = JSON.stringify(data);
      if (text.includes(foreign!.id) || /"totalCount":[1-9]/.test(text)) found.push(`${way}: ${text}`);
    }
    assertNone(found, "ways to a row that is not open");
  } finally {
    await set([]);
  }
}

export const rules: Check<PermissionsWorld>[] = [{ id: "B29", title: "rules of rows hold on every way to a record", run: rowRules }];
