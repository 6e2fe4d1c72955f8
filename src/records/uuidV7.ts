/** Ids as authz.uuid_v7 makes them, for records that must be known before they are written. */
import { randomFillSync } from "node:crypto";

const pool = Buffer.alloc(8 * 256);
let used = pool.length;
let last = 0;

/** A UUIDv7 (RFC 9562 §6.2, method 3); those of one process grow. */
export function uuidV7(): string {
  // Milliseconds and 12 bits of their fraction, as one number below 2^60, counted on when the clock stands still.
  const now = Math.floor((performance.timeOrigin + performance.now()) * 4096);
  last = now > last ? now : last + 1;
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.toString("hex", used, used + 8);
  used += 8;
  const time = Math.floor(last / 4096)
    .toString(16)
    .padStart(12, "0");
  const fraction = (last % 4096).toString(16).padStart(3, "0");
  const variant = ((Number.parseInt(random[0]!, 16) & 3) | 8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${fraction}-${variant}${random.slice(1, 4)}-${random.slice(4)}`;
}
