/** Looks at everything that leaves a server, whatever check asked for it: no word or id of another workspace, nothing that only a developer could read. */

/** What only a developer could make sense of: SQL, stacks, paths and names of the host. */
export const UNMASKED =
  /(relation|column|constraint|function|operator|schema) "|syntax error at or near|TypeError|Cannot read prop|is not a function|node_modules|\/src\/|\/work\/|at position|workspace_[0-9a-f]{12}|SQLSTATE|relata_(server|worker|owner)|\bat .+\.(ts|js|mjs):\d+/;
const UUIDS = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const CANARIES = /CANARY-([0-9a-z-]+?)-END/g;

export type Seen = {
  /** Where it came from, for the report. */
  where: string;
  text: string;
  /** Whom it was for; nobody, when undefined: he may see nothing of any workspace. */
  workspaceId?: string | undefined;
  /** What was sent: what an answer repeats of it is no leak. */
  sent?: string;
};

/** What is written into every row of a workspace. */
export const canaryOf = (workspaceId: string, n: number | string): string => `CANARY-${workspaceId.replaceAll("-", "")}-${n}-END`;

export class Scanner {
  readonly #ids = new Map<string, string>();
  readonly #secrets = new Map<string, string>();
  readonly #keys = new Map<string, string>();
  readonly findings: string[] = [];
  count = 0;

  /** Ids that no other workspace may see. */
  addIds(workspaceId: string, ids: Iterable<string>): void {
    for (const id of ids) this.#ids.set(id, workspaceId);
  }

  /** What somebody has made himself under another's id is his own now. */
  forgetIds(ids: Iterable<string>): void {
    for (const id of ids) this.#ids.delete(id);
  }

  /** An API key, which does not say whom it speaks for. */
  addKey(key: string, workspaceId: string): void {
    this.#keys.set(key, workspaceId);
  }
  workspaceOfKey = (key: string | undefined): string | undefined => this.#keys.get(key ?? "");

  /** A secret that nothing may hold. */
  addSecret(name: string, value: string): void {
    this.#secrets.set(value, name);
  }

  look({ where, text, workspaceId, sent = "" }: Seen): void {
    this.count++;
    const find = (what: string) => this.findings.push(`${what} in ${where}: ${text.slice(0, 300)}`);
    const own = workspaceId?.replaceAll("-", "");
    for (const [canary, inside] of text.matchAll(CANARIES))
      if (!(own && inside!.startsWith(own)) && !sent.includes(canary)) find(`${canary} of another workspace`);
    for (const [id] of text.matchAll(UUIDS)) {
      const owner = this.#ids.get(id);
      if (owner && owner !== workspaceId && !sent.includes(id)) find(`the id ${id} of another workspace`);
    }
    for (const [secret, name] of this.#secrets) if (text.includes(secret) && !sent.includes(secret)) find(name);
    const unmasked = UNMASKED.exec(text)?.[0];
    if (unmasked && !sent.includes(unmasked)) find(`${JSON.stringify(unmasked)}, which only a developer could read,`);
  }

  /** What was found since the last time it was asked. */
  take(): string[] {
    return this.findings.splice(0);
  }
}
