/** What the tests of workspaces and people share. */
import { createHash, randomBytes } from "node:crypto";
import { asAdministrator, type Db, withAdminDb } from "../helpers/db.ts";
import { rows, value } from "./support.ts";

export const HASH = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g";

/** A token as the server makes them, and its hash in hex. */
export function token(): { plain: string; hash: string; link: object } {
  const plain = randomBytes(32).toString("base64url");
  return { plain, hash: createHash("sha256").update(plain).digest("hex"), link: { sealed: Buffer.from(plain).toString("base64") } };
}

/** Runs `work` as the administrator in a transaction that is rolled back. */
export const inTransaction = (adminUrl: string, work: (db: Db) => Promise<void>) => withAdminDb(adminUrl, work);

export const memberId = (db: Db, email: string, subdomain = "acme") =>
  asAdministrator(db, () =>
    value(
      db,
      "select m.id from core.workspace_members m join core.users u on u.id = m.user_id join core.workspaces w on w.id = m.workspace_id where u.email = $1 and w.subdomain = $2",
      [email, subdomain],
    ),
  );

export const workspaceId = (db: Db, subdomain = "acme") =>
  asAdministrator(db, () => value(db, "select id from core.workspaces where subdomain = $1", [subdomain]));

export const roleId = (db: Db, name: string, subdomain = "acme") =>
  asAdministrator(db, () =>
    value(db, "select r.id from core.roles r join core.workspaces w on w.id = r.workspace_id where r.name = $1 and w.subdomain = $2", [
      name,
      subdomain,
    ]),
  );

/** A user of no workspace; answers his id. */
export const newUser = (db: Db, email: string) =>
  asAdministrator(db, () => value(db, "select private.create_user($1, $2, 'Peter', 'Gibbons')", [email, HASH]));

/** A role of acme's with just these permissions; answers its id. */
export const newRole = (db: Db, name: string, permissions: string[]) =>
  asAdministrator(db, () =>
    value(
      db,
      "insert into core.roles (workspace_id, name, label, permissions) select id, $1, $1, $2 from core.workspaces where subdomain = 'acme' returning id",
      [name, permissions],
    ),
  );

/** Gives a member of acme one role instead of his. */
export const giveRole = (db: Db, email: string, role: string) =>
  asAdministrator(db, async () => {
    await db.query("select set_config('relata.workspace_id', id::text, true) from core.workspaces where subdomain = 'acme'");
    await db.query("select private.give_only_role($1, $2)", [await memberId(db, email), role]);
  });

export const invite = async (db: Db, emails: string[], role?: string | null) => {
  const list = emails.map((email) => ({ email, ...(({ hash, link }) => ({ tokenHash: hash, link }))(token()) }));
  return value<{ success: boolean; errors: string[]; result: { id: string; email: string; roleId: string }[] }>(
    db,
    "select core.send_invitations($1, $2)",
    [JSON.stringify(list), role ?? null],
  );
};

/** Lets a user in by whatever lets him in, as sign-in does; answers the member's id or null. */
export const join = (db: Db, user: string, workspace: string, hash?: string, isProven = false) =>
  asAdministrator(db, () =>
    value<string | null>(db, "select private.join_workspace($1, $2, decode($3, 'hex'), $4)", [user, workspace, hash ?? null, isProven]),
  );

export type Mail = { template: string; recipient: string; data: Record<string, unknown> };
export const mails = (db: Db) =>
  asAdministrator(db, () => rows<Mail>(db, "select template, recipient, data from private.mails order by created_at, recipient"));
