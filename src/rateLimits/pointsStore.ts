/**
 * A limiter of rate-limiter-flexible whose points are in PostgreSQL. Its own store for
 * PostgreSQL writes to a table by itself, at windows that begin anew; ours asks
 * authz.take_points, as the server may touch no table, and lets buckets fill up evenly.
 * Who has run out is remembered here, so that an attacker costs no statement.
 */
import type { Pool } from "pg";
import { RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import type { Bucket, Quota } from "./buckets.ts";

type Taken = { granted: number; points_left: number; wait_ms: number };

export class PointsStore extends RateLimiterPostgres {
  readonly #pool: Pool;
  readonly #quota: Quota;

  constructor(pool: Pool, bucket: Bucket, quota: Quota) {
    super({
      storeClient: pool,
      storeType: "pool",
      tableCreated: true,
      clearExpiredByTimeout: false,
      keyPrefix: bucket,
      points: quota.points,
      duration: quota.seconds,
      inMemoryBlockOnConsumed: quota.points + 1,
    });
    this.#pool = pool;
    this.#quota = quota;
  }

  /** Whether it is known here, without asking, that nothing is left. */
  isBlocked(key: string): boolean {
    return this.#inner.getInMemoryBlockMsBeforeExpire(this.#nameOf(key)) > 0;
  }

  /** Gives a point back, which here, too, whoever was refused may have. */
  async giveBack(key: string): Promise<void> {
    await this.reward(key);
    this.#inner._inMemoryBlockedKeys.delete(this.#nameOf(key));
  }

  #nameOf(key: string): string {
    return `${this.keyPrefix}:${key}`;
  }

  /** What the library's types leave out. */
  get #inner() {
    return this as unknown as {
      _inMemoryBlockedKeys: { delete(name: string): void };
      getInMemoryBlockMsBeforeExpire(name: string): number;
    };
  }

  // The library's inner methods, by which its stores differ.

  async _upsert(name: string, wanted: number): Promise<Taken> {
    const { points, seconds } = this.#quota;
    const { rows } = await this.#pool.query<Taken>("select * from authz.take_points($1, $2, $3, $4)", [name, wanted, points, seconds]);
    return rows[0]!;
  }

  _getRateLimiterRes(_name: string, wanted: number, { granted, points_left, wait_ms }: Taken): RateLimiterRes {
    const { points } = this.#quota;
    const consumed = granted < wanted ? points + 1 : points - Math.floor(points_left);
    return new RateLimiterRes(Math.max(0, points - consumed), wait_ms, consumed, false);
  }
}
