/** What is empty, of each type of field: as aggregates count it, views find it and filters mean it. */
import pg from "pg";
import { useApi } from "../helpers/server.ts";

const api = useApi();

/** By type: columns of a record that has none, in whichever way, and of two records that have the same. */
const TYPES: Record<string, { settings?: object; options?: object[]; empty: object[]; full: object }> = {
  ADDRESS: {
    empty: [{}, { x_address_city: "", x_address_street1: "" }],
    full: { x_address_city: "Ulm", x_address_lat: 48.4 },
  },
  ARRAY: { empty: [{ x: null }, { x: [] }], full: { x: ["a", "b"] } },
  BOOLEAN: { empty: [{ x: null }], full: { x: false } },
  CURRENCY: { empty: [{}, { x_currency_code: "EUR" }], full: { x_amount_micros: 1_000_000, x_currency_code: "EUR" } },
  DATE: { empty: [{}], full: { x: "2024-02-29" } },
  DATE_TIME: { empty: [{}], full: { x: "2024-02-29T12:00:00Z" } },
  EMAILS: { empty: [{}, { x_additional_emails: [] }], full: { x_primary_email: "a@b.test", x_additional_emails: ["c@d.test"] } },
  FILES: {
    settings: { maxNumberOfValues: 3 },
    empty: [{}, { x: [] }],
    full: { x: [{ fileId: "01900000-0000-7000-8000-000000000000", label: "a" }] },
  },
  FULL_NAME: { empty: [{}, { x_first_name: "", x_last_name: "" }], full: { x_first_name: "", x_last_name: "Doe" } },
  LINKS: { empty: [{}, { x_primary_link_label: "none yet", x_secondary_links: [] }], full: { x_primary_link_url: "https://a.test" } },
  MULTI_SELECT: { options: [{ value: "A" }, { value: "B" }], empty: [{ x: null }, { x: [] }], full: { x: ["B", "A"] } },
  NUMBER: { empty: [{}], full: { x: 0 } },
  NUMERIC: { empty: [{}], full: { x: 0.1 } },
  PHONES: { empty: [{}, { x_primary_phone_country_code: "DE", x_additional_phones: [] }], full: { x_primary_phone_number: "731" } },
  RATING: { empty: [{}], full: { x: "RATING_1" } },
  RAW_JSON: { empty: [{}, { x: {} }, { x: [] }], full: { x: { a: null } } },
  RICH_TEXT: { empty: [{}, { x_markdown: "", x_blocknote: "" }], full: { x_markdown: "*a*", x_blocknote: "[]" } },
  SELECT: { options: [{ value: "A" }], empty: [{}], full: { x: "A" } },
  TEXT: { empty: [{}, { x: "" }], full: { x: " " } },
  UUID: { empty: [{}], full: { x: "00000000-0000-0000-0000-000000000000" } },
};
/** Every record has these, and nobody writes them; or they are counted by their lists. */
const OTHERS = ["ACTOR", "MORPH_RELATION", "POSITION", "RELATION", "TS_VECTOR"];

const types = Object.keys(TYPES);
const nameOf = (type: string) =>
  `kind${type
    .replace(/_(.)/g, "$1")
    .toLowerCase()
    .replace(/^./, (letter) => letter.toUpperCase())}`;
const tableOf = (type: string) => nameOf(type).replace(/([A-Z])/g, (letter) => `_${letter.toLowerCase()}`);

beforeAll(async () => {
  const create = types.map((type) => {
    const { settings, options } = TYPES[type]!;
    const object = { nameSingular: nameOf(type), namePlural: `${nameOf(type)}s`, fields: [{ name: "x", type, settings, options }] };
    return `perform private.create_object(authz.workspace_id(), ${pg.escapeLiteral(JSON.stringify(object))});`;
  });
  await api.sql(`do $do$ begin
    set local role relata_owner;
    ${create.join("\n")}
    perform private.touch_metadata(authz.workspace_id());
  end $do$`);
  for (const type of types) {
    const { empty, full } = TYPES[type]!;
    const rows = [...empty, full, full].map((row) => ({ id: crypto.randomUUID(), ...row }));
    const columns = [...new Set(rows.flatMap(Object.keys))].join(", ");
    const table = tableOf(type);
    await api.sql(`insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1)`, [
      JSON.stringify(rows),
    ]);
  }
});

it("can tell of every field type", async () => {
  const names = (await api.sql<{ name: string }>("select name from core.field_types order by name")).map(({ name }) => name);
  expect([...types, ...OTHERS].sort()).toEqual(names);
});

it.each(types)("can count those of a %s that are empty, and those that differ", async (type) => {
  const plural = `${nameOf(type)}s`;
  const { data, errors } = await api.graphql<Record<string, object>>(
    `{ ${plural} { countEmptyX countNotEmptyX countUniqueValuesX percentageEmptyX percentageNotEmptyX } }`,
  );
  expect(errors).toBeUndefined();
  const { length } = TYPES[type]!.empty;
  expect(data![plural]).toEqual({
    countEmptyX: length,
    countNotEmptyX: 2,
    countUniqueValuesX: 1,
    percentageEmptyX: length / (length + 2),
    percentageNotEmptyX: 2 / (length + 2),
  });
});

it.each(types)("can find those of a %s that are empty by a view, and no others", async (type) => {
  const [view] = await api.sql<{ id: string }>(
    `with v as (insert into core.views (object_id, name) select id, 'Empty' from core.objects
       where name_singular = $1 and workspace_id = authz.workspace_id() returning id, object_id)
     , f as (insert into core.view_filters (view_id, field_id, operand, value)
       select v.id, f.id, 'IS_EMPTY', '""' from v join core.fields f on f.object_id = v.object_id and f.name = 'x')
     select id from v`,
    [nameOf(type)],
  );
  const groups = `${nameOf(type)}sGroupBy`;
  const { data, errors } = await api.graphql<Record<string, { totalCount: number; countEmptyX: number }[]>>(
    `query ($viewId: UUID) { ${groups}(viewId: $viewId, groupBy: [{ deletedAt: { granularity: YEAR, timeZone: "UTC" } }]) { totalCount countEmptyX } }`,
    { viewId: view!.id },
  );
  const { length } = TYPES[type]!.empty;
  expect([errors, data?.[groups]]).toEqual([undefined, [{ totalCount: length, countEmptyX: length }]]);
});

it.each(types.filter((type) => "x" in TYPES[type]!.full))(
  "can find those of a %s that are empty by a filter, and the others",
  async (type) => {
    const plural = `${nameOf(type)}s`;
    const { data, errors } = await api.graphql(
      `{ empty: ${plural}(filter: { x: { is: NULL } }) { totalCount } others: ${plural}(filter: { x: { is: NOT_NULL } }) { totalCount } }`,
    );
    expect([errors, data]).toEqual([undefined, { empty: { totalCount: TYPES[type]!.empty.length }, others: { totalCount: 2 } }]);
  },
);
