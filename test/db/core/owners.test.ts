/** Fifty who own a workspace all go, are demoted or removed in the same moment: one owner stays. */
import pg from "pg";
import { useTestDatabase } from "../../helpers/db.ts";
import { HASH } from "../people.ts";

const database = useTestDatabase();
const COUNT = 50;
const AT_ONCE = 25;

let admin: pg.Client;
beforeEach(async () => {
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
});
afterEach(() => admin.end());

type Owner = { user_id: string; member_id: string };

async function newWorkspace(subdomain: string): Promise<{ id: string; owners: Owner[] }> {
  await admin.query("begin");
  const { rows } = await admin.query<{ id: string }>("select private.create_workspace($1, $1) as id", [subdomain]);
  const id = rows[0]!.id;
  const owners: Owner[] = [];
  for (let n = 0; n < COUNT; n++) {
    const made = await admin.query<Owner>(
      "with u as (select private.create_user($1, $2, 'O', $3) as id) select u.id as user_id, private.add_member($4, u.id, 'OWNER') as member_id from u",
      [`o${n}@${subdomain}.test`, HASH, String(n), id],
    );
    owners.push(made.rows[0]!);
  }
  await admin.query("commit");
  return { id, owners };
}

/** Each owner's call, as many at once as there are connections; answers the codes of those that failed. */
async function all(workspace: string, owners: readonly Owner[], call: (index: number) => string): Promise<(string | undefined)[]> {
  const pool = new pg.Pool({ connectionString: database.adminUrl, max: AT_ONCE });
  const one = async ({ user_id }: Owner, index: number) => {
    const client = await pool.connect();
    try {
      await client.query("begin");
      await client.query("set local role relata_server");
      await client.query("select set_config('role', c.request_role, true) from authz.claim($1, $2, null) c", [user_id, workspace]);
      await client.query(call(index));
      await client.query("commit");
      return undefined;
    } catch (error) {
      await client.query("rollback");
      return (error as { code: string }).code;
    } finally {
      client.release();
    }
  };
  try {
    return await Promise.all(owners.map(one));
  } finally {
    await pool.end();
  }
}

it.each<[string, (owners: Owner[], index: number) => string, number]>([
  ["leave", () => "select core.leave_workspace()", COUNT - 1],
  // Each removes the next one: whoever is removed first removes nobody.
  ["are removed", (owners, index) => `select core.remove_member('${owners[(index + 1) % COUNT]!.member_id}')`, 1],
  ["hand over to the next one", (owners, index) => `select core.transfer_ownership('${owners[(index + 1) % COUNT]!.member_id}')`, 1],
])(
  "keeps an owner when fifty %s at once",
  async (name, call, least) => {
    const { id, owners } = await newWorkspace(name.split(" ")[0]! + name.length);
    const codes = await all(id, owners, (index) => call(owners, index));
    const { rows } = await admin.query<{ owners: number; members: number; access: number }>(
      `select (select count(*)::int from core.role_assignments a join core.roles r on r.id = a.role_id where a.workspace_id = $1 and r.name = 'OWNER') as owners,
            (select count(*)::int from core.workspace_members m where m.workspace_id = $1) as members,
            (select count(*)::int from private.access a where a.workspace_id = $1) as access`,
      [id],
    );
    const done = codes.filter((code) => code === undefined).length;
    expect(rows[0]!.owners).toBeGreaterThanOrEqual(1);
    expect(done).toBeGreaterThanOrEqual(least);
    expect(rows[0]!.access).toBe(rows[0]!.members);
    // Refused as the last one, or as no member or owner any more when his turn came.
    expect(codes.filter((code) => code !== undefined && !["OWNER", "LOGIN", "NTFND", "42501"].includes(code))).toEqual([]);
    if (name === "leave") expect([rows[0]!.owners, codes.filter((code) => code === "OWNER").length]).toEqual([1, 1]);
  },
  60_000,
);
