/** API keys as bearer tokens: `relata_` and 256 random bits, known by their SHA-256. */
import type { Pool } from "pg";
import { RelataError } from "../errors.ts";
import { Lru } from "../lru.ts";
import type { Caller } from "../schemaRegistry.ts";
import { digest, newToken } from "./oneTimeTokens.ts";

const PREFIX = "relata_";
/** A token that was replaced is known for no longer. */
const REMEMBERED_MS = 1000;
const MAX_REMEMBERED = 10_000;

/** Its beginning is for those who look for leaked secrets. */
export const newApiKey = (): string => PREFIX + newToken();

export const isApiKey = (token: string): boolean => token.startsWith(PREFIX);

export class ApiKeys {
  readonly #pool: Pool;
  readonly #known = new Lru<string, { caller: Caller; until: number }>(MAX_REMEMBERED);

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Whom a token stands for; LOGIN_REQUIRED for one that we do not know. Whether the key has ended, authz.claim says on every request. */
  async verify(token: string): Promise<Caller> {
    const hash = digest(token);
    const key = hash.toString("base64url");
    const known = this.#known.get(key);
    if (known && known.until > Date.now()) return known.caller;
    const { rows } = await this.#pool.query<{ api_key_id: string; workspace_id: string }>("select * from authz.api_key_of($1)", [hash]);
    const found = rows[0];
    if (!found) throw new RelataError("LOGIN_REQUIRED");
    const caller = { userId: found.api_key_id, workspaceId: found.workspace_id, apiKeyId: found.api_key_id };
    this.#known.set(key, { caller, until: Date.now() + REMEMBERED_MS });
    return caller;
  }
}
