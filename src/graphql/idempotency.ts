/**
 * Idempotency-Key: the answer to a mutation is kept in the transaction of its writes
 * (db/private/idempotency_keys.sql), and given again to whoever sends the same request
 * again. GraphQL and REST use it alike.
 */
import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { RelataError } from "../errors.ts";
import type { Statement } from "../pgTransaction.ts";
import { whileWaiting } from "./inFlight.ts";

export type IdempotencyKey = { key: string; fingerprint: Buffer; lifetimeSeconds: number };

const HEADER = "Idempotency-Key";

/** The key that a request came with, if it did; BAD_INPUT when it is none. `asked` is all that makes the request what it is. */
export function idempotencyKeyOf(
  headers: IncomingHttpHeaders,
  asked: readonly (string | Buffer)[],
  lifetimeSeconds: number,
): IdempotencyKey | undefined {
  const key = headers["idempotency-key"];
  if (key === undefined) return undefined;
  if (typeof key !== "string" || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new RelataError("BAD_INPUT", `${HEADER} is 1 to 255 letters, digits and signs, without spaces.`, { field: HEADER });
  }
  const hash = createHash("sha256");
  for (const part of asked) hash.update(part).update("\0");
  return { key, fingerprint: hash.digest(), lifetimeSeconds };
}

type Caller = { userId: string; workspaceId: string };

/** Takes the key for the transaction; answers what was answered before, or null. */
export const useKey = ({ userId, workspaceId }: Caller, { key, fingerprint, lifetimeSeconds }: IdempotencyKey): Statement => ({
  name: "relata.use_key",
  text: "select authz.use_key($1, $2, $3, $4, $5)",
  values: [userId, workspaceId, key, fingerprint, lifetimeSeconds],
});

/** Keeps the answer, as the server itself: no role of a request may. */
export const keepAnswer = ({ key }: IdempotencyKey, answer: string): Statement[] => [
  { text: "set local role none", values: [] },
  { name: "relata.keep_answer", text: "select authz.keep_answer($1, $2)", values: [key, answer] },
];

/** The last of those with a key that are under way in this process. */
const turns = new Map<string, Promise<unknown>>();

/** Runs `work` behind others with its key, who would otherwise each hold a connection to wait for it. */
export async function inTurn<T>({ userId, workspaceId }: Caller, { key }: IdempotencyKey, work: () => Promise<T>): Promise<T> {
  const id = `${workspaceId} ${userId} ${key}`;
  const before = turns.get(id);
  const turn = before ? whileWaiting(() => before.catch(() => {})).then(work) : work();
  turns.set(id, turn);
  try {
    return await turn;
  } finally {
    if (turns.get(id) === turn) turns.delete(id);
  }
}

/** What to tell when the transaction could not begin: another one holds the key for longer than is waited for. */
export const orInUse = (error: unknown): unknown =>
  (error as { code?: unknown }).code === "55P03"
    ? new RelataError("CONFLICT", `The first request with this ${HEADER} is still running; try again.`, { field: HEADER })
    : error;
