/** Groups of what a view shows: its filters find what the same conditions in SQL find. */
import { useApi } from "../helpers/server.ts";
import { makeGroupSamples } from "./groupModel.ts";
import "../helpers/slow.ts";

const api = useApi();
beforeAll(async () => {
  await makeGroupSamples(api, 200);
  // Some of today and some of before, some to come: no condition is to find all of them, or none.
  await api.sql(`update sample s set
      created_at = case n % 3 when 0 then now() - interval '5 hours' when 1 then now() - interval '2 days' else created_at end,
      created_by_name = case n % 4 when 0 then 'Ann Other' else created_by_name end,
      moment = case n % 10 when 0 then now() + interval '400 days' when 1 then now() - interval '1 minute' else moment end
    from (select id, row_number() over (order by id) as n from sample) x where x.id = s.id`);
});

type Row = Record<string, unknown>;
const insert = async (table: string, row: Row): Promise<string> => {
  const columns = Object.keys(row);
  const values = Object.entries(row).map(([column, value]) => (column === "value" ? JSON.stringify(value) : value));
  const places = columns.map((_column, n) => `$${n + 1}`);
  const [made] = await api.sql<{ id: string }>(
    `insert into core.${table} (${columns.join(", ")}) values (${places.join(", ")}) returning id`,
    values,
  );
  return made!.id;
};
const objectId = async (name: string) =>
  (
    await api.sql<{ id: string }>("select id from core.objects where name_singular = $1 and workspace_id = authz.workspace_id()", [name])
  )[0]!.id;
const fieldId = async (name: string) =>
  (await api.sql<{ id: string }>("select id from core.fields where name = $1 and object_id = $2", [name, await objectId("sample")]))[0]!.id;

type Kept = { field: string; operand: string; value?: unknown; part?: string; group?: string };
const addFilter = async (view_id: string, { field, operand, value = "", part, group }: Kept) =>
  insert("view_filters", {
    view_id,
    field_id: await fieldId(field),
    operand,
    value,
    sub_field_name: part ?? null,
    view_filter_group_id: group ?? null,
  });
const makeView = async (filters: Kept[], more: Row = {}) => {
  const id = await insert("views", { object_id: await objectId("sample"), name: "Some", ...more });
  for (const filter of filters) await addFilter(id, filter);
  return id;
};

const QUERY = `query ($viewId: UUID, $filter: SampleFilterInput) {
  samplesGroupBy(viewId: $viewId, filter: $filter, groupBy: [{ flag: true }], firstForRecords: 1000) { totalCount nodes { id } } }`;
type Found = { samplesGroupBy: { totalCount: number; nodes: { id: string }[] }[] };
async function idsOf(viewId: string, filter = {}): Promise<string[]> {
  const { data, errors } = await api.graphql<Found>(QUERY, { viewId, filter });
  expect(errors).toBeUndefined();
  const ids = data!.samplesGroupBy.flatMap(({ nodes }) => nodes.map(({ id }) => id)).sort();
  expect(data!.samplesGroupBy.reduce((sum, { totalCount }) => sum + totalCount, 0)).toBe(ids.length);
  return ids;
}
const idsBySql = async (where: string) =>
  (await api.sql<{ id: string }>(`select id from sample where deleted_at is null and (${where})`)).map(({ id }) => id).sort();

it.each<[Kept, string]>([
  [{ field: "name", operand: "CONTAINS", value: "a%" }, "name ilike '%a\\%%'"],
  [{ field: "name", operand: "DOES_NOT_CONTAIN", value: "a" }, "name is null or name not ilike '%a%'"],
  [{ field: "name", operand: "IS", value: "ä" }, "name = 'ä'"],
  [{ field: "name", operand: "IS_EMPTY" }, "coalesce(name, '') = ''"],
  [{ field: "name", operand: "IS_NOT_EMPTY" }, "coalesce(name, '') <> ''"],
  [{ field: "ratio", operand: "GREATER_THAN_OR_EQUAL", value: "0.1" }, "ratio >= 0.1"],
  [{ field: "big", operand: "LESS_THAN_OR_EQUAL", value: 9007199254740992 }, "big <= 9007199254740992"],
  [{ field: "price", operand: "IS_NOT", value: "0.1" }, "price is null or price <> 0.1"],
  [{ field: "flag", operand: "IS", value: "true" }, "flag"],
  [{ field: "flag", operand: "IS_NOT", value: "true" }, "flag is not true"],
  [{ field: "choice", operand: "IS", value: ["LOW", "HIGH"] }, "choice in ('LOW', 'HIGH')"],
  [{ field: "choice", operand: "IS", value: '["LOW", ""]' }, "choice = 'LOW' or choice is null"],
  [{ field: "choice", operand: "IS_NOT", value: ["LOW"] }, "choice is distinct from 'LOW'"],
  [{ field: "choice", operand: "IS_NOT", value: ["LOW", ""] }, "choice <> 'LOW'"],
  [{ field: "tags", operand: "CONTAINS", value: ["RED", "BLUE"] }, "tags && '{RED,BLUE}'"],
  [{ field: "tags", operand: "DOES_NOT_CONTAIN", value: ["RED"] }, "not coalesce(tags && '{RED}', false)"],
  [{ field: "tags", operand: "IS_EMPTY" }, "coalesce(tags, '{}') = '{}'"],
  [{ field: "words", operand: "CONTAINS", value: "X" }, "exists (select from unnest(words) w where w ilike '%X%')"],
  [{ field: "day", operand: "IS_BEFORE", value: "2024-02-29" }, "day < '2024-02-29'"],
  [{ field: "day", operand: "IS_AFTER", value: "2024-02-29" }, "day >= '2024-02-29'"],
  [{ field: "day", operand: "IS_IN_PAST" }, "day < current_date"],
  [{ field: "day", operand: "IS_RELATIVE", value: "PAST_90_YEAR" }, "day < current_date and day >= current_date - interval '90 years'"],
  [{ field: "moment", operand: "IS", value: "2024-06-01" }, "moment >= '2024-06-01Z' and moment < '2024-06-02Z'"],
  [
    { field: "moment", operand: "IS_RELATIVE", value: "THIS_1_YEAR;;Europe/Berlin;;MONDAY;;" },
    "extract(year from moment at time zone 'Europe/Berlin') = extract(year from now() at time zone 'Europe/Berlin')",
  ],
  [{ field: "moment", operand: "IS_IN_FUTURE" }, "moment >= now()"],
  [{ field: "createdAt", operand: "IS_TODAY" }, "created_at::date = current_date"],
  [{ field: "createdAt", operand: "IS_RELATIVE", value: "PAST_3_HOUR" }, "created_at >= now() - interval '3 hours'"],
  [{ field: "amount", operand: "GREATER_THAN_OR_EQUAL", value: "1" }, "amount_amount_micros >= 1000000"],
  [{ field: "amount", operand: "IS", value: ["EUR"], part: "currencyCode" }, "amount_currency_code = 'EUR'"],
  [{ field: "amount", operand: "IS_EMPTY" }, "amount_amount_micros is null"],
  [{ field: "place", operand: "CONTAINS", value: "ul" }, "place_address_city ilike '%ul%'"],
  [{ field: "place", operand: "IS_NOT_EMPTY" }, "coalesce(place_address_city, '') <> '' or place_address_lat is not null"],
  [{ field: "createdBy", operand: "CONTAINS", value: "n oth" }, "created_by_name ilike '%n oth%'"],
  [{ field: "company", operand: "IS_EMPTY" }, "company_id is null"],
])("can apply %j", async (filter, sql) => {
  const [wanted, all] = [await idsBySql(sql), await idsBySql("true")];
  expect([wanted.length > 0, wanted.length < all.length]).toEqual([true, true]);
  expect(await idsOf(await makeView([filter]))).toEqual(wanted);
});

it("can apply groups of filters, one within the other, beside a filter of its own", async () => {
  const view_id = await makeView([{ field: "flag", operand: "IS", value: true }]);
  const any = await insert("view_filter_groups", { view_id, logical_operator: "OR" });
  const none = await insert("view_filter_groups", { view_id, logical_operator: "NOT", parent_view_filter_group_id: any });
  await insert("view_filter_groups", { view_id, logical_operator: "OR" });
  await addFilter(view_id, { field: "ratio", operand: "GREATER_THAN_OR_EQUAL", value: 2, group: any });
  await addFilter(view_id, { field: "name", operand: "IS_NOT_EMPTY", group: none });
  expect(await idsOf(view_id, { count: { is: "NOT_NULL" } })).toEqual(
    await idsBySql("flag and (ratio >= 2 or coalesce(name, '') = '') and count is not null"),
  );
});

it("can apply what any field must hold, and forget what was deleted", async () => {
  const view = await makeView([{ field: "flag", operand: "IS", value: true }], { any_field_filter_value: "ul" });
  await api.sql("update core.view_filters set deleted_at = now() where view_id = $1", [view]);
  expect(await idsOf(view)).toEqual(await idsBySql("name ilike '%ul%' or place_address_city ilike '%ul%'"));
});

it.each<Kept>([
  { field: "name", operand: "CONTAINS", value: "" },
  { field: "choice", operand: "IS", value: [] },
  { field: "company", operand: "IS", value: JSON.stringify({ isCurrentWorkspaceMemberSelected: false, selectedRecordIds: [] }) },
])("can pass over a condition that has no value yet: %j", async (filter) => {
  expect(await idsOf(await makeView([filter]))).toEqual(await idsBySql("true"));
});

it("can find the records that relate to one, or to whoever looks", async () => {
  const [row] = await api.sql<{ company_id: string }>("select company_id from sample where company_id is not null limit 1");
  const view = await makeView([{ field: "company", operand: "IS", value: JSON.stringify({ selectedRecordIds: [row!.company_id] }) }]);
  const ids = await idsOf(view);
  expect(ids).toEqual(await idsBySql(`company_id = '${row!.company_id}'`));
  expect(ids.length).toBeGreaterThan(0);
});

it.each<[string, () => Promise<string>, string]>([
  ["that is not there", async () => "00000000-0000-0000-0000-000000000000", "NOT_FOUND"],
  ["of other records", async () => insert("views", { object_id: await objectId("company"), name: "Theirs" }), "NOT_FOUND"],
  ["of somebody else alone", () => makeView([], { visibility: "UNLISTED", creator_id: null }), "NOT_FOUND"],
  ["that was deleted", () => makeView([], { deleted_at: new Date() }), "NOT_FOUND"],
  ["whose date is not known", () => makeView([{ field: "day", operand: "IS_RELATIVE", value: "SOMETIME" }]), "VIEW_INVALID"],
  [
    "whose zone is not known",
    () => makeView([{ field: "moment", operand: "IS_RELATIVE", value: "THIS_1_DAY;;X'Y;;" }]),
    "INVALID_TIMEZONE",
  ],
  ["whose number is none", () => makeView([{ field: "count", operand: "IS", value: "many" }]), "INVALID_VALUE"],
])("cannot apply a view %s (%3$s)", async (_what, make, code) => {
  const { data, errors } = await api.graphql<Found>(QUERY, { viewId: await make() });
  expect([data, errors?.map(({ extensions }) => extensions.code)]).toEqual([{ samplesGroupBy: null }, [code]]);
});

it("cannot apply a view of another workspace (NOT_FOUND)", async () => {
  const view = await insert("views", { object_id: await objectId("company"), name: "Ours" });
  const ask = (email: string) =>
    api.graphql(
      "query ($viewId: UUID) { companiesGroupBy(viewId: $viewId, groupBy: [{ industry: true }]) { totalCount } }",
      { viewId: view },
      email,
    );
  expect((await ask("owner@globex.test")).errors).toMatchObject([{ extensions: { code: "NOT_FOUND", field: "viewId" } }]);
  expect((await ask("guest@acme.test")).errors).toBeUndefined();
});
