import { withAdminDb } from "../helpers/db.ts";
import { signIn, until, useTestServer } from "../helpers/server.ts";
import "../helpers/slow.ts";

const server = useTestServer({}, "all");

const sessions = () =>
  withAdminDb(server.adminUrl, async (db) => {
    const { rows } = await db.query<{ alive: number; expired: number }>(
      "select count(*) filter (where expires_at >= now())::int as alive, count(*) filter (where expires_at < now())::int as expired from private.sessions",
    );
    return rows[0]!;
  });

it("can forget sign-ins that have expired, and keeps the others", async () => {
  await signIn(server.url, "owner@acme.test");
  await signIn(server.url, "guest@acme.test");
  await withAdminDb(server.adminUrl, async (db) => {
    await db.query(
      "update private.sessions set expires_at = now() - interval '1 hour' where user_id = (select id from core.users where email = 'guest@acme.test')",
    );
    await db.query("commit");
  });
  expect(await sessions()).toEqual({ alive: 1, expired: 1 });

  await withAdminDb(server.adminUrl, async (db) => {
    await db.query("select graphile_worker.add_job('expire_sessions')");
    await db.query("commit");
  });
  await until(sessions, ({ expired }) => expired === 0);
  expect(await sessions()).toEqual({ alive: 1, expired: 0 });
});

it("can forget answers to an Idempotency-Key whose time is over, and keeps the others", async () => {
  const keys = () =>
    withAdminDb(server.adminUrl, async (db) =>
      (await db.query<{ key: string }>("select key from private.idempotency_keys")).rows.map(({ key }) => key),
    );
  await withAdminDb(server.adminUrl, async (db) => {
    await db.query(`insert into private.idempotency_keys
      select m.workspace_id, m.user_id, k.key, '', '{}', now() + k.rest
      from core.workspace_members m join core.users u on u.id = m.user_id and u.email = 'owner@acme.test',
           (values ('past', interval '-1 hour'), ('kept', interval '1 hour')) k (key, rest)`);
    await db.query("select graphile_worker.add_job('expire_sessions')");
    await db.query("commit");
  });
  await until(keys, (found) => found.length === 1);
  expect(await keys()).toEqual(["kept"]);
});

it("can work on jobs again after its database connections were cut", async () => {
  await withAdminDb(server.adminUrl, async (db) => {
    await db.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'relata_worker' and datname = current_database()",
    );
    await db.query("update private.sessions set expires_at = now() - interval '1 hour'");
    await db.query("select graphile_worker.add_job('expire_sessions')");
    await db.query("commit");
  });
  await until(sessions, ({ expired }) => expired === 0);
  const { worker } = ((await (await fetch(`${server.url}/healthz`)).json()) as { info: { worker: object } }).info;
  expect(worker).toEqual({ status: "up" });
});
