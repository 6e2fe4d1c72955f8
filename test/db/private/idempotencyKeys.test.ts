/** Keys of requests in SQL: whose they are, what they answer, and when they are forgotten. */
import { become, type Db, errorOf, useTestDatabase, withAdminDb, withOwnerDb } from "../../helpers/db.ts";

const database = useTestDatabase();
type Ids = { user_id: string; workspace_id: string };

const idsOf = async (db: Db, email: string): Promise<Ids> => {
  await db.query("reset role");
  const { rows } = await db.query<Ids>(
    "select u.id as user_id, w.id as workspace_id from core.users u, core.workspaces w where u.email = $1 and w.subdomain = $2",
    [email, email.split("@")[1]!.split(".")[0]],
  );
  await db.query("set local role relata_server");
  return rows[0]!;
};
const use = async (db: Db, { user_id, workspace_id }: Ids, key: string, fingerprint = "\\x01") =>
  (
    await db.query<{ answer: string | null }>("select authz.use_key($1, $2, $3, $4, 60) as answer", [
      user_id,
      workspace_id,
      key,
      fingerprint,
    ])
  ).rows[0]!.answer;
const keep = (db: Db, key: string, answer: string) => db.query("select authz.keep_answer($1, $2)", [key, answer]);

it("can keep an answer and give it again, to the same user in the same workspace", () =>
  withAdminDb(database.adminUrl, async (db) => {
    const [owner, admin, theirs] = [
      await idsOf(db, "owner@acme.test"),
      await idsOf(db, "admin@acme.test"),
      await idsOf(db, "owner@globex.test"),
    ];
    expect(await use(db, owner, "k")).toBe(null);
    await keep(db, "k", '{"data":1}');
    expect(await use(db, owner, "k")).toBe('{"data":1}');
    for (const other of [admin, theirs, { ...owner, workspace_id: theirs.workspace_id }]) expect(await use(db, other, "k")).toBe(null);
    expect(await use(db, owner, "K")).toBe(null);
  }));

it("cannot use a key for another request (IDEMPOTENCY_KEY_REUSED)", () =>
  withAdminDb(database.adminUrl, async (db) => {
    const owner = await idsOf(db, "owner@acme.test");
    await use(db, owner, "k");
    expect(await errorOf(db, () => use(db, owner, "k", "\\x02"))).toMatchObject({ code: "KEYED", column: "Idempotency-Key" });
  }));

it("cannot be told again what was answered when he might do more (PERMISSION_DENIED)", () =>
  withAdminDb(database.adminUrl, async (db) => {
    const guest = await idsOf(db, "guest@acme.test");
    await use(db, guest, "k");
    await keep(db, "k", '{"data":1}');
    expect(await use(db, guest, "k")).toBe('{"data":1}');
    await db.query("reset role");
    await db.query("update core.roles set permissions = '{people.read}' where name = 'GUEST' and workspace_id = $1", [guest.workspace_id]);
    await db.query("set local role relata_server");
    expect(await errorOf(db, () => use(db, guest, "k"))).toMatchObject({ code: "42501", column: "Idempotency-Key" });
  }));

it("can use an expired key anew, and forget it", () =>
  withAdminDb(database.adminUrl, async (db) => {
    const owner = await idsOf(db, "owner@acme.test");
    for (const key of ["old", "older", "new"]) {
      await use(db, owner, key);
      await keep(db, key, "1");
    }
    await db.query("reset role");
    await db.query("update private.idempotency_keys set expires_at = now() - interval '1 s' where key like 'old%'");
    await db.query("set local role relata_server");
    expect([await use(db, owner, "old", "\\x02"), await use(db, owner, "new")]).toEqual([null, "1"]);
    await db.query("reset role");
    await db.query("set local role relata_worker");
    expect((await db.query("select authz.expire_keys()::int as n")).rows).toEqual([{ n: 1 }]);
  }));

it("cannot see or change another's keys, even as the tables' owner", () =>
  withOwnerDb(database.adminUrl, async (db) => {
    const claim = ({ user_id, workspace_id }: Ids) =>
      db.query("select set_config('relata.user_id', $1, true), set_config('relata.workspace_id', $2, true)", [user_id, workspace_id]);
    const [me, you] = (
      await db.query<Ids>("select gen_random_uuid() as user_id, gen_random_uuid() as workspace_id from generate_series(1, 2)")
    ).rows as [Ids, Ids];
    const seen = async () => (await db.query("select 1 from private.idempotency_keys")).rowCount;
    await claim(me);
    const insert = ({ user_id, workspace_id }: Ids) =>
      db.query("insert into private.idempotency_keys values ($1, $2, 'k', '', '1', now() + interval '1 hour')", [workspace_id, user_id]);
    expect(await errorOf(db, () => insert(you))).toMatchObject({ code: "42501" });
    expect(await errorOf(db, () => insert({ ...you, workspace_id: me.workspace_id }))).toMatchObject({ code: "42501" });
    // His own would be let in, were there such a user: it is a foreign key that says no.
    expect(await errorOf(db, async () => insert(me).then(() => db.query("set constraints all immediate")))).toMatchObject({
      code: "23503",
    });
    expect(await seen()).toBe(0);
  }));

it.each(["relata_guest", "relata_member", "relata_admin", "relata_worker", "relata_anonymous"])("cannot use or answer keys as %s", (role) =>
  withAdminDb(database.adminUrl, async (db) => {
    const owner = await idsOf(db, "owner@acme.test");
    await db.query("reset role");
    await db.query("select set_config('role', $1, true)", [role]);
    for (const attempt of [() => use(db, owner, "k"), () => keep(db, "k", "1"), () => db.query("select from private.idempotency_keys")]) {
      expect(await errorOf(db, attempt)).toMatchObject({ code: "42501" });
    }
  }),
);

it("can tell a member's index advice in his own workspace only", () =>
  withAdminDb(database.adminUrl, async (db) => {
    const scan = {
      "Node Type": "Seq Scan",
      "Relation Name": "company",
      Alias: "c",
      Filter: "(industry = 'x; drop table'::text)",
      "Actual Rows": 1,
      "Actual Loops": 1,
      "Rows Removed by Filter": 5000,
    };
    const advice = async () =>
      (
        await db.query<{ advice: { change: { data: { objectId: string } } }[] }>("select authz.index_advice($1) as advice", [
          { "Node Type": "Limit", Plans: [scan] },
        ])
      ).rows[0]!.advice;
    await become(db, "owner@acme.test");
    const [ours] = await advice();
    await become(db, "owner@globex.test");
    const [theirs] = await advice();
    expect(ours!.change.data.objectId).not.toBe(theirs!.change.data.objectId);
    await become(db, "member@acme.test");
    expect(await errorOf(db, advice)).toMatchObject({ code: "42501" });
  }));
