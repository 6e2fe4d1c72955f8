/** A text that is too long for PostgreSQL is refused with an error that a client may see. */
import { toRelataError } from "../../../src/errors.ts";
import { type Db, errorOf, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { expectRefusal, MEMBER, value } from "../support.ts";

const database = useTestDatabase();
const asMember = <T>(work: (db: Db) => Promise<T>) => withMemberDb(database.adminUrl, MEMBER, work);

/** Words that do not compress, some 32 bytes each. */
const words = (db: Db, count: number, between: string) =>
  value(db, "select string_agg(md5(n::text), $2) from generate_series(1, $1::int) n", [count, between]);

/** Undefined when the text was written or refused as a client's fault, else what happened. */
async function faultOf(db: Db, column: string, text: string): Promise<string | undefined> {
  const [table] = column.split(".");
  const error = await errorOf(db, () => db.query(`insert into ${table} (${column.split(".")[1]}) values ($1)`, [text]));
  return error && toRelataError(error)?.status !== 400 ? `${error.code} ${error.message}` : undefined;
}

it("cannot write more than 1 MB (CHECK_FAILED)", () =>
  asMember(async (db) => {
    const write = (length: number) => () => db.query("insert into company (address) values (repeat('x', $1))", [length]);
    await expectRefusal(db, write(1_048_577), "CHECK_FAILED");
    expect((await write(1_048_576)()).rowCount).toBe(1);
  }));

it("can write a long text into a unique field, or is told that it is too long", () =>
  asMember(async (db) => {
    expect(await faultOf(db, "person.email", `${await words(db, 500, "")}@initech.test`)).toBeUndefined();
  }));

it("can write a long text into a field that is searched, or is told that it is too long", () =>
  asMember(async (db) => {
    expect(await faultOf(db, "note.body", await words(db, 31_000, " "))).toBeUndefined();
  }));
