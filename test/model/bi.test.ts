/** Logins for BI tools: they read what a role of one workspace reads, and nothing that they set widens that. */
import pg from "pg";
import { idOf, rows, schemaOf, value } from "../db/support.ts";
import { asAdministrator, type Db, useTestDatabase, withAdminDb } from "../helpers/db.ts";
import { ATTACKS } from "./biAttacks.ts";
import { relata } from "./cli.ts";

const database = useTestDatabase();
const logins: string[] = [];
const env = () => ({ PG_DATABASE_URL: database.adminUrl, APP_SECRET: "only for tests, 0123456789abcdef" });

async function create(...args: string[]): Promise<string> {
  const { code, out, err } = await relata(["bi", "create", ...args], env());
  expect([code, err]).toEqual([0, ""]);
  const url = out.trim().split("\n")[1]!;
  logins.push(new URL(url).username);
  return url;
}

/** Roles belong to the whole server: none may stay behind. */
afterAll(async () => {
  for (const login of logins) await relata(["bi", "drop", "acme", login], env());
});

async function as<T>(url: string, work: (db: Db) => Promise<T>): Promise<T> {
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  try {
    return await work(db);
  } finally {
    await db.end();
  }
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: { code?: string }) => error.code,
  );

let url: string;
let acme: string;
let globex: string;
beforeAll(async () => {
  [acme, globex] = await withAdminDb(database.adminUrl, async (db) => [await schemaOf(db, "acme"), await schemaOf(db, "globex")]);
  const admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  const workspaceId = await value(admin, "select id from core.workspaces where subdomain = 'acme'");
  await admin.query("select set_config('relata.workspace_id', $1, false), set_config('relata.permissions', '*', false)", [workspaceId]);
  const rules = [
    { name: "retail", actions: ["read"], predicate: { op: "equals", args: [{ field: "industry" }, "Retail"] } },
    { name: "own", actions: ["read"], predicate: { op: "equals", args: [{ field: "accountOwner" }, { member: "id" }] } },
  ];
  const guest = await value(admin, "select id from core.roles where name = 'GUEST' and workspace_id = $1", [workspaceId]);
  await admin.query("select core.set_row_rules($1, $2, $3)", [guest, await idOf(admin, "company"), JSON.stringify(rules)]);
  await admin.query(
    "insert into core.field_permissions (workspace_id, role_id, field_id, can_read) select $1, $2, f.id, false from core.fields f where f.object_id = $3 and f.name = 'employees'",
    [workspaceId, guest, await idOf(admin, "company")],
  );
  await admin.end();
  url = await create("acme");
});

it("can read what the role reads, and what is added later", () =>
  as(url, async (db) => {
    const wanted = await withAdminDb(database.adminUrl, (admin) =>
      value(admin, `select count(*) from ${acme}.company where industry = 'Retail'`),
    );
    expect(await value(db, "select count(*) from company")).toBe(wanted);
    expect(Number(wanted)).toBeGreaterThan(10);
    expect(Number(await value(db, "select count(*) from person"))).toBeGreaterThan(10);
  }));

it.each(ATTACKS)("cannot %s", (_what, attack) =>
  as(url, async (db) => {
    expect(await codeOf(db.query(attack({ acme, globex })))).toMatch(/^(42501|42P01|25006)$/);
  }),
);

it("cannot see more by any setting", async () => {
  const member = await withAdminDb(database.adminUrl, (db) =>
    value(db, `select account_owner_id from ${acme}.company where account_owner_id is not null limit 1`),
  );
  const count = () => as(url, (db) => value(db, "select count(*) from company"));
  const before = await count();
  for (const [name, text] of Object.entries({
    member_id: member,
    permissions: "*",
    conditions: ",",
    rules: ",",
    role_ids: "{}",
    user_id: member,
  })) {
    await as(url, async (db) => {
      await db.query("select set_config($1, $2, false)", [`relata.${name}`, text]);
      expect(await value(db, "select count(*) from company")).toBe(before);
    });
  }
  await as(url, async (db) => {
    await db.query("select set_config('relata.workspace_id', gen_random_uuid()::text, false)");
    expect(await value(db, "select count(*) from company")).toBe("0");
  });
});

it("can be listed, follow its role, and be dropped with all that it had", async () => {
  const second = await create("acme", "--role", "MEMBER");
  const login = new URL(second).username;
  expect((await relata(["bi", "list", "acme"], env())).out).toContain(`acme  ${login}  MEMBER`);
  expect(Number(await as(second, (db) => value(db, "select count(*) from company")))).toBe(2000);
  expect((await relata(["bi", "drop", "acme", login], env())).code).toBe(0);
  await expect(as(second, (db) => db.query("select 1"))).rejects.toBeDefined();
  expect((await relata(["drift", "acme"], env())).out).toContain("no differences");
  expect(
    await withAdminDb(database.adminUrl, (db) => asAdministrator(db, () => rows(db, "select from pg_roles where rolname = $1", [login]))),
  ).toEqual([]);
});
