/** The machine: who a transaction speaks for when it does Relata's own work. */
import { become, type Db, errorOf, useTestDatabase, withAdminDb } from "../../helpers/db.ts";
import { count, expectDenied, expectRefusal, OWNER, rows, value } from "../support.ts";

const database = useTestDatabase();
const MACHINE = "00000000-0000-0000-0000-000000000000";
/** The id of no workspace. */
const LOST = "01890000-0000-7000-8000-000000000001";

const workspaceId = (db: Db, subdomain = "acme") => value(db, "select id from core.workspaces where subdomain = $1", [subdomain]);
/** From here on the transaction is the machine's, in one workspace. */
async function becomeMachine(db: Db, subdomain = "acme"): Promise<string> {
  const id = await workspaceId(db, subdomain);
  await db.query("select set_config('role', 'relata_server', true)");
  await db.query(
    "select set_config('role', c.request_role, true), set_config('search_path', c.schema_name, true) from authz.claim($1, $2, null) c",
    [MACHINE, id],
  );
  return id;
}
const asMachine = (work: (db: Db, id: string) => Promise<void>) =>
  withAdminDb(database.adminUrl, async (db) => work(db, await becomeMachine(db)));

it("can read and write every record of one workspace, as nobody's member", () =>
  asMachine(async (db) => {
    expect(await count(db, "company")).toBe(2000);
    await db.query("insert into company (name) values ('Machine made')");
    expect(
      await rows(
        db,
        "select created_by_name, created_by_source, created_by_workspace_member_id as member from company where name = 'Machine made'",
      ),
    ).toEqual([{ created_by_name: "Relata", created_by_source: "SYSTEM", member: null }]);
    await db.query("update company set deleted_at = now() where name = 'Machine made'");
  }));

it("can read members' records, and cannot write them: these are each member's own", () =>
  asMachine(async (db) => {
    const members = await count(db, "workspace_member");
    expect(members).toBeGreaterThan(1);
    expect(await count(db, "workspace_member where has_column_privilege(tableoid, 'locale', 'update')")).toBe(members);
    const written = await db.query("update workspace_member set locale = 'Machine'");
    expect(written.rowCount).toBe(0);
    await expectDenied(db, () => db.query("insert into workspace_member (locale) values ('Machine')"));
  }));

it("cannot change the data model, or read what admins read", () =>
  asMachine(async (db) => {
    await expectDenied(db, () => db.query("select core.apply_changes('[]')"));
    expect(await rows(db, "select * from core.roles")).toEqual([]);
    await expectDenied(db, () => db.query("insert into core.views (name) values ('x')"));
    await expectDenied(db, () => db.query("select * from private.user_secrets"));
  }));

it("cannot see another workspace's records", () =>
  withAdminDb(database.adminUrl, async (db) => {
    const schema = await value(db, "select schema_name from core.workspaces where subdomain = 'acme'");
    expect(await count(db, `${schema}.company`)).toBe(2000);
    await becomeMachine(db, "globex");
    const error = await errorOf(db, async () => expect(await count(db, `${schema}.company`)).toBe(0));
    expect(error).toBeUndefined();
  }));

it("cannot be in a workspace that there is not (LOGIN_REQUIRED)", () =>
  withAdminDb(database.adminUrl, async (db) => {
    await db.query("select set_config('role', 'relata_server', true)");
    await expectRefusal(db, () => db.query("select authz.claim($1, $2, null)", [MACHINE, LOST]), "LOGIN_REQUIRED");
  }));

it("can be named by the server alone", () =>
  withAdminDb(database.adminUrl, async (db) => {
    const id = await workspaceId(db);
    const ask = () => rows(db, "select * from authz.caller_in('acme')");
    await db.query("select set_config('role', 'relata_server', true)");
    expect(await ask()).toEqual([{ user_id: MACHINE, workspace_id: id }]);
    for (const written of [id, id.toUpperCase()]) {
      expect(await rows(db, "select * from authz.caller_in($1)", [written])).toEqual([{ user_id: MACHINE, workspace_id: id }]);
    }
    expect(await value(db, "select authz.workspace_id()")).toBeNull();
    const [owner] = await rows(db, "select * from authz.caller_in($1, $2)", [id, OWNER.toUpperCase()]);
    expect(owner).toMatchObject({ workspace_id: id });
    expect(owner!["user_id"]).not.toBe(MACHINE);
    for (const args of ["'nowhere'", `'${LOST}'`, `'acme', 'owner@globex.test'`, `'${LOST}', '${OWNER}'`, "'acme', ''"]) {
      await expectRefusal(db, () => db.query(`select * from authz.caller_in(${args})`), "NOT_FOUND");
    }
    await become(db, OWNER);
    await expectDenied(db, ask);
    await expectDenied(db, () => db.query("select authz.claim($1, $2, null)", [MACHINE, id]));
  }));
