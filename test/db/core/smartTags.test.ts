/**
 * PostGraphile reads smart tags from comments, and an admin's description ends up in
 * one: whatever he writes must stay text. Read back here by PostGraphile's own parser.
 */
import { parseSmartComment } from "postgraphile/graphile-build-pg/pg-introspection";
import { asAdministrator, type Db, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { createField, createObject, idOf, OWNER, rows } from "../support.ts";
import "../../helpers/slow.ts";

const DESCRIPTIONS = [
  "@omit",
  "@name evil\n@behavior -*",
  "  @omit",
  "\t@omit",
  "\n@omit",
  "\n\n@omit\n@behavior -*",
  "\r\n@omit",
  "\r@omit",
  "@singular evil",
  "@plural evil\n@singular evil",
  "@field evil\n@type SELECT\n@options A B",
  "A house.\n@omit",
  "A house.\r\n@omit\r\n",
  "@",
  "@ omit",
  "@omit'; drop table core.users; --",
  " ",
  "mail@example.com",
  "\u2028@omit",
];

const database = useTestDatabase();
const asOwner = <T>(work: (db: Db) => Promise<T>) => withMemberDb(database.adminUrl, OWNER, work);

type Parsed = { tags: Record<string, unknown>; description: string };

/** What PostGraphile makes of each comment that `text` answers. */
const parsed = async (db: Db, text: string): Promise<Parsed[]> => {
  const found = await asAdministrator(db, () => rows<{ comment: string }>(db, text));
  return found.map(({ comment }) => {
    const { tags, description } = parseSmartComment(comment);
    return { tags: { ...tags }, description: (description ?? "").trim() };
  });
};

/** As the description may be wrapped by empty lines, and lines may end as they like. */
const plain = (text: string) => text.replaceAll("\r\n", "\n").trim();

const comments = (columns: string) =>
  `select col_description(attrelid, attnum) as comment from pg_attribute join pg_class on pg_class.oid = attrelid where relkind = 'r' and relnamespace <> 'core'::regnamespace and attname in (${columns})`;

it("the parser would take these for tags", () => {
  expect(parseSmartComment("@singular house\n@omit").tags).toMatchObject({ omit: true });
  expect(parseSmartComment("@singular house\n@singular evil").tags).toMatchObject({ singular: ["house", "evil"] });
});

describe.each(DESCRIPTIONS)("%j", (description) => {
  it("stays the description of an object", () =>
    asOwner(async (db) => {
      await createObject(db, { nameSingular: "house", namePlural: "houses", description });
      expect(await parsed(db, "select obj_description(oid) as comment from pg_class where relname = 'house' and relkind = 'r'")).toEqual([
        { tags: { singular: "house", plural: "houses", label: "name" }, description: plain(description) },
      ]);
    }));

  it("stays the description of a field", () =>
    asOwner(async (db) => {
      const objectId = await idOf(db, "company");
      await createField(db, { objectId, name: "thing", type: "TEXT", description });
      await createField(db, { objectId, name: "size", type: "SELECT", options: [{ value: "A" }, { value: "B" }], description });
      expect(await parsed(db, `${comments("'thing', 'size'")} order by attname desc`)).toEqual([
        { tags: { field: "thing", type: "TEXT" }, description: plain(description) },
        { tags: { field: "size", type: "SELECT", options: "A B" }, description: plain(description) },
      ]);
    }));

  it("stays the description of a relation", () =>
    asOwner(async (db) => {
      const relation = { targetObjectId: await idOf(db, "person"), targetFieldName: "houses" };
      await createField(db, { objectId: await idOf(db, "company"), name: "keeper", type: "RELATION", description, relation });
      expect(await parsed(db, comments("'keeper_id'"))).toEqual([
        { tags: { field: "keeperId", type: "RELATION" }, description: plain(description) },
      ]);
      const key = "select obj_description(oid, 'pg_constraint') as comment from pg_constraint where conname = 'keeper_id_fkey'";
      expect(await parsed(db, key)).toEqual([{ tags: { fieldName: "keeper", foreignFieldName: "houses" }, description: "" }]);
    }));
});

it("labels, icons and options' labels are in no comment", () =>
  asOwner(async (db) => {
    const evil = "@omit";
    const objectId = await createObject(db, {
      nameSingular: "house",
      namePlural: "houses",
      labelSingular: evil,
      labelPlural: evil,
      icon: `\n${evil}`,
    });
    const options = [{ value: "A", label: evil }];
    await createField(db, { objectId, name: "thing", type: "SELECT", label: evil, icon: `\n${evil}`, options, defaultValue: "A" });
    const all = await asAdministrator(db, () => rows(db, `select description from pg_description where description like '%${evil}%'`));
    expect(all).toEqual([]);
  }));
