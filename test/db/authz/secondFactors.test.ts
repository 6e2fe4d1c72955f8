/** Second factors as SQL decides them: once and for all, in whatever order connections come; and no way of signing in around them. */
import { createHash, randomUUID } from "node:crypto";
import pg from "pg";
import { become, type Db, useTestDatabase, withAdminDb } from "../../helpers/db.ts";
import { expectRefusal, OWNER, rows, value } from "../support.ts";

const database = useTestDatabase();
const digest = (text: string) => createHash("sha256").update(text).digest();
const STEP = 56_666_667;

/** A member with an app, ten recovery codes and a passkey, and a challenge for each name. */
async function prepare(db: Db, challenges: string[]) {
  const userId = await value(db, "select id from core.users where email = $1", [OWNER]);
  const workspaceId = await value(db, "select id from core.workspaces where subdomain = 'acme'");
  const [totp, passkey] = [randomUUID(), randomUUID()];
  await db.query("delete from private.totp_secrets");
  await db.query("delete from private.passkeys");
  await db.query("insert into private.totp_secrets (id, user_id, sealed_seed, verified_at) values ($1, $2, '', now())", [totp, userId]);
  await db.query("select private.set_recovery_codes($1, $2)", [userId, Array.from({ length: 10 }, (_, n) => digest(`code ${n}`))]);
  await db.query("insert into private.passkeys (id, user_id, credential_id, public_key, counter, name) values ($1, $2, $3, '', 5, 'Key')", [
    passkey,
    userId,
    randomUUID(),
  ]);
  for (const name of challenges) {
    await db.query("select authz.keep_token('SECOND_FACTOR', $1, $2, $3, '{\"method\": \"PASSWORD\"}', '10 minutes')", [
      digest(name),
      userId,
      workspaceId,
    ]);
    await db.query("select authz.keep_token('PASSKEY_PROOF', $1, $2, null, null, '10 minutes')", [digest(`proof ${name}`), userId]);
  }
  return { userId, workspaceId, totp, passkey };
}

const askerOf = (name: string) => ({ challenge: digest(name).toString("hex") });
const challengeOf = (name: string) => digest(`proof ${name}`).toString("hex");
type Prepared = Awaited<ReturnType<typeof prepare>>;

/** Runs `work` on the database itself, and commits it. */
async function committed<T>(work: (db: Db) => Promise<T>): Promise<T> {
  const db = new pg.Client({ connectionString: database.adminUrl });
  await db.connect();
  try {
    return await work(db);
  } finally {
    await db.end();
  }
}

const factors: [string, (made: Prepared, name: string) => object][] = [
  ["a code of the app", ({ totp }) => ({ kind: "TOTP", id: totp, step: STEP })],
  ["a recovery code", () => ({ kind: "RECOVERY_CODE", hash: digest("code 3").toString("hex") })],
  ["a count of a passkey", ({ passkey }, name) => ({ kind: "PASSKEY", id: passkey, counter: 6, challenge: challengeOf(name) })],
];

it.each(factors)("can take %s once, of 20 connections that bring it at once, each with a challenge of its own", async (_, factorOf) => {
  const names = Array.from({ length: 20 }, (_, n) => `challenge ${n}`);
  const made = await committed((db) => prepare(db, names));
  const attempts = names.map((name) =>
    committed((db) => db.query("select authz.pass_second_factor($1, $2)", [askerOf(name), factorOf(made, name)]).then(() => name)),
  );
  const outcomes = await Promise.allSettled(attempts);
  const [winner, ...others] = outcomes.filter(({ status }) => status === "fulfilled");
  expect([winner !== undefined, others]).toEqual([true, []]);
  for (const one of outcomes) if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "CODEX" });
  const passed = await committed((db) =>
    rows(db, "select from private.one_time_tokens where kind = 'SECOND_FACTOR' and (data ->> 'isPassed')::boolean"),
  );
  expect(passed).toHaveLength(1);
  for (const table of ["one_time_tokens", "totp_secrets", "recovery_codes", "passkeys"])
    await committed((db) => db.query(`delete from private.${table}`));
});

it("can take steps that grow, and never one again", () =>
  withAdminDb(database.adminUrl, async (db) => {
    const { userId, totp } = await prepare(db, []);
    const take = (step: number) => db.query("select private.take_factor($1, $2)", [userId, { kind: "TOTP", id: totp, step }]);
    await take(STEP);
    for (const step of [STEP, STEP - 1, 0, -1]) await expectRefusal(db, () => take(step), "BAD_CODE", "code");
    await take(STEP + 1);
    await expectRefusal(db, () => take(STEP + 1), "BAD_CODE", "code");
  }));

it("cannot take the factor of another user, or of an app that nobody confirmed (BAD_CODE)", () =>
  withAdminDb(database.adminUrl, async (db) => {
    const { userId, totp, passkey } = await prepare(db, ["one"]);
    const stranger = await value(db, "select id from core.users where email = 'admin@acme.test'");
    const take = (user: string, factor: object) => db.query("select private.take_factor($1, $2)", [user, factor]);
    const all = [
      { kind: "TOTP", id: totp, step: STEP },
      { kind: "RECOVERY_CODE", hash: digest("code 3").toString("hex") },
      { kind: "PASSKEY", id: passkey, counter: 6, challenge: challengeOf("one") },
    ];
    for (const factor of all) await expectRefusal(db, () => take(stranger, factor), "BAD_CODE", "code");
    await db.query("savepoint unconfirmed");
    await db.query("update private.totp_secrets set verified_at = null");
    await expectRefusal(db, () => take(userId, all[0]!), "BAD_CODE", "code");
    await db.query("rollback to unconfirmed");
    for (const factor of all) await take(userId, factor);
  }));

it("cannot take a factor without its values", () =>
  withAdminDb(database.adminUrl, async (db) => {
    const { userId, totp, passkey } = await prepare(db, []);
    const half = [
      { kind: "TOTP", id: totp },
      { kind: "TOTP", step: 7 },
      { kind: "RECOVERY_CODE" },
      { kind: "PASSKEY", id: passkey, counter: 9 },
    ];
    for (const factor of half)
      await expectRefusal(db, () => db.query("select private.take_factor($1, $2)", [userId, factor]), "BAD_CODE", "code");
    for (const factor of [{}, { kind: "PASSWORD" }]) {
      await db.query("savepoint odd");
      await expect(db.query("select private.take_factor($1, $2)", [userId, factor])).rejects.toMatchObject({ code: "20000" });
      await db.query("rollback to odd");
    }
  }));

describe("around it", () => {
  const PROVIDERS: Record<string, string> = { OIDC: randomUUID(), SAML: randomUUID() };
  const identities = ["PASSWORD", "MAGIC_LINK", "GOOGLE", "MICROSOFT", "OIDC", "SAML"].map((method) => ({
    method,
    email: OWNER,
    isEmailVerified: true,
    ...(!/PASSWORD|LINK/.test(method) && { issuer: `https://${method}`, subject: "7" }),
    ...(PROVIDERS[method] && { providerId: PROVIDERS[method] }),
  }));
  const begin = (db: Db, identity: object) =>
    rows<{ session_id: string | null; kinds: string[]; must_enrol: boolean }>(
      db,
      "select * from authz.begin_sign_in($1, '{\"workspace\": \"acme\"}', $2, $3, '1 day')",
      [identity, digest(randomUUID()), digest(randomUUID())],
    ).then(([begun]) => begun!);

  it.each(identities)("cannot come in by $method alone, with a second factor enrolled or demanded", (identity) =>
    withAdminDb(database.adminUrl, async (db) => {
      const { method, providerId } = { providerId: null, ...identity };
      await db.query(
        `with w as (select id from core.workspaces where subdomain = 'acme' and $1::uuid is not null),
              p as (insert into core.identity_providers (id, workspace_id, name, type, issuer, client_id, sso_url, certificates)
                    select $1, w.id, $2::text, $2, 'https://' || $2, case $2 when 'OIDC' then 'x' end, case $2 when 'SAML' then 'https://x' end,
                           (case $2 when 'SAML' then '{x}' else '{}' end)::text[] from w),
              d as (insert into core.identity_provider_domains (workspace_id, provider_id, domain, verified_at)
                    select w.id, $1, 'acme.test', now() from w returning id, workspace_id),
              s as (insert into private.identity_provider_secrets (provider_id, workspace_id) select $1, w.id from w)
         insert into private.verified_domains select d.id, 'acme.test', $1, d.workspace_id from d`,
        [providerId, method],
      );
      await db.query(
        "insert into private.user_identities (user_id, issuer, subject, provider_id) select id, 'https://' || $2::text, '7', $3 from core.users where email = $1",
        [OWNER, method, providerId],
      );
      expect(await begin(db, identity)).toMatchObject({ session_id: expect.any(String), kinds: [], must_enrol: false });
      await db.query("update core.workspaces set is_two_factor_enforced = true");
      expect(await begin(db, identity)).toMatchObject({ session_id: null, kinds: [], must_enrol: true });
      await prepare(db, []);
      for (const isEnforced of [true, false]) {
        await db.query("update core.workspaces set is_two_factor_enforced = $1", [isEnforced]);
        expect(await begin(db, identity)).toMatchObject({
          session_id: null,
          kinds: ["TOTP", "PASSKEY", "RECOVERY_CODE"],
          must_enrol: false,
        });
      }
    }),
  );

  it("can be demanded by somebody who has shown none, without losing his own sign-in", () =>
    withAdminDb(database.adminUrl, async (db) => {
      const open = (email: string, isStrong: boolean) =>
        db.query(
          `insert into private.sessions (user_id, workspace_id, is_strong, expires_at)
           select m.user_id, m.workspace_id, $2, now() + interval '1 day' from core.workspace_members m join core.users u on u.id = m.user_id where u.email = $1`,
          [email, isStrong],
        );
      const left = () =>
        rows(db, "select u.email, s.is_strong from private.sessions s join core.users u on u.id = s.user_id order by 1, 2");
      for (const [email, isStrong] of [
        ["admin@acme.test", false],
        ["admin@acme.test", true],
        ["owner@globex.test", false],
        [OWNER, false],
      ] as const) {
        await open(email, isStrong);
      }
      const others = [
        { email: "admin@acme.test", is_strong: true },
        { email: "owner@acme.test", is_strong: false },
        { email: "owner@globex.test", is_strong: false },
      ];
      await become(db, OWNER);
      await db.query("select core.update_workspace('{\"isTwoFactorAuthenticationEnforced\": true}')");
      await db.query("reset role");
      expect(await left()).toEqual(others);
      // Demanded once more, nothing changes.
      await db.query("update core.workspaces set is_two_factor_enforced = true, name = 'Acme & Co' where subdomain = 'acme'");
      expect(await left()).toEqual(others);
    }));

  it("cannot open the session of a challenge that was not passed", () =>
    withAdminDb(database.adminUrl, async (db) => {
      const { totp } = await prepare(db, ["one"]);
      const finish = () => rows(db, "select * from authz.finish_sign_in($1, $2, '1 day')", [digest("one"), digest("refresh")]);
      expect(await finish()).toEqual([]);
      await db.query("select authz.pass_second_factor($1, $2)", [askerOf("one"), { kind: "TOTP", id: totp, step: STEP }]);
      expect(await finish()).toHaveLength(1);
      expect(await finish()).toEqual([]);
    }));

  it("can find every function that opens a session, and each asks for second factors", () =>
    withAdminDb(database.adminUrl, async (db) => {
      const openers = await rows<{ name: string; body: string }>(
        db,
        `select p.proname as name, pg_get_functiondef(p.oid) as body from pg_proc p
         where p.prosrc ~ 'open_session\\(' or pg_get_function_sqlbody(p.oid) ~ 'open_session\\('`,
      );
      const asks = Object.fromEntries(openers.map(({ name, body }) => [name, /factors_wanted|isPassed/.test(body)]));
      // A session without a workspace reaches no record, and goes on to one by begin_sign_in.
      expect(asks).toEqual({ begin_sign_in: true, finish_sign_in: true, impersonate: true, begin_user_session: false });
    }));
});
