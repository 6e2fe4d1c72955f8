/** Refresh tokens: each is used once, and whoever uses one again ends the sign-in. */
import { createHash } from "node:crypto";
import pg from "pg";
import { asAdministrator, type Db, errorOf, useTestDatabase, withAdminDb } from "../../helpers/db.ts";
import { ADMIN, count, MEMBER, rows, value } from "../support.ts";

const database = useTestDatabase();
const digest = (token: string) => createHash("sha256").update(token).digest();

type Session = {
  open: (token: string, lifetime?: string) => Promise<unknown>;
  rotate: (token: string, next: string) => Promise<unknown[]>;
  who: unknown;
};

/** A sign-in of Mia with the token "first", in the transaction of the server's own role. */
const withSession = (work: (db: Db, session: Session) => Promise<void>) =>
  withAdminDb(database.adminUrl, async (db) => {
    const [ids] = await rows<{ user_id: string; workspace_id: string }>(
      db,
      "select m.user_id, m.workspace_id from core.workspace_members m join core.users u on u.id = m.user_id where u.email = $1",
      [MEMBER],
    );
    await db.query("set local role relata_server");
    const session: Session = {
      open: (token, lifetime = "1 hour") =>
        asAdministrator(db, () =>
          db.query("select private.open_session($1, $2, $3, $4)", [ids!.user_id, ids!.workspace_id, digest(token), lifetime]),
        ),
      rotate: (token, next) => rows(db, "select * from authz.rotate_session($1, $2)", [digest(token), digest(next)]),
      who: { session_id: expect.any(String), ...ids, subdomain: "acme" },
    };
    await session.open("first");
    await work(db, session);
  });

/** Lets the first use of a token be so long ago. */
const usedAgo = (db: Db, token: string, ago: string) =>
  asAdministrator(db, () =>
    db.query("update private.refresh_tokens set used_at = now() - $2::interval where token_hash = $1", [digest(token), ago]),
  );

it("can trade a token for the next, again and again", () =>
  withSession(async (db, { rotate, who }) => {
    expect(await rotate("first", "second")).toEqual([who]);
    expect(await rotate("second", "third")).toEqual([who]);
    expect(await asAdministrator(db, () => count(db, "private.refresh_tokens where used_at is not null"))).toBe(2);
  }));

it("keeps no token as it is", () =>
  withSession((db) =>
    asAdministrator(db, async () => {
      expect(await value(db, "select token_hash from private.refresh_tokens")).toEqual(digest("first"));
    }),
  ));

it("cannot trade an unknown token", () =>
  withSession(async (_db, { rotate, who }) => {
    expect(await rotate("other", "second")).toEqual([]);
    expect(await rotate("second", "third")).toEqual([]);
    expect(await rotate("first", "second")).toEqual([who]);
  }));

it("can trade a token twice within the grace of two clients that race", () =>
  withSession(async (db, { rotate, who }) => {
    await rotate("first", "second");
    await usedAgo(db, "first", "9 seconds");
    expect(await rotate("first", "other")).toEqual([who]);
    expect(await rotate("second", "third")).toEqual([who]);
    expect(await rotate("other", "another")).toEqual([who]);
  }));

it("cannot trade a token again after the grace, and ends the sign-in with all its tokens", () =>
  withSession(async (db, { rotate }) => {
    await rotate("first", "second");
    await usedAgo(db, "first", "11 seconds");
    expect(await rotate("first", "other")).toEqual([]);
    for (const token of ["second", "other", "first"]) expect(await rotate(token, `${token} next`)).toEqual([]);
    expect(await asAdministrator(db, () => count(db, "private.sessions"))).toBe(0);
    expect(await asAdministrator(db, () => count(db, "private.refresh_tokens"))).toBe(0);
  }));

it("cannot make the grace longer by using it", () =>
  withSession(async (db, { rotate }) => {
    await rotate("first", "second");
    await usedAgo(db, "first", "9 seconds");
    await rotate("first", "other");
    const left = () =>
      value<boolean>(db, "select used_at = now() - interval '9 seconds' from private.refresh_tokens where token_hash = $1", [
        digest("first"),
      ]);
    expect(await asAdministrator(db, left)).toBe(true);
  }));

it("ends one sign-in, and lets another of the same user be", () =>
  withSession(async (db, { open, rotate, who }) => {
    await open("elsewhere");
    await rotate("first", "second");
    await usedAgo(db, "first", "1 minute");
    expect(await rotate("first", "other")).toEqual([]);
    expect(await rotate("elsewhere", "elsewhere next")).toEqual([who]);
  }));

it("cannot trade a token after the sign-in has expired", () =>
  withSession(async (db, { open, rotate, who }) => {
    await open("late", "-1 second");
    expect(await rotate("late", "second")).toEqual([]);
    // It was its time: with more of it, the same token is good.
    await asAdministrator(db, () => db.query("update private.sessions set expires_at = now() + interval '1 minute'"));
    expect(await rotate("late", "second")).toEqual([who]);
  }));

it("cannot make a sign-in longer by trading tokens", () =>
  withSession(async (db, { rotate }) => {
    const ends = () => asAdministrator(db, () => value(db, "select expires_at::text from private.sessions"));
    const before = await ends();
    await rotate("first", "second");
    expect(await ends()).toBe(before);
  }));

it("cannot trade a token of a member who was removed", () =>
  withSession(async (db, { rotate, who }) => {
    expect(await rotate("first", "second")).toEqual([who]);
    await asAdministrator(db, async () => {
      await db.query("select set_config('relata.workspace_id', id::text, true) from core.workspaces where subdomain = 'acme'");
      await db.query(
        "select private.remove_member(m.id) from core.workspace_members m join core.users u on u.id = m.user_id where u.email = $1",
        [MEMBER],
      );
    });
    expect(await rotate("second", "third")).toEqual([]);
  }));

it("cannot keep the same token twice", () =>
  withSession((db) =>
    asAdministrator(db, async () => {
      const again = "select private.open_session(user_id, workspace_id, $1, '1 hour') from private.sessions";
      expect(await errorOf(db, () => db.query(again, [digest("first")]))).toMatchObject({ code: "23505" });
    }),
  ));

it("forgets what has expired, and nothing else", () =>
  withSession(async (db, { open, rotate, who }) => {
    await open("late", "-1 second");
    await asAdministrator(db, async () => {
      await db.query("set local role relata_worker");
      expect(await value(db, "select authz.expire_sessions()")).toBe("1");
      expect(await value(db, "select authz.expire_sessions()")).toBe("0");
    });
    await db.query("set local role relata_server");
    expect(await rotate("first", "second")).toEqual([who]);
  }));

it("goes with its user", () =>
  withSession((db) =>
    asAdministrator(db, async () => {
      expect(await count(db, "private.sessions")).toBe(1);
      await db.query("delete from core.users where email = $1", [ADMIN]);
      expect(await count(db, "private.sessions")).toBe(1);
      await db.query("delete from core.users where email = $1", [MEMBER]);
      expect(await count(db, "private.refresh_tokens")).toBe(0);
    }),
  ));

it("cannot save a stolen sign-in by refreshing it in the same moment", async () => {
  const clients = [1, 2].map(() => new pg.Client({ connectionString: database.adminUrl }));
  await Promise.all(clients.map((client) => client.connect()));
  const [one, two] = clients as [pg.Client, pg.Client];
  const rotate = (db: pg.Client, token: string, next: string) =>
    db.query("select * from authz.rotate_session($1, $2)", [digest(token), digest(next)]);
  try {
    for (let n = 0; n < 150; n++) {
      const [old, young, last] = ["old", "young", "last"].map((token) => `${token} ${n}`) as [string, string, string];
      await one.query(
        `select private.open_session(m.user_id, m.workspace_id, $1, '1 hour')
         from core.workspace_members m join core.users u on u.id = m.user_id where u.email = $2`,
        [digest(old), MEMBER],
      );
      await rotate(one, old, young);
      await one.query("update private.refresh_tokens set used_at = now() - interval '1 minute' where token_hash = $1", [digest(old)]);
      // Whoever is first, neither deadlocks, and in the end no token of the sign-in is worth anything.
      await Promise.all([rotate(one, old, `${old} again`), rotate(two, young, last)]);
      const { rowCount } = await rotate(one, last, `${last} next`);
      expect([n, rowCount]).toEqual([n, 0]);
    }
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
});
