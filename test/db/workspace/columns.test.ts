/** What Relata writes into a record itself, and nobody else may. */
import { asAdministrator, become, type Db, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { ADMIN, count, expectDenied, MEMBER, rows, value } from "../support.ts";

const database = useTestDatabase();
const asMember = <T>(work: (db: Db) => Promise<T>) => withMemberDb(database.adminUrl, MEMBER, work);

const ACTOR = ["source", "workspace_member_id", "name"];
const KEPT = [...ACTOR.flatMap((part) => [`created_by_${part}`, `updated_by_${part}`]), "updated_at", "search_vector"];
const insert = (db: Db) => value(db, "insert into company (name) values ('Initech') returning id");

it.each([...KEPT, "deleted_at"])("cannot set %s of a new record (42501)", (column) =>
  asMember(async (db) => {
    await expectDenied(db, () => db.query(`insert into company (name, ${column}) values ('Initech', default)`));
    await asAdministrator(db, () => db.query(`insert into company (name, ${column}) values ('Initech', default)`));
  }),
);

it.each([...KEPT, "id", "created_at"])("cannot change %s (42501)", (column) =>
  asMember(async (db) => {
    const change = () => db.query(`update company set ${column} = default`);
    await expectDenied(db, change);
    if (column !== "id") expect((await asAdministrator(db, change)).rowCount).toBeGreaterThan(0);
  }),
);

it("can give a new record its id and its date of creation", () =>
  asMember(async (db) => {
    const [id, at] = ["01890000-0000-7000-8000-000000000000", "2020-01-01T00:00:00.000Z"];
    const [row] = await rows(db, "insert into company (id, created_at) values ($1, $2) returning id, created_at", [id, at]);
    expect(row).toEqual({ id, created_at: new Date(at) });
  }));

it("keeps who created a record, by the claim", () =>
  asMember(async (db) => {
    const memberId = await value(db, "select authz.member_id()");
    const [row] = await rows(db, "insert into company (name) values ('Initech') returning *");
    const actor = { source: "API", workspace_member_id: memberId, name: "Mia Member" };
    for (const part of ACTOR) {
      expect(row).toHaveProperty(`created_by_${part}`, actor[part as "name"]);
      expect(row).toHaveProperty(`updated_by_${part}`, actor[part as "name"]);
    }
  }));

it("keeps who changed a record last, and still who created it", () =>
  asMember(async (db) => {
    const id = await insert(db);
    await become(db, ADMIN);
    const [row] = await rows(db, "update company set name = 'Initrode' where id = $1 returning created_by_name, updated_by_name", [id]);
    expect(row).toEqual({ created_by_name: "Mia Member", updated_by_name: "Adam Admin" });
  }));

it("moves updated_at with each change, even within a transaction", () =>
  asMember(async (db) => {
    const id = await insert(db);
    const change = () => value(db, "update company set name = name || '.' where id = $1 returning updated_at::text", [id]);
    const moments = [await value(db, "select updated_at::text from company where id = $1", [id]), await change(), await change()];
    expect(moments).toEqual([...new Set(moments)].sort());
    expect(moments).toHaveLength(3);
  }));

it("keeps updatedAt and updatedBy whoever writes, the administrator too", () =>
  asMember(async (db) => {
    const id = await insert(db);
    await asAdministrator(db, () =>
      db.query("update company set updated_by_name = 'Nobody', updated_at = '2000-01-01' where id = $1", [id]),
    );
    const [row] = await rows(db, "select updated_by_name, updated_at > '2000-01-02' as is_new from company where id = $1", [id]);
    expect(row).toEqual({ updated_by_name: "Mia Member", is_new: true });
  }));

it("gives ids of version 7, in the order of time", () =>
  asMember(async (db) => {
    const first = await insert(db);
    await db.query("select pg_sleep(0.002)");
    const second = await insert(db);
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(first < second).toBe(true);
  }));

it("puts a new record before the others", () =>
  asMember(async (db) => {
    const id = await insert(db);
    expect(await value(db, "select id from company order by position, id limit 1")).toBe(id);
  }));

it("names a person by the first and the last name", () =>
  asMember(async (db) => {
    const named = async (first: string | null, last: string | null) =>
      value<string | null>(db, "insert into person (first_name, last_name) values ($1, $2) returning name", [first, last]);
    expect(await named("Peter", "Gibbons")).toBe("Peter Gibbons");
    expect(await named(null, "Gibbons")).toBe("Gibbons");
    expect(await named("", null)).toBeNull();
    await expectDenied(db, () => db.query("insert into person (name) values (default)"));
    await expectDenied(db, () => db.query("update person set name = default"));
  }));

it("finds a record by the words of its search fields", () =>
  asMember(async (db) => {
    await db.query("insert into company (name, domain_name, industry) values ('Initech Zyx', 'zyxwv.example', 'Qqqq')");
    const found = (word: string) => count(db, `company where search_vector @@ plainto_tsquery('authz.words', '${word}')`);
    expect([await found("ZYX"), await found("zyxwv"), await found("qqqq")]).toEqual([1, 1, 0]);
  }));
