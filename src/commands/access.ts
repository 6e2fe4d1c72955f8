/**
 * Who may do what, and why:
 *
 *   why acme --user ada@acme.test --row company/<id>    what decides about each action
 *   access-matrix acme                                 roles, rules and holders, in an order that stays: commit it
 */
import { parseArgs } from "node:util";
import { speakingFor, withOwner, workspacesOf } from "./database.ts";

const print = (text: string) => void process.stdout.write(`${text}\n`);
const ACTIONS = ["read", "update", "delete", "destroy"];

const WHY = `
  select a, private.why(c.id, o.id, $3, a) as answer
  from core.objects o, unnest($4::text[]) a, (
    select m.user_id as id from core.workspace_members m join core.users u on u.id = m.user_id
    where m.workspace_id = authz.workspace_id() and lower(u.email) = lower($1)
    union all
    select k.id from core.api_keys k where k.workspace_id = authz.workspace_id() and k.name = $1) c
  where o.workspace_id = authz.workspace_id() and $2 in (o.name_singular, o.name_plural)`;

type Answer = { a: string; answer: { may: boolean; because: string } };

export async function tellWhy(args: string[]): Promise<number> {
  const options = { user: { type: "string" }, row: { type: "string" } } as const;
  const { positionals, values } = parseArgs({ args, allowPositionals: true, options });
  const [object, id] = (values.row ?? "").split("/");
  if (!values.user || !object || !/^[0-9a-f-]{36}$/i.test(id ?? "")) {
    throw new Error("Say whose and which: why [workspace] --user <address or API key> --row <object>/<id>");
  }
  return withOwner(async (db) => {
    let isKnown = false;
    for (const workspace of await workspacesOf(db, positionals[0])) {
      const { rows } = await speakingFor(db, workspace, () => db.query<Answer>(WHY, [values.user, object, id, ACTIONS]));
      if (!rows.length) continue;
      isKnown = true;
      print(`${workspace.subdomain}: ${values.user}, ${object}/${id}`);
      for (const { a, answer } of rows) print(`  ${a.padEnd(8)}${answer.may ? "yes" : "no "}  ${answer.because}`);
    }
    if (!isKnown) throw new Error("There is no such member or API key, or no such object.");
    return 0;
  });
}

export async function printMatrix(args: string[]): Promise<number> {
  const { positionals } = parseArgs({ args, allowPositionals: true });
  if (!positionals[0]) throw new Error("Say which workspace: access-matrix <workspace>");
  return withOwner(async (db) => {
    const [workspace] = await workspacesOf(db, positionals[0]);
    const { rows } = await speakingFor(db, workspace!, () =>
      db.query<{ line: string }>("select x as line from private.access_matrix($1) x", [workspace!.id]),
    );
    print(rows.map(({ line }) => line).join("\n"));
    return 0;
  });
}
