/** Who asks too often is refused: guesses at passwords, mails, requests. All servers count together, in PostgreSQL. */
import type { ServerResponse } from "node:http";
import type { Request } from "express";
import type { Pool } from "pg";
import { RateLimiterRes } from "rate-limiter-flexible";
import type { Config } from "../config.ts";
import { RelataError } from "../errors.ts";
import type { Log } from "../log.ts";
import { networkOf } from "./address.ts";
import { type Bucket, type Quota, quotasOf } from "./buckets.ts";
import { Guesses } from "./guesses.ts";
import { headersOf, limited, type Remaining } from "./limited.ts";
import { PointsStore } from "./pointsStore.ts";
import { type Share, Shares } from "./shares.ts";

type Counted = Exclude<Bucket, "workspace" | "apiKey">;
const COUNTED: readonly Counted[] = ["signInAccount", "signInAddress", "signInKnown", "ssoAddress", "mailAddress", "mailSender"];

type Taken = { granted: number; points_left: number; wait_ms: number; quota: number };
type Asker = { workspaceId: string; apiKeyId?: string };

export class RateLimits {
  readonly #pool: Pool;
  readonly #log: Log;
  readonly #quotas: Record<Bucket, Quota>;
  readonly #limiters: ReadonlyMap<Bucket, PointsStore>;
  readonly #guesses: Guesses;
  readonly #workspaces: Shares;
  readonly #apiKeys: Shares;

  constructor(pool: Pool, config: Config, log: Log) {
    this.#pool = pool;
    this.#log = log;
    this.#quotas = quotasOf(config);
    const limitedBy = COUNTED.filter((bucket) => this.#quotas[bucket].points > 0);
    this.#limiters = new Map(limitedBy.map((bucket) => [bucket, new PointsStore(pool, bucket, this.#quotas[bucket])]));
    this.#guesses = new Guesses(pool, {
      consume: (bucket, key) => this.consume(bucket, key),
      giveBack: (bucket, key) => this.giveBack(bucket, key),
      isBlocked: (bucket, key) => this.#limiters.get(bucket)?.isBlocked(key) ?? false,
    });
    const { workspace, apiKey } = this.#quotas;
    this.#workspaces = new Shares("workspace", workspace, (id, wanted) =>
      this.#ask("select * from authz.take_requests($1, $2, $3)", [id, wanted, workspace.points]),
    );
    this.#apiKeys = new Shares("apiKey", apiKey, (id, wanted) =>
      this.#ask("select *, $3::int as quota from authz.take_points('apiKey:' || $1, $2, $3, $4)", [
        id,
        wanted,
        apiKey.points,
        apiKey.seconds,
      ]),
    );
  }

  async #ask(text: string, values: unknown[]): Promise<Share> {
    const { rows } = await this.#pool.query<Taken>(text, values);
    const { granted, points_left: pointsLeft, wait_ms: waitMs, quota: points } = rows[0]!;
    return { granted, pointsLeft, waitMs, points };
  }

  /** Takes one point of the bucket of `key`: an address of mail, an IP address, whatever it counts by. RATE_LIMITED (429) when it is empty. */
  async consume(bucket: Counted, key: string): Promise<void> {
    try {
      await this.#limiters.get(bucket)?.consume(key);
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      throw limited(bucket, this.#quotas[bucket], refused.msBeforeNext);
    }
  }

  /** Gives a point back that was taken for nothing. */
  async giveBack(bucket: Counted, key: string): Promise<void> {
    await this.#limiters.get(bucket)?.giveBack(key);
  }

  /** Lets somebody at `address` (addressOf) have a mail sent to `recipient`, who has not asked for it: not too many to one, nor too many by one. */
  async mail(recipient: string, address: string): Promise<void> {
    await this.consume("mailSender", networkOf(address));
    await this.consume("mailAddress", recipient);
  }

  /**
   * Lets somebody at `address` (addressOf) try to be `account` (what he says he is: there may be no such): runs `attempt`,
   * which rejects when it is wrong. Only those count (guesses.ts). RATE_LIMITED after too many.
   */
  guess<T>(account: string, address: string, attempt: () => Promise<T>): Promise<T> {
    const isLimited = this.#limiters.has("signInAccount") || this.#limiters.has("signInAddress");
    return isLimited ? this.#guesses.guess(account, address, attempt) : attempt();
  }

  /** Counts a request of a workspace, and of a key if it comes with one, and tells in `res` what is left. RATE_LIMITED when nothing is. */
  async request({ workspaceId, apiKeyId }: Asker, res: ServerResponse): Promise<void> {
    const remaining: Remaining[] = [];
    const count = async (shares: Shares, key: string) => {
      const counted = shares.take(key);
      const told = counted instanceof Promise ? await counted : counted;
      if (told) remaining.push(told);
    };
    try {
      if (apiKeyId && this.#quotas.apiKey.points > 0) await count(this.#apiKeys, apiKeyId);
      await count(this.#workspaces, workspaceId);
    } catch (error) {
      if (error instanceof RelataError) throw error;
      // The request itself will say that the database is away, if it still is.
      this.#log.debug("A request was not counted", { error: (error as Error).message });
    }
    if (remaining.length === 0) return;
    for (const [name, value] of Object.entries(headersOf(remaining))) res.setHeader(name, value);
  }
}

/** The address a request comes from; a proxy's word is taken as far as TRUST_PROXY says. */
export const addressOf = (req: Request): string => req.ip ?? "";
