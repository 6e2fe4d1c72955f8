/** The table that createObject makes: columns, checks, indexes, policies, grants, comments. */
import { asAdministrator, become, type Db, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { count, createObject, expectDenied, expectRefusal, GUEST, MEMBER, OWNER, rows, schemaOf, value } from "../support.ts";

const HOUSE = { nameSingular: "summerHouse", namePlural: "summerHouses", description: "A house by the sea." };

const database = useTestDatabase();

type Look = <T extends Record<string, unknown>>(text: string) => Promise<T[]>;

/** As the owner, with summerHouse made; `look` asks the catalog about its table, $1. */
const withHouse = (work: (db: Db, look: Look) => Promise<void>) =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    await createObject(db, HOUSE);
    const table = `${await schemaOf(db, "acme")}.summer_house`;
    await work(db, (text) => asAdministrator(db, () => rows(db, text, [table])));
  });

const actor = (verb: string) => ({
  [`${verb}_by_source`]: "text = authz.actor_source()",
  [`${verb}_by_workspace_member_id`]: "uuid = authz.member_id()",
  [`${verb}_by_name`]: "text = authz.actor_name()",
  [`${verb}_by_context`]: "jsonb",
});

it("has a column for each field, with its type and default", () =>
  withHouse(async (_db, look) => {
    const columns = await look<{ name: string; definition: string }>(
      `select attname as name, concat(atttypid::regtype, case when attnotnull then ' not null' end, ' = ' || pg_get_expr(adbin, adrelid)) as definition
       from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
       where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
    );
    expect(Object.fromEntries(columns.map(({ name, definition }) => [name, definition]))).toEqual({
      id: "uuid not null = authz.uuid_v7()",
      name: "text",
      created_at: "timestamp with time zone not null = now()",
      updated_at: "timestamp with time zone not null = now()",
      deleted_at: "timestamp with time zone",
      ...actor("created"),
      ...actor("updated"),
      position: expect.stringMatching(/^double precision not null = .*clock_timestamp/),
      search_vector: expect.stringMatching(/^tsvector = to_tsvector\('authz.words'::regconfig, translate\(COALESCE\(name/),
    });
  }));

it("has its checks, its key and its indexes", () =>
  withHouse(async (_db, look) => {
    const constraints = await look<{ conname: string; definition: string }>(
      "select conname, pg_get_constraintdef(oid) as definition from pg_constraint where conrelid = $1::regclass and contype <> 'n' order by 1",
    );
    expect(constraints).toEqual([
      { conname: "created_at_check", definition: "CHECK (isfinite(created_at))" },
      { conname: "created_by.source_check", definition: expect.stringMatching(/^CHECK \(\(created_by_source = ANY \(ARRAY\['EMAIL'/) },
      { conname: "deleted_at_check", definition: "CHECK (isfinite(deleted_at))" },
      { conname: "name_check", definition: "CHECK ((octet_length(name) <= 1048576))" },
      { conname: "position_check", definition: expect.stringContaining("Infinity") },
      { conname: "summer_house_pkey", definition: "PRIMARY KEY (id)" },
      { conname: "updated_at_check", definition: "CHECK (isfinite(updated_at))" },
      { conname: "updated_by.source_check", definition: expect.stringContaining("'APPLICATION'") },
    ]);
    const indexes = await look<{ definition: string }>(
      "select substring(pg_get_indexdef(indexrelid) from 'USING (.*)$') as definition from pg_index where indrelid = $1::regclass",
    );
    const told = indexes.map(({ definition }) => definition).sort();
    expect(told).toEqual([
      'btree ("position", id)',
      "btree (created_at, id)",
      "btree (id)",
      "gin (authz.search_text(VARIADIC ARRAY[name]) extensions.gin_trgm_ops)",
      "gin (search_vector)",
    ]);
  }));

it("has row security forced, and its policies", () =>
  withHouse(async (_db, look) => {
    expect(await look("select relrowsecurity, relforcerowsecurity from pg_class where oid = $1::regclass")).toEqual([
      { relrowsecurity: true, relforcerowsecurity: true },
    ]);
    const policies = await look<{ policy: string }>(
      `select concat_ws(' ', polname, case when not polpermissive then 'restrictive' end, polcmd::text,
                        (select string_agg(r::regrole::text, ',') from unnest(nullif(polroles, '{0}')) r)) as policy
       from pg_policy where polrelid = $1::regclass order by polname`,
    );
    // Another restrictive policy may take away; none but these give.
    const told = policies.map(({ policy }) => policy);
    expect(told).toContain("in_workspace restrictive *");
    expect(told.filter((policy) => !policy.includes("restrictive"))).toEqual([
      "creators a relata_writer",
      "destroyers d relata_writer",
      "machine * relata_owner",
      "readers r relata_reader",
      "updaters w relata_writer",
    ]);
    const [asked] = await look<{ text: string }>(
      "select string_agg(concat(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)), ' ') as text from pg_policy where polrelid = $1::regclass",
    );
    for (const permission of ["read", "create", "update", "destroy"]) expect(asked!.text).toContain(`'summerHouses.${permission}'`);
  }));

it("is granted column by column, to members alone", () =>
  withHouse(async (_db, look) => {
    const grants = await look<{ grantee: string; verb: string; columns: string[] }>(
      `select a.grantee::regrole::text as grantee, a.privilege_type as verb, array_agg(attname::text order by attname) as columns
       from pg_attribute, aclexplode(attacl) a where attrelid = $1::regclass group by 1, 2 order by 1, 2`,
    );
    expect(grants).toEqual([
      { grantee: "relata_member", verb: "INSERT", columns: ["created_at", "id", "name", "position"] },
      { grantee: "relata_member", verb: "UPDATE", columns: ["deleted_at", "name", "position"] },
    ]);
    const whole = await look(
      "select a.grantee::regrole::text as grantee, a.privilege_type as verb from pg_class, aclexplode(relacl) a where oid = $1::regclass and a.grantee <> relowner",
    );
    expect(whole).toEqual([
      { grantee: "relata_guest", verb: "SELECT" },
      { grantee: "relata_member", verb: "DELETE" },
    ]);
  }));

it("has comments that name it and its fields in the API", () =>
  withHouse(async (_db, look) => {
    const [table] = await look<{ text: string }>("select obj_description($1::regclass) as text");
    expect(table!.text).toBe("@singular summerHouse\n@plural summerHouses\n@label name\nA house by the sea.");
    const columns = await look<{ name: string; text: string }>(
      "select attname as name, col_description(attrelid, attnum) as text from pg_attribute where attrelid = $1::regclass and attnum > 0",
    );
    const told = Object.fromEntries(columns.map(({ name, text }) => [name, text]));
    expect(told).toMatchObject({
      id: "@field id\n@type UUID",
      name: "@field name\n@type TEXT",
      created_at: "@field createdAt\n@type DATE_TIME",
      position: "@field position\n@type POSITION",
    });
    expect(Object.values(told).every((text) => text?.startsWith("@field "))).toBe(true);
  }));

it("has one trigger, which keeps updatedAt and updatedBy", () =>
  withHouse(async (_db, look) => {
    expect(
      await look("select tgname, tgfoid::regproc::text as calls from pg_trigger where tgrelid = $1::regclass and not tgisinternal"),
    ).toEqual([{ tgname: "_100_updated", calls: "private.tg__record_updated" }]);
  }));

it("can be read by guests and written by members at once, and cannot be written by guests (42501)", () =>
  withHouse(async (db) => {
    await become(db, MEMBER);
    const id = await value(db, "insert into summer_house (name) values ('Seaview') returning id");
    expect((await db.query("update summer_house set name = 'Sea view' where id = $1", [id])).rowCount).toBe(1);
    await expectRefusal(db, () => db.query("insert into summer_house (name) values (repeat('x', 1048577))"), "CHECK_FAILED");
    await become(db, GUEST);
    expect(await count(db, "summer_house where name = 'Sea view'")).toBe(1);
    await expectDenied(db, () => db.query("insert into summer_house (name) values ('Seaview')"));
  }));
