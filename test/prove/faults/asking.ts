/** Asks a server over kept connections, and counts what comes of it: answers by status and code, and what broke. */
import { Agent, request } from "node:http";
import type { Scanner } from "../scanner.ts";

export type Said = { status: number; text: string; headers: Record<string, string | string[] | undefined>; ms: number };

const TIMEOUT_MS = 60_000;

/** So many connections as are needed, kept. */
export const keptConnections = (most = 64): Agent => new Agent({ keepAlive: true, maxSockets: most });

/** Posts an operation; rejects when there was no answer. */
export function ask(
  agent: Agent,
  url: string,
  token: string,
  query: string,
  variables: object = {},
  headers: Record<string, string> = {},
  path = "/graphql",
): Promise<Said> {
  const body = JSON.stringify({ query, variables });
  const about = { "content-type": "application/json", "content-length": Buffer.byteLength(body), authorization: `Bearer ${token}` };
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { method: "POST", agent, timeout: TIMEOUT_MS, headers: { ...about, ...headers } }, (res) => {
      let text = "";
      res.setEncoding("utf8");
      res.on("data", (chunk: string) => (text += chunk));
      res.on("error", reject);
      res.on("end", () => resolve({ status: res.statusCode!, text, headers: res.headers, ms: performance.now() - startedAt }));
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer")));
    sent.on("error", reject);
    sent.end(body);
  });
}

type Body = { data?: Record<string, unknown> | null; errors?: { extensions?: { code?: string } }[] };

/** What an answer says, in a word: "ok", or its status and code. */
export function wordOf({ status, text, headers }: Said): string {
  const { errors } = (text.startsWith("{") ? JSON.parse(text) : {}) as Body;
  if (status === 200 && !errors) return "ok";
  const late = status === 503 && !headers["retry-after"] ? " without Retry-After" : "";
  return `${status} ${errors?.[0]?.extensions?.code ?? text.slice(0, 80)}${late}`;
}

export const wordOfFailure = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? (error as Error).message;

/** How often each word was heard. */
export class Tally {
  readonly counts = new Map<string, number>();
  readonly #scanner: Scanner | undefined;

  constructor(scanner?: Scanner) {
    this.#scanner = scanner;
  }

  add(word: string, said?: Said): string {
    this.counts.set(word, (this.counts.get(word) ?? 0) + 1);
    if (said && word !== "ok") this.#scanner?.look({ where: `an answer in trouble (${said.status})`, text: said.text });
    return word;
  }

  /** Notes the answer that comes, or that none came. */
  note = (asking: Promise<Said>): Promise<string> =>
    asking.then(
      (said) => this.add(wordOf(said), said),
      (error) => this.add(wordOfFailure(error)),
    );

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** What was heard that nobody should hear. */
  beside(allowed: RegExp): string[] {
    return [...this.counts].filter(([word]) => !allowed.test(word)).map(([word, count]) => `${count} × ${word}`);
  }

  toString(): string {
    return [...this.counts].map(([word, count]) => `${count} × ${word}`).join(", ");
  }
}

/** The value at `share` of the times. */
export function percentile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
