/** PostgreSQL by itself, as somebody would find it who has a connection: each role, without a claim, with a false one. */
import pg from "pg";
import { rolePassword, urlFor } from "../../../src/migrate.ts";
import { STATEMENTS } from "../../graphql/forbiddenVectors.ts";
import { TEST_SECRET } from "../../helpers/db.ts";
import { queryAs } from "../../helpers/server.ts";
import { assert, assertNone, type Check } from "../group.ts";
import { connected, MEMBER, OWNER, type PermissionsWorld, refusalOf } from "./world.ts";

const LOGINS = ["relata_server", "relata_worker"];
const REQUEST_ROLES = [
  "relata_anonymous",
  "relata_guest",
  "relata_member",
  "relata_admin",
  "relata_limited_1",
  "relata_reader",
  "relata_writer",
];
/** Whom the server may become; the worker nobody. */
const MAY_BECOME = /^relata_(anonymous|guest|member|admin|reader|writer|limited_\d+|server)$/;

const loginUrl = (adminUrl: string, role: string) => urlFor(adminUrl, role, rolePassword(TEST_SECRET, role));
const tablesOf = async ({ sql }: PermissionsWorld) =>
  (
    await sql<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'r' and (n.nspname in ('core', 'private', 'trash', 'graphile_worker') or n.nspname like 'workspace\\_%')`,
    )
  ).map(({ name }) => name);

async function loginRoles(world: PermissionsWorld): Promise<void> {
  const tables = await tablesOf(world);
  const roles = (await world.sql<{ name: string }>("select rolname as name from pg_roles")).map(({ name }) => name);
  const found: string[] = [];
  for (const login of LOGINS)
    await connected(loginUrl(world.adminUrl, login), async (db) => {
      await db.query("begin");
      const expect = async (text: string) => {
        if ((await refusalOf(db, text)) === undefined) found.push(`${login}: ${text}`);
      };
      for (const table of tables.filter((name) => login === "relata_server" || !name.startsWith("graphile_worker"))) {
        await expect(`select from ${table}`);
        await expect(`delete from ${table}`);
      }
      for (const role of roles) {
        if (role === login || (login === "relata_server" && MAY_BECOME.test(role))) continue;
        await expect(`set local role ${pg.escapeIdentifier(role)}`);
        await expect(`set session authorization ${pg.escapeIdentifier(role)}`);
      }
      for (const text of [
        "create table public.x ()",
        "create temporary table x ()",
        "create role x",
        "create schema x",
        "copy (select 1) to program 'id'",
        "select pg_read_file('/etc/passwd')",
        "select lo_import('/etc/passwd')",
        "load 'x'",
        "alter system set fsync = off",
      ])
        await expect(text);
    });
  world.note(`${tables.length} tables, ${roles.length} roles`);
  assertNone(found, "statements that a login role may run");
}

/** Claims that are missing, empty, malformed or of somebody else's workspace. */
const CLAIMS: Record<string, string>[] = [
  {},
  { workspace_id: "" },
  { workspace_id: "00000000-0000-0000-0000-000000000000", permissions: "*", conditions: ",", rules: "," },
  { permissions: "*", conditions: ",", rules: ",", role_ids: "{}" },
  { user_id: "00000000-0000-0000-0000-000000000000", permissions: "*.read", conditions: "," },
];

async function claimless(world: PermissionsWorld): Promise<void> {
  const tables = (await tablesOf(world)).filter((name) => !name.startsWith("core.field_types"));
  const found: string[] = [];
  let full = 0;
  for (const role of REQUEST_ROLES)
    for (const claims of CLAIMS)
      await connected(world.adminUrl, async (db) => {
        await db.query("begin");
        for (const [name, value] of Object.entries(claims)) await db.query("select set_config($1, $2, true)", [`relata.${name}`, value]);
        await db.query(`set local role ${role}`);
        for (const table of tables) {
          await db.query("savepoint attempt");
          const seen = await db.query(`select 1 from ${table} limit 1`).then(
            ({ rowCount }) => rowCount ?? 0,
            () => 0,
          );
          await db.query("rollback to savepoint attempt");
          if (seen) found.push(`${role} with ${JSON.stringify(claims)} reads ${table}`);
        }
        await db.query("rollback");
        full++;
      });
  for (const table of ["core.users", "core.workspaces", `${world.schemas.acme}.company`])
    assert((await world.sql(`select from ${table} limit 1`)).length === 1, `${table} is empty: nothing was proven`);
  world.note(`${full} × ${tables.length} tables`);
  assertNone(found, "tables read without a claim");
}

/** What a session of the server's keeps when a request is over: nothing. */
async function afterwards(world: PermissionsWorld): Promise<void> {
  await connected(loginUrl(world.adminUrl, "relata_server"), async (db) => {
    const [ids] = await world.sql<{ u: string; w: string }>(
      "select u.id as u, w.id as w from core.users u, core.workspaces w where u.email = $1 and w.subdomain = 'acme'",
      [OWNER],
    );
    const CLAIM =
      "select set_config('role', c.request_role, true), set_config('search_path', c.schema_name, true) from authz.claim($1, $2, null) c";
    const code = (text: string) =>
      db.query(text).then(
        () => "done",
        (error: { code: string }) => error.code,
      );
    for (const end of ["commit", "rollback"]) {
      await db.query("begin");
      await db.query(CLAIM, [ids!.u, ids!.w]);
      assert(Number((await db.query("select count(*) as n from company")).rows[0].n) > 0, "the claim opens nothing");
      await db.query(end);
      assert((await code(`select from ${world.schemas.acme}.company`)) === "42501", `after ${end} a claim still opens a table`);
      const { rows } = await db.query(
        "select current_user = 'relata_server' and coalesce(current_setting('relata.workspace_id', true), '') = '' as is_clean",
      );
      assert(rows[0].is_clean, `after ${end} a claim is left`);
    }
    // Who becomes himself again within a request has nothing either.
    await db.query("begin");
    await db.query(CLAIM, [ids!.u, ids!.w]);
    await db.query("reset role");
    assert(/^42(501|P01)$/.test(await code("select from company")), "RESET ROLE opens tables");
    await db.query("rollback");
  });
}

async function heldBack(world: PermissionsWorld): Promise<void> {
  const found: string[] = [];
  for (const text of STATEMENTS) {
    const code = await queryAs(world.adminUrl, MEMBER, text).then(
      () => "done",
      (error: { code: string }) => error.code,
    );
    if (code !== "42501") found.push(`${text}: ${code}`);
  }
  assertNone(found, "statements about fields that are held back");
}

export const psql: Check<PermissionsWorld>[] = [
  { id: "A11", title: "a login role reads and makes nothing, and becomes nobody but a request's role", run: loginRoles },
  { id: "A10", title: "no request role reads a row without a claim, with an empty or a false one", run: claimless },
  { id: "A12", title: "a transaction's claim ends with it, and RESET ROLE opens nothing", run: afterwards },
  { id: "B26b", title: "psql as the request's role reads and writes no field that is held back", run: heldBack },
];
