/** A person's email is unique without regard to case, among living records only. */
import { toRelataError } from "../../../src/errors.ts";
import { type Db, errorOf, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { count, expectRefusal, MEMBER, value } from "../support.ts";

const database = useTestDatabase();
const asMember = <T>(work: (db: Db) => Promise<T>) => withMemberDb(database.adminUrl, MEMBER, work);

const add = (db: Db, email: string | null) => value(db, "insert into person (email) values ($1) returning id", [email]);
const erase = (db: Db, id: string) => db.query("update person set deleted_at = now() where id = $1", [id]);
const restore = (db: Db, id: string) => db.query("update person set deleted_at = null where id = $1", [id]);

it.each(["peter@initech.test", "Peter@Initech.TEST"])("cannot give a second person the address %s (CONFLICT)", (email) =>
  asMember(async (db) => {
    const first = await add(db, "peter@initech.test");
    await expectRefusal(db, () => add(db, email), "CONFLICT");
    // Without the first it is no conflict.
    await erase(db, first);
    expect(await add(db, email)).toBeTruthy();
  }),
);

it("cannot change an address into somebody else's (CONFLICT)", () =>
  asMember(async (db) => {
    await add(db, "peter@initech.test");
    const second = await add(db, "milton@initech.test");
    await expectRefusal(db, () => db.query("update person set email = 'PETER@initech.test' where id = $1", [second]), "CONFLICT");
  }));

it("can write one's own address in another case", () =>
  asMember(async (db) => {
    const id = await add(db, "peter@initech.test");
    expect((await db.query("update person set email = 'Peter@Initech.test' where id = $1", [id])).rowCount).toBe(1);
  }));

it("can have many deleted persons of one address", () =>
  asMember(async (db) => {
    for (let n = 0; n < 3; n++) await erase(db, await add(db, "peter@initech.test"));
    expect(await count(db, "person where email = 'peter@initech.test'")).toBe(3);
  }));

it("cannot restore a person whose address is taken meanwhile (CONFLICT)", () =>
  asMember(async (db) => {
    const first = await add(db, "peter@initech.test");
    await erase(db, first);
    const second = await add(db, "PETER@initech.test");
    await expectRefusal(db, () => restore(db, first), "CONFLICT");
    await erase(db, second);
    expect((await restore(db, first)).rowCount).toBe(1);
  }));

it("can have many persons without an address", () =>
  asMember(async (db) => {
    for (let n = 0; n < 3; n++) expect(await add(db, null)).toBeTruthy();
  }));

it("names the field at fault", () =>
  asMember(async (db) => {
    await add(db, "peter@initech.test");
    expect(toRelataError(await errorOf(db, () => add(db, "peter@initech.test")))).toMatchObject({ code: "CONFLICT", field: "email" });
  }));
