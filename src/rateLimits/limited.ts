/** What a client is told of a limit: RATE_LIMITED with Retry-After (RFC 9110), and the RateLimit fields of draft-ietf-httpapi-ratelimit-headers-10. */
import { RelataError } from "../errors.ts";
import type { Bucket, Quota } from "./buckets.ts";

export type Remaining = { bucket: Bucket; quota: Quota; points: number };

const policies = new WeakMap<Quota, string>();

function policyOf(bucket: Bucket, quota: Quota): string {
  let policy = policies.get(quota);
  if (!policy) policies.set(quota, (policy = `"${bucket}";q=${quota.points};w=${quota.seconds}`));
  return policy;
}

/** Of buckets that a request has gone through; `seconds` until one of them is what it should be. */
export function headersOf(remaining: readonly Remaining[], seconds?: number): Record<string, string> {
  const left = ({ bucket, quota, points }: Remaining) => {
    const whole = Math.max(0, Math.floor(points));
    const untilFull = Math.ceil(((quota.points - whole) * quota.seconds) / quota.points);
    return `"${bucket}";r=${whole};t=${seconds ?? untilFull}`;
  };
  return {
    "ratelimit-policy": remaining.map(({ bucket, quota }) => policyOf(bucket, quota)).join(", "),
    ratelimit: remaining.map(left).join(", "),
  };
}

/** RATE_LIMITED: `bucket` has nothing left for `waitMs`. */
export function limited(bucket: Bucket, quota: Quota, waitMs: number): RelataError {
  const retryAfter = Math.max(1, Math.ceil(waitMs / 1000));
  const headers = headersOf([{ bucket, quota, points: 0 }], retryAfter);
  return new RelataError("RATE_LIMITED", undefined, { retryAfter, headers });
}
