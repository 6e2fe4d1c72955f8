/**
 * `npm run relata -- workspace …` and `server-admin …`: what who runs the server does with
 * workspaces as a whole. He needs no account for it, and sees no record by it.
 */
import type pg from "pg";
import { toRelataError } from "../errors.ts";
import { speakingFor, type Workspace, withOwner, workspacesOf } from "./database.ts";

const print = (text: string) => void process.stdout.write(`${text}\n`);

type State = { name: string; members: number; suspended_at: Date | null; closed_at: Date | null };
const STATE = `select w.name, w.suspended_at, w.closed_at, (select count(*)::int from core.workspace_members m where m.workspace_id = w.id) as members
  from core.workspaces w where w.id = $1`;

const stateInWords = ({ suspended_at, closed_at }: State): string =>
  closed_at ? `deleted ${closed_at.toISOString()}` : suspended_at ? `suspended ${suspended_at.toISOString()}` : "open";

async function tell(db: pg.Client, workspace: Workspace): Promise<void> {
  const { rows } = await speakingFor(db, workspace, () => db.query<State>(STATE, [workspace.id]));
  const state = rows[0]!;
  print([workspace.subdomain, workspace.id, `${state.members} members`, stateInWords(state), state.name].join("\t"));
}

export const listWorkspaces = (): Promise<number> =>
  withOwner(async (db) => {
    for (const workspace of await workspacesOf(db)) await tell(db, workspace);
    return 0;
  });

const CHANGES = {
  suspend: "select private.suspend_workspace($1, true)",
  unsuspend: "select private.suspend_workspace($1, false)",
  delete: "select private.close_workspace($1)",
  restore: "select private.reopen_workspace($1)",
} as const;

/** Suspends a workspace, deletes it, or takes that back, and tells how it is then. */
export const changeWorkspace = (what: keyof typeof CHANGES, [subdomain]: string[]): Promise<number> =>
  withOwner(async (db) => {
    if (!subdomain) throw new Error("Name a workspace by its subdomain.");
    const [workspace] = await workspacesOf(db, subdomain);
    await speakingFor(db, workspace!, () => db.query(CHANGES[what], [workspace!.id]));
    await tell(db, workspace!);
    return 0;
  });

/** Makes a user an administrator of the server, or no longer. */
export const setServerAdmin = ([email, flag]: string[]): Promise<number> =>
  withOwner(async (db) => {
    if (!email || (flag !== undefined && flag !== "--revoke")) throw new Error("Give an address, and --revoke to take it back.");
    try {
      await db.query("select private.set_server_admin($1, $2)", [email, flag === undefined]);
    } catch (error) {
      throw toRelataError(error) ?? error;
    }
    print(flag ? `${email} no longer administers the server.` : `${email} administers the server.`);
    return 0;
  });
