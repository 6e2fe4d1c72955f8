/**
 * What decides (private.why) against what PostgreSQL does: random members, records and actions, under roles that
 * overlap, rules of rows, a policy of a DBA's, deleted and missing records.
 */
import { type Db, useTestDatabase, withAdminDb } from "../../helpers/db.ts";
import { idOf, rows, schemaOf, value } from "../support.ts";

const database = useTestDatabase();
const PAIRS = Number(process.env["RELATA_PAIRS"] ?? (process.env["RELATA_ALL_CASES"] ? 10_000 : 400));
const SEED = Number(process.env["RELATA_SEED"] ?? 20_261_123);

/** Numbers below `n`, the same for the same seed. */
function dice(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

const field = (name: string) => ({ field: name });
const op = (name: string, ...args: unknown[]) => ({ op: name, args });
const OWN = op("equals", field("accountOwner"), { member: "id" });
const TEAM = op("in", field("accountOwner"), { colleagues: "locale" });
const ROLES: [string, string[], [string[], object][]][] = [
  [
    "SELLER",
    ["*.read", "companies.update", "companies.delete"],
    [
      [["read", "update"], OWN],
      [["read"], TEAM],
    ],
  ],
  [
    "RETAIL",
    ["companies.read", "companies.update", "companies.destroy"],
    [[["read", "update", "destroy"], op("equals", field("industry"), "Retail")]],
  ],
  [
    "SMALL",
    ["companies.read", "companies.delete", "companies.update"],
    [[["delete"], op("or", op("less", field("employees"), 9000), op("isEmpty", field("employees")))]],
  ],
  ["BARRED", ["people.read"], []],
];

const HOLDERS = [["SELLER"], ["SELLER", "RETAIL"], ["SMALL"], ["BARRED"], ["GUEST", "SELLER"], []];

async function prepare(db: Db): Promise<string[]> {
  const company = await idOf(db, "company");
  const schema = await schemaOf(db, "acme");
  const workspaceId = await value(db, "select id from core.workspaces where subdomain = 'acme'");
  await db.query("select set_config('relata.workspace_id', $1, true), set_config('relata.permissions', '*', true)", [workspaceId]);
  for (const [name, permissions, rules] of ROLES) {
    const id = await value(db, "insert into core.roles (workspace_id, name, label, permissions) values ($1, $2, $2, $3) returning id", [
      workspaceId,
      name,
      permissions,
    ]);
    const given = rules.map(([actions, predicate], n) => ({ name: `rule${n}`, actions, predicate }));
    await db.query("select core.set_row_rules($1, $2, $3)", [id, company, JSON.stringify(given)]);
  }
  const hash = await value(db, "select password_hash from private.user_secrets limit 1");
  const users = [await value(db, "select id from core.users where email = 'owner@acme.test'")];
  for (const [n, roles] of HOLDERS.entries()) {
    const user = await value(db, "select private.create_user($1, $2, 'Mia', 'Member')", [`${"abcxyz"[n]}@acme.test`, hash]);
    const member = await value(db, "select private.add_member($1, $2, 'GUEST')", [workspaceId, user]);
    await db.query("delete from core.role_assignments where member_id = $1", [member]);
    await db.query(
      "insert into core.role_assignments (workspace_id, role_id, member_id) select $1, id, $2 from core.roles where workspace_id = $1 and name = any($3)",
      [workspaceId, member, roles],
    );
    await db.query(`update ${schema}.company set account_owner_id = $1 where employees % 9 = $2`, [member, n]);
    users.push(user);
  }
  await db.query(`update ${schema}.workspace_member set locale = case when user_email < 'm' then 'north' else '' end`);
  await db.query(`update ${schema}.company set deleted_at = now() where employees % 7 = 0`);
  await db.query(
    `create policy dba on ${schema}.company as restrictive for update to relata_reader using (employees is distinct from 13 and name !~ '^A')`,
  );
  return users;
}

const STATEMENTS: Record<string, string> = {
  read: "select id from company where id = $1",
  update: "update company set name = name where id = $1",
  delete: "update company set deleted_at = now() where id = $1",
  destroy: "delete from company where id = $1",
};

/** Whether PostgreSQL lets the caller; what he did is taken back. */
async function engine(db: Db, userId: string, workspaceId: string, action: string, id: string): Promise<boolean> {
  await db.query("begin");
  try {
    await db.query("select set_config('role', 'relata_server', true)");
    await db.query(
      "select set_config('role', c.request_role, true), set_config('search_path', c.schema_name, true) from authz.claim($1, $2, null) c",
      [userId, workspaceId],
    );
    return (await db.query(STATEMENTS[action]!, [id])).rowCount === 1;
  } catch (error) {
    // Refused; or it may go, but others need it.
    const { code } = error as { code?: string };
    if (code === "42501") return false;
    if (code === "23001" || code === "23503") return true;
    throw error;
  } finally {
    await db.query("rollback");
  }
}

it(
  `can say of ${PAIRS} members and records what PostgreSQL does`,
  () =>
    withAdminDb(database.adminUrl, async (db) => {
      const users = await prepare(db);
      const workspaceId = await value(db, "select id from core.workspaces where subdomain = 'acme'");
      const company = await idOf(db, "company");
      const schema = await schemaOf(db, "acme");
      // Each question in a transaction of its own, as in requests.
      await db.query("commit");
      const ids = (await rows<{ id: string }>(db, `select id from ${schema}.company order by id`)).map(({ id }) => id);
      ids.push("01900000-0000-7000-8000-000000000000");
      const roll = dice(SEED);
      const seen = new Map<string, number>();
      let ms = 0;
      const wrong: unknown[] = [];
      for (let n = 0; n < PAIRS; n++) {
        const [user, id] = [users[roll(users.length)]!, ids[roll(20) ? roll(ids.length) : ids.length - 1]!];
        const action = Object.keys(STATEMENTS)[roll(4)]!;
        const did = await engine(db, user, workspaceId, action, id);
        await db.query("begin");
        await db.query("select set_config('role', 'relata_owner', true), set_config('relata.workspace_id', $1, true)", [workspaceId]);
        const startedAt = performance.now();
        const told = await value<{ may: boolean; because: string }>(db, "select private.why($1, $2, $3, $4)", [user, company, id, action]);
        ms += performance.now() - startedAt;
        await db.query("rollback");
        await db.query("reset role");
        const because = told.because.replace(/[:(].*/s, "").trim();
        seen.set(because, (seen.get(because) ?? 0) + 1);
        if (told.may !== did) wrong.push({ user, id, action, did, told });
      }
      if (process.env["RELATA_ALL_CASES"]) process.stdout.write(`why: ${(ms / PAIRS).toFixed(2)} ms each, ${JSON.stringify([...seen])}\n`);
      expect(wrong.slice(0, 5)).toEqual([]);
      // Each reason came up.
      for (const reason of ["no role of his has companies.read", "there is no such record", "no rule of his lets it in", "policy dba"])
        expect([...seen.keys()]).toContain(reason);
    }),
  600_000,
);

it.each([
  ["readers", "read"],
  ["updaters", "update"],
  ["destroyers", "destroy"],
])("cannot miss that a DBA dropped %s, so that nobody may %s", (policy, action) =>
  withAdminDb(database.adminUrl, async (db) => {
    const workspaceId = await value<string>(db, "select id from core.workspaces where subdomain = 'acme'");
    const [user, company] = [
      await value<string>(db, "select id from core.users where email = 'owner@acme.test'"),
      await idOf(db, "company"),
    ];
    const schema = await schemaOf(db, "acme");
    const id = await value<string>(db, `select id from ${schema}.company limit 1`);
    const why = async () => {
      await db.query("select set_config('role', 'relata_owner', true), set_config('relata.workspace_id', $1, true)", [workspaceId]);
      return value(db, "select private.why($1, $2, $3, $4)", [user, company, id, action]);
    };
    expect(await why()).toEqual({ may: true, because: "the role OWNER has *" });
    await db.query("reset role");
    await db.query(`drop policy ${policy} on ${schema}.company`);
    expect(await why()).toEqual({ may: false, because: "no policy lets him" });
  }),
);
