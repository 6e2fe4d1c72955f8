/** Who sees and who writes views, and what they are made of. */
import { become, type Db, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { ADMIN, count, expectDenied, expectRefusal, GUEST, idOf, MEMBER, OWNER, rows, STRANGER, value } from "../support.ts";
import { fieldId, indexViewId, insert } from "./viewSupport.ts";

const database = useTestDatabase();
const as = <T>(email: string, work: (db: Db) => Promise<T>) => withMemberDb(database.adminUrl, email, work);

const makeView = async (db: Db, row: object = {}) =>
  insert(db, "views", {
    object_id: await idOf(db, "opportunity"),
    name: "Deals",
    main_group_by_field_id: await fieldId(db, "opportunity", "stage"),
    ...row,
  });

/** One row of each table that a view is made of: its table and its columns, but for the view's. */
const PARTS: [string, (db: Db) => Promise<Record<string, unknown>>][] = [
  ["view_field_groups", async () => ({ name: "General" })],
  ["view_fields", async (db) => ({ field_id: await fieldId(db, "opportunity", "name") })],
  ["view_filter_groups", async () => ({ logical_operator: "OR" })],
  ["view_filters", async (db) => ({ field_id: await fieldId(db, "opportunity", "name"), operand: "CONTAINS", value: "x" })],
  ["view_sorts", async (db) => ({ field_id: await fieldId(db, "opportunity", "name") })],
  ["view_groups", async () => ({ field_value: "NEW" })],
];

describe.each([OWNER, ADMIN, MEMBER])("%s", (email) => {
  it("can create, change, delete, restore and destroy a view that all see", () =>
    as(email, async (db) => {
      const id = await makeView(db);
      expect(await rows(db, "select name, visibility, creator_id = authz.member_id() as mine from core.views where id = $1", [id])).toEqual(
        [{ name: "Deals", visibility: "WORKSPACE", mine: true }],
      );
      for (const change of ["name = 'Other'", "deleted_at = now()", "deleted_at = null"]) {
        expect((await db.query(`update core.views set ${change} where id = $1`, [id])).rowCount).toBe(1);
      }
      expect((await db.query("delete from core.views where id = $1", [id])).rowCount).toBe(1);
    }));

  it.each(PARTS)("can create, change and destroy a row of core.%s", (table, columns) =>
    as(email, async (db) => {
      const id = await insert(db, table, { view_id: await makeView(db), ...(await columns(db)) });
      expect((await db.query(`update core.${table} set deleted_at = now() where id = $1`, [id])).rowCount).toBe(1);
      expect((await db.query(`delete from core.${table} where id = $1`, [id])).rowCount).toBe(1);
    }),
  );

  it("can change what a colleague made for all", () =>
    as(email === MEMBER ? ADMIN : MEMBER, async (db) => {
      const id = await makeView(db);
      await become(db, email);
      expect((await db.query("update core.views set name = 'Ours' where id = $1", [id])).rowCount).toBe(1);
    }));
});

it("can keep a view to himself: others neither see nor change it, nor what it is made of", () =>
  as(MEMBER, async (db) => {
    const id = await makeView(db, { visibility: "UNLISTED" });
    for (const [table, columns] of PARTS) await insert(db, table, { view_id: id, ...(await columns(db)) });
    const seen = async () => {
      const counts = [await count(db, `core.views where id = '${id}'`)];
      for (const [table] of PARTS) counts.push(await count(db, `core.${table} where view_id = '${id}'`));
      return counts;
    };
    expect(await seen()).toEqual([1, 1, 1, 1, 1, 1, 1]);
    for (const email of [OWNER, ADMIN, GUEST, STRANGER]) {
      await become(db, email);
      expect(await seen()).toEqual([0, 0, 0, 0, 0, 0, 0]);
    }
    await become(db, OWNER);
    expect((await db.query("update core.views set name = 'Mine' where id = $1", [id])).rowCount).toBe(0);
    expect((await db.query("delete from core.views where id = $1", [id])).rowCount).toBe(0);
    for (const [table, columns] of PARTS) {
      const row =
        table === "view_fields" || table === "view_sorts" ? { field_id: await fieldId(db, "opportunity", "amount") } : await columns(db);
      const other = table === "view_groups" ? { field_value: "MEETING" } : row;
      await expectDenied(db, () => insert(db, table, { view_id: id, ...other }));
    }
    await become(db, MEMBER);
    expect((await db.query("update core.views set visibility = 'WORKSPACE' where id = $1", [id])).rowCount).toBe(1);
    await become(db, OWNER);
    expect(await seen()).toEqual([1, 1, 1, 1, 1, 1, 1]);
  }));

it("cannot hide a colleague's view from others (42501)", () =>
  as(MEMBER, async (db) => {
    const id = await makeView(db);
    await become(db, ADMIN);
    await expectDenied(db, () => db.query("update core.views set visibility = 'UNLISTED' where id = $1", [id]));
    await become(db, MEMBER);
    expect((await db.query("update core.views set visibility = 'UNLISTED' where id = $1", [id])).rowCount).toBe(1);
  }));

it("cannot say who made a view, or move it to another workspace or object (42501)", () =>
  as(MEMBER, async (db) => {
    const id = await makeView(db);
    for (const column of ["creator_id", "workspace_id", "object_id", "key"]) {
      await expectDenied(db, () => db.query(`update core.views set ${column} = null where id = $1`, [id]));
    }
    await expectDenied(db, () => makeView(db, { workspace_id: "11111111-1111-4111-8111-111111111111" }));
    await expectDenied(db, () => makeView(db, { creator_id: null }));
  }));

describe(GUEST, () => {
  it("can see views that all see", () =>
    as(GUEST, async (db) => {
      expect(await count(db, "core.views")).toBeGreaterThan(3);
      expect(await count(db, "core.view_fields")).toBeGreaterThan(30);
    }));

  it("cannot write views, or what they are made of (42501)", () =>
    as(GUEST, async (db) => {
      const viewId = await indexViewId(db, "opportunity");
      await expectDenied(db, () => makeView(db));
      for (const table of ["views", ...PARTS.map(([table]) => table)]) {
        await expectDenied(db, () => db.query(`update core.${table} set deleted_at = now()`));
        await expectDenied(db, () => db.query(`delete from core.${table}`));
      }
      for (const [table, columns] of PARTS) {
        const row = { view_id: viewId, ...(await columns(db)) };
        await expectDenied(db, () => insert(db, table, row));
      }
    }));
});

it("cannot write views without the permission, and can with nothing else", () =>
  as(OWNER, async (db) => {
    const id = await makeView(db);
    const permit = async (permissions: string[]) => {
      await db.query("reset role");
      await db.query(
        "update core.roles r set permissions = $1 from core.workspaces w where w.id = r.workspace_id and w.subdomain = 'acme' and r.name = 'MEMBER'",
        [permissions],
      );
      await become(db, MEMBER);
    };
    await permit(["*.read", "*.create", "*.update"]);
    await expectDenied(db, () => makeView(db));
    expect((await db.query("update core.views set name = 'No' where id = $1", [id])).rowCount).toBe(0);
    expect((await db.query("delete from core.views where id = $1", [id])).rowCount).toBe(0);
    const field = { view_id: id, field_id: await fieldId(db, "opportunity", "name") };
    await expectDenied(db, () => insert(db, "view_fields", field));
    await permit(["*.read", "views"]);
    expect((await db.query("update core.views set name = 'Yes' where id = $1", [id])).rowCount).toBe(1);
    expect(await insert(db, "view_fields", field)).toBeTruthy();
  }));

it("cannot see or use another workspace's views, objects or fields", () =>
  as(OWNER, async (db) => {
    const [viewId, objectId, stage] = [await makeView(db), await idOf(db, "opportunity"), await fieldId(db, "opportunity", "stage")];
    await become(db, STRANGER);
    expect(await count(db, "core.views")).toBeGreaterThan(0);
    expect(await count(db, `core.views where id = '${viewId}'`)).toBe(0);
    expect((await db.query("update core.views set name = 'Theirs' where id = $1", [viewId])).rowCount).toBe(0);
    await expectRefusal(db, () => insert(db, "views", { object_id: objectId, name: "Theirs" }), "NOT_FOUND", "objectId");
    await expectRefusal(db, () => insert(db, "view_fields", { view_id: viewId, field_id: stage }), "NOT_FOUND", "viewId");
    const own = await value(db, "select id from core.views where key = 'INDEX' limit 1");
    await expectRefusal(db, () => insert(db, "view_fields", { view_id: own, field_id: stage }), "NOT_FOUND", "fieldId");
  }));

it("leaves with a member what only he saw, and keeps what he made for all", () =>
  as(MEMBER, async (db) => {
    const [mine, ours] = [await makeView(db, { visibility: "UNLISTED" }), await makeView(db)];
    const member = await value(db, "select authz.member_id()");
    await db.query("reset role");
    await db.query("select private.remove_member($1)", [member]);
    expect(await rows(db, "select id, creator_id from core.views where id in ($1, $2)", [mine, ours])).toEqual([
      { id: ours, creator_id: null },
    ]);
  }));
