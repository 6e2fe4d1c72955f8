/** What each field type becomes: a column, its check, its default, and what it takes and refuses. */
import { type ErrorCode, sqlstateOf } from "../../../src/errors.ts";
import { asAdministrator, become, type Db, errorOf, useTestDatabase, withAdminDb, withMemberDb } from "../../helpers/db.ts";
import { createField, GUEST, idOf, MEMBER, OWNER, type Row, rows, schemaOf, value } from "../support.ts";

type Case = {
  title: string;
  spec: Row;
  /** The column's definition, as the catalog prints it. */
  column: string;
  comment?: string;
  takes: unknown[];
  refuses?: [value: unknown, code: ErrorCode][];
};

const OPTIONS = [{ value: "SMALL" }, { value: "LARGE_ONE", label: "Large!", color: "red" }];

const CASES: Case[] = [
  {
    title: "UUID",
    spec: { type: "UUID" },
    column: "uuid",
    takes: ["01890000-0000-7000-8000-000000000000", null],
    refuses: [["x", "INVALID_VALUE"]],
  },
  {
    title: "UUID that makes itself",
    spec: { type: "UUID", defaultValue: "uuid", isNullable: false },
    column: "uuid not null = authz.uuid_v7()",
    takes: [],
  },
  { title: "TEXT", spec: { type: "TEXT" }, column: "text", takes: ["", "naïve 🏡\n'; drop table core.users; --", null] },
  {
    title: "TEXT with a default",
    spec: { type: "TEXT", defaultValue: "it's \\ {0}; --" },
    column: "text = 'it''s \\ {0}; --'::text",
    takes: ["a"],
  },
  {
    title: "NUMBER",
    spec: { type: "NUMBER" },
    column: "double precision",
    takes: ["1.5", "-1e300"],
    refuses: [
      ["many", "INVALID_VALUE"],
      ["1e999", "VALUE_OUT_OF_RANGE"],
    ],
  },
  {
    title: "NUMBER, float",
    spec: { type: "NUMBER", settings: { dataType: "float" }, defaultValue: 1.5 },
    column: "double precision = '1.5'::double precision",
    takes: ["0"],
  },
  {
    title: "NUMBER, int",
    spec: { type: "NUMBER", settings: { dataType: "int" }, defaultValue: 3 },
    column: "integer = 3",
    takes: [2147483647],
    refuses: [
      ["2147483648", "VALUE_OUT_OF_RANGE"],
      ["1.5", "INVALID_VALUE"],
    ],
  },
  {
    title: "NUMBER, bigint",
    spec: { type: "NUMBER", settings: { dataType: "bigint" } },
    column: "bigint",
    takes: ["9007199254740993"],
    refuses: [["9223372036854775808", "VALUE_OUT_OF_RANGE"]],
  },
  {
    title: "NUMERIC",
    spec: { type: "NUMERIC", defaultValue: "0.10" },
    column: "numeric = 0.10",
    takes: ["123456789012345678901234567890.123456789"],
    refuses: [["ten", "INVALID_VALUE"]],
  },
  {
    title: "BOOLEAN",
    spec: { type: "BOOLEAN", defaultValue: false, isNullable: false },
    column: "boolean not null = false",
    takes: [true],
    refuses: [[null, "VALUE_REQUIRED"]],
  },
  {
    title: "DATE",
    spec: { type: "DATE", defaultValue: "now" },
    column: "date = now()",
    takes: ["2026-02-28"],
    refuses: [
      ["2026-02-30", "DATE_OUT_OF_RANGE"],
      ["soon", "INVALID_DATE"],
    ],
  },
  {
    title: "DATE_TIME",
    spec: { type: "DATE_TIME", defaultValue: "now" },
    column: "timestamp with time zone = now()",
    takes: ["2026-02-28T12:00:00+05:30"],
    refuses: [["soon", "INVALID_DATE"]],
  },
  {
    title: "SELECT",
    spec: { type: "SELECT", options: OPTIONS },
    column: "text",
    comment: "@field thing\n@type SELECT\n@options SMALL LARGE_ONE",
    takes: ["SMALL", "LARGE_ONE", null],
    refuses: [
      ["small", "CHECK_FAILED"],
      ["", "CHECK_FAILED"],
      ["SMALL LARGE_ONE", "CHECK_FAILED"],
    ],
  },
  {
    title: "SELECT with a default",
    spec: { type: "SELECT", options: OPTIONS, defaultValue: "SMALL", isNullable: false },
    column: "text not null = 'SMALL'::text",
    comment: "@field thing\n@type SELECT\n@options SMALL LARGE_ONE",
    takes: ["LARGE_ONE"],
    refuses: [[null, "VALUE_REQUIRED"]],
  },
];

/** Composites, and types whose checks look inside: what their columns take and refuse, whoever writes. */
const COMPOSITES: { type: string; spec?: Row; takes: Row[]; refuses: [row: Row, constraint: string][] }[] = [
  {
    type: "ADDRESS",
    takes: [{ thing_address_city: "Paris", thing_address_lat: 48.8, thing_address_lng: -180 }],
    refuses: [
      [{ thing_address_lat: 90.1 }, "thing.address_lat_check"],
      [{ thing_address_lng: "NaN" }, "thing.address_lng_check"],
    ],
  },
  {
    type: "ARRAY",
    spec: { settings: { maxNumberOfValues: 2 } },
    takes: [{ thing: "{a,b}" }, { thing: "{}" }, { thing: null }],
    refuses: [
      [{ thing: "{a,b,c}" }, "thing_check"],
      [{ thing: "{a,NULL}" }, "thing_check"],
      [{ thing: "{{a},{b}}" }, "thing_check"],
      [{ thing: ["x".repeat(1_048_577)] }, "thing_check"],
    ],
  },
  {
    type: "CURRENCY",
    takes: [{ thing_amount_micros: "-1500000.5", thing_currency_code: "EUR" }],
    refuses: [
      [{ thing_currency_code: "eur" }, "thing.currency_code_check"],
      [{ thing_amount_micros: "NaN" }, "thing.amount_micros_check"],
      [{ thing_amount_micros: "-Infinity" }, "thing.amount_micros_check"],
    ],
  },
  {
    type: "EMAILS",
    spec: { settings: { maxNumberOfValues: 3 } },
    takes: [{ thing_primary_email: "a@b.c", thing_additional_emails: '["b@b.c","c@b.c"]' }, { thing_additional_emails: "[]" }],
    refuses: [
      [{ thing_primary_email: "A@b.c" }, "thing.primary_email_check"],
      [{ thing_primary_email: "a b@b.c" }, "thing.primary_email_check"],
      [{ thing_primary_email: "" }, "thing.primary_email_check"],
      [{ thing_additional_emails: '["a@b.c","b@b.c","c@b.c"]' }, "thing.additional_emails_check"],
      [{ thing_additional_emails: '["A@b.c"]' }, "thing.additional_emails_check"],
      [{ thing_additional_emails: "[7]" }, "thing.additional_emails_check"],
      [{ thing_additional_emails: '{"a":1}' }, "thing.additional_emails_check"],
      [{ thing_additional_emails: '"a@b.c"' }, "thing.additional_emails_check"],
    ],
  },
  {
    type: "FILES",
    spec: { settings: { maxNumberOfValues: 1 } },
    takes: [{ thing: '[{"fileId":"00000000-0000-4000-8000-000000000000","label":"a.pdf"}]' }, { thing: "[]" }],
    refuses: [
      [{ thing: '[{"fileId":"x","label":"a.pdf"}]' }, "thing_check"],
      [{ thing: '[{"fileId":["00000000-0000-4000-8000-000000000000"],"label":"a.pdf"}]' }, "thing_check"],
      [{ thing: '[{"fileId":"00000000-0000-4000-8000-000000000000"}]' }, "thing_check"],
      [{ thing: "{}" }, "thing_check"],
    ],
  },
  {
    type: "FULL_NAME",
    takes: [{ thing_first_name: "Ann", thing_last_name: null }],
    refuses: [[{ thing_first_name: "x".repeat(10_001) }, "thing.first_name_check"]],
  },
  {
    type: "LINKS",
    takes: [{ thing_primary_link_url: "https://a.b/C?d=/", thing_secondary_links: '[{"url":"http://localhost:1/x"}]' }],
    refuses: [
      [{ thing_primary_link_url: "https://A.b" }, "thing.primary_link_url_check"],
      [{ thing_primary_link_url: "https://a.b/" }, "thing.primary_link_url_check"],
      [{ thing_primary_link_url: "javascript:alert(1)" }, "thing.primary_link_url_check"],
      [{ thing_secondary_links: '[{"url":"javascript:alert(1)"}]' }, "thing.secondary_links_check"],
      [{ thing_secondary_links: '[{"label":"a"}]' }, "thing.secondary_links_check"],
      [{ thing_secondary_links: '[{"url":7}]' }, "thing.secondary_links_check"],
    ],
  },
  {
    type: "MULTI_SELECT",
    spec: { options: OPTIONS },
    takes: [{ thing: "{SMALL,LARGE_ONE}" }, { thing: "{}" }],
    refuses: [
      [{ thing: "{small}" }, "thing_check"],
      [{ thing: "{SMALL,NULL}" }, "thing_check"],
      [{ thing: "{SMALL,SMALL,SMALL}" }, "thing_check"],
    ],
  },
  {
    type: "PHONES",
    takes: [{ thing_primary_phone_number: "612345678", thing_primary_phone_country_code: "FR", thing_primary_phone_calling_code: "+33" }],
    refuses: [
      [{ thing_primary_phone_number: "06 12" }, "thing.primary_phone_number_check"],
      [{ thing_primary_phone_country_code: "fr" }, "thing.primary_phone_country_code_check"],
      [{ thing_primary_phone_calling_code: "33" }, "thing.primary_phone_calling_code_check"],
      [{ thing_additional_phones: '[{"number":612345678}]' }, "thing.additional_phones_check"],
    ],
  },
  { type: "RATING", takes: [{ thing: "RATING_5" }, { thing: null }], refuses: [[{ thing: "RATING_6" }, "thing_check"]] },
  {
    type: "RAW_JSON",
    takes: [{ thing: '{"a":[1]}' }, { thing: "[]" }],
    refuses: [
      [{ thing: "7" }, "thing_check"],
      [{ thing: "null" }, "thing_check"],
      [{ thing: JSON.stringify(["x".repeat(1_048_577)]) }, "thing_check"],
    ],
  },
  {
    type: "RICH_TEXT",
    takes: [{ thing_markdown: "# a", thing_blocknote: "[]" }],
    refuses: [[{ thing_markdown: "x".repeat(1_048_577) }, "thing.markdown_check"]],
  },
];

const database = useTestDatabase();

/** As the owner, with a field called thing on company. */
const withThing = (spec: Row, work: (db: Db, id: string) => Promise<void>) =>
  withMemberDb(database.adminUrl, OWNER, async (db) =>
    work(db, await createField(db, { objectId: await idOf(db, "company"), name: "thing", ...spec })),
  );

describe.each(CASES)("$title", ({ spec, column, comment, takes, refuses = [] }) => {
  it("becomes a column with its default, check and comment", () =>
    withThing(spec, async (db) => {
      const company = `${await schemaOf(db, "acme")}.company`;
      const [made] = await asAdministrator(db, () =>
        rows(
          db,
          `select concat(atttypid::regtype, case when attnotnull then ' not null' end, ' = ' || pg_get_expr(adbin, adrelid)) as column,
                  col_description(attrelid, attnum) as comment,
                  (select count(*)::int from pg_constraint where conrelid = attrelid and conname = 'thing_check') as checks
           from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum where attrelid = $1::regclass and attname = 'thing'`,
          [company],
        ),
      );
      expect(made).toEqual({
        column,
        comment: comment ?? `@field thing\n@type ${spec["type"]}`,
        checks: ["UUID", "BOOLEAN"].includes(String(spec["type"])) ? 0 : 1,
      });
    }));

  it("can be written by members and read by guests", () =>
    withThing(spec, async (db) => {
      await become(db, MEMBER);
      for (const given of takes) {
        const id = await value(db, "insert into company (thing) values ($1) returning id", [given]);
        expect((await db.query("update company set thing = $1 where id = $2", [given, id])).rowCount).toBe(1);
        await become(db, GUEST);
        // Compared by the type itself: a date is no text.
        expect(await value(db, "select thing is not distinct from $1 from company where id = $2", [given, id])).toBe(true);
        await become(db, MEMBER);
      }
    }));

  it("refuses what it does not take", () =>
    withThing(spec, async (db) => {
      await become(db, MEMBER);
      for (const [given, code] of refuses) {
        const error = await errorOf(db, () => db.query("insert into company (thing) values ($1)", [given]));
        expect([given, error?.code]).toEqual([given, sqlstateOf(code)]);
      }
    }));

  if (spec["defaultValue"] !== undefined) {
    it("gives its default to new records and to those there are", () =>
      withThing(spec, async (db) => {
        await become(db, MEMBER);
        expect(await value(db, "select count(*) from company where thing is null")).toBe("0");
        expect(await value(db, "insert into company (name) values ('Initech') returning thing is not null")).toBe(true);
      }));
  }
});

describe.each(COMPOSITES)("$type", ({ type, spec, takes, refuses }) => {
  const insert = (db: Db, row: Row) =>
    db.query(
      `insert into company (${Object.keys(row).join(", ")}) values (${Object.keys(row)
        .map((_, n) => `$${n + 1}`)
        .join(", ")})`,
      Object.values(row),
    );

  it("takes what has its form and refuses the rest, by the name of a check that leads to the part", () =>
    withThing({ type, ...spec }, async (db) => {
      await become(db, MEMBER);
      for (const row of takes) expect([row, (await errorOf(db, () => insert(db, row)))?.message]).toEqual([row, undefined]);
      for (const [row, constraint] of refuses) {
        const error = (await errorOf(db, () => insert(db, row))) as { code: string; constraint: string } | undefined;
        expect([JSON.stringify(row).slice(0, 100), error?.code, error?.constraint]).toEqual([
          JSON.stringify(row).slice(0, 100),
          "23514",
          constraint,
        ]);
      }
    }));
});

it("numbers and fills in the options of a SELECT", () =>
  withThing({ type: "SELECT", options: OPTIONS }, async (db, id) => {
    expect(await value(db, "select options from core.fields where id = $1", [id])).toEqual([
      { id: expect.stringMatching(/-7/), value: "SMALL", label: "Small", color: "gray", position: 0 },
      { id: expect.stringMatching(/-7/), value: "LARGE_ONE", label: "Large!", color: "red", position: 1 },
    ]);
  }));

it("knows no type that is not tried here", () =>
  withAdminDb(database.adminUrl, async (db) => {
    const types = await rows<{ name: string }>(db, "select name from core.field_types where not is_system");
    const tried = new Set([...CASES.map(({ spec }) => spec["type"]), ...COMPOSITES.map(({ type }) => type), "RELATION", "MORPH_RELATION"]);
    expect(types.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([]);
  }));
