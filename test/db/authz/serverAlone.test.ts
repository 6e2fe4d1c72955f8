/** What runs as the owner is out of a request's reach; each refusal is for the asking, not for the answer. */
import { asAdministrator, errorOf, useTestDatabase, withAdminDb, withMemberDb } from "../../helpers/db.ts";
import { COLLEAGUES, expectDenied, rows } from "../support.ts";

const CALLS = [
  "authz.claim(null, null, null)",
  "authz.shape_of(null, null)",
  "authz.password_of('owner@acme.test')",
  "authz.workspaces_of(null)",
  "authz.begin_sign_in(null, null, null, null, null)",
  "authz.finish_sign_in(null, null, null)",
  "authz.keep_token('LOGIN', null, null, null, null, null)",
  "authz.use_token('LOGIN', null)",
  "authz.second_factors_of(null, null)",
  "authz.try_second_factor(null)",
  "authz.pass_second_factor(null, null)",
  "authz.disable_totp(null, null)",
  "authz.sign_in_with_passkey(null)",
  "private.take_factor(null, null)",
  "authz.end_session(null, null)",
  "private.open_session(null, null, null, null)",
  "authz.rotate_session(null, null)",
  "authz.signing_keys()",
  "authz.add_signing_key(null, null, null)",
  "authz.expire_sessions()",
  "authz.is_installed()",
  "private.create_workspace('A', 'a')",
  "private.create_user('a@a.test', '$argon2id$', '', '')",
  "private.add_member(null, null, 'OWNER')",
  "private.remove_member(null)",
  "private.create_object(null, '{}')",
  "private.build_object(null)",
  "private.touch_metadata(null)",
  "private.grant_columns('core.users', '{email}')",
  "private.system_fields()",
];

const database = useTestDatabase();

describe.each(COLLEAGUES)("%s", (email) => {
  it.each(CALLS)("cannot call %s (42501)", (call) =>
    withMemberDb(database.adminUrl, email, async (db) => {
      await expectDenied(db, () => db.query(`select ${call}`));
      // The administrator is not stopped at the door, whatever comes of it.
      expect((await asAdministrator(db, () => errorOf(db, () => db.query(`select ${call}`))))?.code).not.toBe("42501");
    }),
  );
});

it.each(["relata_anonymous", "relata_guest", "relata_admin"])("%s cannot call what runs as its owner in authz (42501)", (role) =>
  withAdminDb(database.adminUrl, async (db) => {
    const definers = await rows<{ call: string }>(
      db,
      `select format('%s(%s)', p.oid::regproc, (select string_agg('null', ', ') from generate_series(1, p.pronargs))) as call
       from pg_proc p where p.pronamespace = 'authz'::regnamespace and p.prosecdef
         -- What policies ask of the caller's own record (lints/definer_reach.sql).
         and p.proname not in ('member_value', 'colleagues')`,
    );
    expect(definers.length).toBeGreaterThanOrEqual(10);
    await db.query(`set local role ${role}`);
    for (const { call } of definers) await expectDenied(db, () => db.query(`select ${call}`));
  }),
);
