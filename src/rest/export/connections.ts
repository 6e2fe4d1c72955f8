/** The connections of exports, and who may have one. */
import pg, { type Pool } from "pg";
import type { Services } from "../../routes.ts";
import { Slots } from "./slots.ts";

/** Connections of their own, made when they are needed: exports hold one each, for as long as their readers take. */
type Own = { slots: Slots; pool: Pool };
const own = new WeakMap<Pool, Own>();
const IDLE_MS = 5000;

/** Of one server: half as many connections as it has for everybody else. */
export function ownOf({ pool, config, log }: Pick<Services, "pool" | "config" | "log">): Own {
  let known = own.get(pool);
  if (!known) {
    const max = Math.max(1, Math.floor(pool.options.max / 2));
    const its = new pg.Pool({ ...pool.options, max, idleTimeoutMillis: IDLE_MS, allowExitOnIdle: true });
    const onError = (error: Error) => log.debug("A connection was lost", { error: error.message });
    its.on("error", onError);
    its.on("connect", (client) => void client.on("error", onError)); // also while it is in use
    own.set(pool, (known = { slots: new Slots(max, config.EXPORTS_PER_WORKSPACE), pool: its }));
  }
  return known;
}
