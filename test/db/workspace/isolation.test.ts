/** No row of another workspace, read or written, even when its schema is named. */
import { asAdministrator, become, type Db, useTestDatabase, withAdminDb } from "../../helpers/db.ts";
import { COLLEAGUES, count, expectDenied, expectRefusal, OWNER, rows, STRANGER, schemaOf, value } from "../support.ts";

const database = useTestDatabase();

const tablesOf = async (db: Db, schema: string) =>
  (
    await rows<{ relname: string }>(db, "select relname from pg_class where relnamespace = $1::regnamespace and relkind = 'r' order by 1", [
      schema,
    ])
  ).map(({ relname }) => `${schema}.${relname}`);

/** A workspace globex that holds a company, seen by somebody else. */
const withGlobex = (email: string, work: (db: Db, globex: string, companyId: string) => Promise<void>) =>
  withAdminDb(database.adminUrl, async (db) => {
    const globex = await schemaOf(db, "globex");
    await become(db, STRANGER);
    const id = await value(db, "insert into company (name) values ('Globex Labs') returning id");
    await become(db, email);
    await work(db, globex, id);
  });

describe.each(COLLEAGUES)("%s", (email) => {
  it("cannot see a row of another workspace's tables", () =>
    withGlobex(email, async (db, globex, id) => {
      const tables = await tablesOf(db, globex);
      expect(tables.length).toBeGreaterThanOrEqual(9);
      for (const table of tables) expect(await count(db, table)).toBe(0);
      expect(await asAdministrator(db, () => value(db, `select name from ${globex}.company where id = $1`, [id]))).toBe("Globex Labs");
      expect(await asAdministrator(db, () => count(db, `${globex}.workspace_member`))).toBeGreaterThan(0);
    }));

  it("cannot insert into another workspace's tables (42501)", () =>
    withGlobex(email, async (db, globex) => {
      for (const table of await tablesOf(db, globex)) {
        await expectDenied(db, () => db.query(`insert into ${table} (id) values (gen_random_uuid())`));
        await asAdministrator(db, () => db.query(`insert into ${table} (id) values (gen_random_uuid())`));
      }
    }));
});

it("cannot update another workspace's rows, by id or all of them", () =>
  withGlobex(OWNER, async (db, globex, id) => {
    expect((await db.query(`update ${globex}.company set name = 'Taken' where id = $1`, [id])).rowCount).toBe(0);
    for (const table of await tablesOf(db, globex)) expect((await db.query(`update ${table} set deleted_at = now()`)).rowCount).toBe(0);
    expect(
      await asAdministrator(db, () => value(db, `select name from ${globex}.company where id = $1 and deleted_at is null`, [id])),
    ).toBe("Globex Labs");
  }));

it("cannot delete another workspace's rows", () =>
  withGlobex(OWNER, async (db, globex, id) => {
    expect((await db.query(`delete from ${globex}.company where id = $1`, [id])).rowCount).toBe(0);
    expect(await asAdministrator(db, () => count(db, `${globex}.company`))).toBe(1);
  }));

it("cannot relate to another workspace's record (RELATED_NOT_FOUND)", () =>
  withGlobex(OWNER, async (db, _globex, id) => {
    await expectRefusal(db, () => db.query("insert into person (company_id) values ($1)", [id]), "RELATED_NOT_FOUND");
    const own = await value(db, "select id from company limit 1");
    expect(await value(db, "insert into person (company_id) values ($1) returning company_id", [own])).toBe(own);
  }));

it("cannot take an id that tells whether another workspace has it", () =>
  withGlobex(OWNER, async (db, _globex, id) => {
    expect(await value(db, "insert into company (id) values ($1) returning id", [id])).toBe(id);
  }));

describe("without a claim", () => {
  const unclaimed = (role: string, work: (db: Db, acme: string) => Promise<void>) =>
    withAdminDb(database.adminUrl, async (db) => {
      const acme = await schemaOf(db, "acme");
      await db.query(`set local role ${role}`);
      await work(db, acme);
    });

  it.each(["relata_guest", "relata_member", "relata_admin", "relata_owner"])("%s cannot see a record", (role) =>
    unclaimed(role, async (db, acme) => {
      for (const table of await tablesOf(db, acme)) expect(await count(db, table)).toBe(0);
      expect(await asAdministrator(db, () => count(db, `${acme}.company`))).toBeGreaterThan(0);
    }),
  );

  it.each(["relata_member", "relata_admin", "relata_owner"])("%s cannot write a record", (role) =>
    unclaimed(role, async (db, acme) => {
      await expectDenied(db, () => db.query(`insert into ${acme}.company (name) values ('Initech')`));
      expect((await db.query(`update ${acme}.company set name = 'Initech'`)).rowCount).toBe(0);
      expect(await asAdministrator(db, () => count(db, `${acme}.company where name = 'Initech'`))).toBe(0);
    }),
  );

  it.each(["relata_anonymous", "relata_server", "relata_worker"])("%s cannot read a record (42501)", (role) =>
    unclaimed(role, async (db, acme) => {
      await expectDenied(db, () => db.query(`select from ${acme}.company`));
      expect(await asAdministrator(db, () => count(db, `${acme}.company`))).toBeGreaterThan(0);
    }),
  );
});

it("an emptied claim is no claim", () =>
  withAdminDb(database.adminUrl, async (db) => {
    await become(db, OWNER);
    expect(await count(db, "company")).toBeGreaterThan(0);
    await db.query("select set_config('relata.workspace_id', '', true)");
    expect(await count(db, "company")).toBe(0);
  }));

it("a workspace without the permissions is not enough", () =>
  withAdminDb(database.adminUrl, async (db) => {
    await become(db, OWNER);
    await db.query("select set_config('relata.permissions', '', true)");
    expect(await count(db, "company")).toBe(0);
    await expectDenied(db, () => db.query("insert into company (name) values ('Initech')"));
    expect(await asAdministrator(db, () => count(db, "company"))).toBeGreaterThan(0);
  }));
