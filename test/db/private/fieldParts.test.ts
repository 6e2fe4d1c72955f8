/** What the columns of composites are part of: search, the shape of a workspace, and checks that follow their field. */
import { asAdministrator, become, type Db, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { createField, expectRefusal, idOf, MEMBER, OWNER, rows, schemaOf, value } from "../support.ts";

const database = useTestDatabase();
const asOwner = <T>(work: (db: Db) => Promise<T>) => withMemberDb(database.adminUrl, OWNER, work);

it("can search through the texts of composites", () =>
  asOwner(async (db) => {
    const spec = {
      nameSingular: "contact",
      namePlural: "contacts",
      searchFields: ["fullName", "emails", "place", "amount"],
      fields: [
        { name: "fullName", type: "FULL_NAME" },
        { name: "emails", type: "EMAILS" },
        { name: "place", type: "ADDRESS" },
        { name: "amount", type: "CURRENCY" },
      ],
    };
    await asAdministrator(db, () => db.query("select private.create_object(authz.workspace_id(), $1)", [spec]));
    await become(db, MEMBER);
    await db.query(
      `insert into contact (full_name_first_name, full_name_last_name, emails_primary_email, place_address_city, amount_currency_code)
       values ('Ann', 'Lee', 'ann@acme.test', 'Paris', 'EUR')`,
    );
    const found = async (word: string) =>
      Number(await value(db, "select count(*) from contact where search_vector @@ to_tsquery('authz.words', $1)", [word]));
    for (const word of ["ann", "lee", "acme", "paris"]) expect([word, await found(word)]).toEqual([word, 1]);
    expect(await found("eur")).toBe(0);
  }));

it("can keep the shape of a workspace when a setting only tells how to show a value", () =>
  asOwner(async (db) => {
    const id = await createField(db, { objectId: await idOf(db, "company"), name: "price", type: "NUMBER", settings: { decimals: 2 } });
    const shape = () => value(db, "select private.workspace_shape(authz.workspace_id())");
    await asAdministrator(db, async () => {
      const before = await shape();
      await db.query("update core.fields set settings = '{\"decimals\": 4}' where id = $1", [id]);
      expect(await shape()).toBe(before);
      await db.query('update core.fields set settings = \'{"dataType": "int"}\' where id = $1', [id]);
      expect(await shape()).not.toBe(before);
    });
  }));

it("can let the checks of a field follow its settings", () =>
  asOwner(async (db) => {
    const id = await createField(db, {
      objectId: await idOf(db, "company"),
      name: "tags",
      type: "ARRAY",
      settings: { maxNumberOfValues: 1 },
    });
    await become(db, MEMBER);
    const insert = () => db.query("insert into company (tags) values ('{a,b}')");
    await expectRefusal(db, insert, "CHECK_FAILED");
    await asAdministrator(db, async () => {
      const rebuild = async (max: number) => {
        await db.query("update core.fields set settings = jsonb_build_object('maxNumberOfValues', $2::int) where id = $1", [id, max]);
        await db.query("select private.rebuild_checks(f) from core.fields f where f.id = $1", [id]);
      };
      await rebuild(2);
      await insert();
      await expectRefusal(db, () => rebuild(1), "CHECK_FAILED");
    });
  }));

it("can add a field without reading the records there are: its checks are for what comes", () =>
  asOwner(async (db) => {
    await createField(db, { objectId: await idOf(db, "company"), name: "mails", type: "EMAILS" });
    const table = `${await schemaOf(db, "acme")}.company`;
    const checks = await asAdministrator(db, () =>
      rows(db, "select conname, convalidated from pg_constraint where conrelid = $1::regclass and conname ~ '^mails' order by 1", [table]),
    );
    expect(checks).toEqual([
      { conname: "mails.additional_emails_check", convalidated: false },
      { conname: "mails.primary_email_check", convalidated: false },
    ]);
  }));

it("can grant, comment and index each column of a composite", () =>
  asOwner(async (db) => {
    await createField(db, { objectId: await idOf(db, "company"), name: "call", type: "PHONES", isUnique: true, description: "@omit" });
    const schema = await schemaOf(db, "acme");
    await asAdministrator(db, async () => {
      const columns = await rows(
        db,
        `select attname as name, col_description(attrelid, attnum) as comment,
                has_column_privilege('relata_member', attrelid, attnum, 'insert') and has_column_privilege('relata_member', attrelid, attnum, 'update') as granted
         from pg_attribute where attrelid = $1::regclass and attname ~ '^call_' order by attnum`,
        [`${schema}.company`],
      );
      expect(columns).toEqual(
        ["primaryPhoneNumber", "primaryPhoneCountryCode", "primaryPhoneCallingCode", "additionalPhones"].map((part) => ({
          name: `call_${part.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`,
          comment: `@field call\n@type PHONES\n@part ${part}${part === "additionalPhones" ? "" : "\n@unique"}\n\n@omit`,
          granted: true,
        })),
      );
      const [index] = await rows(db, "select indexdef from pg_indexes where schemaname = $1 and indexname ~ '^call_key_'", [schema]);
      expect(index!["indexdef"]).toMatch(
        /\(call_primary_phone_number, call_primary_phone_country_code, call_primary_phone_calling_code\) NULLS NOT DISTINCT WHERE/,
      );
    });
  }));
