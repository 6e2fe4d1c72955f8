/** Shares of a bucket: how seldom the database is asked, and that no more is given than it holds. */
import { RelataError } from "../../src/errors.ts";
import { Shares } from "../../src/rateLimits/shares.ts";

/** A bucket that does not fill up again, as the database would keep it. */
function makeBucket(points: number) {
  const bucket = { left: points, asked: 0 };
  const ask = async (_key: string, wanted: number) => {
    bucket.asked++;
    await new Promise((resolve) => setImmediate(resolve));
    const granted = Math.min(wanted, bucket.left);
    bucket.left -= granted;
    return { granted, pointsLeft: bucket.left, waitMs: granted ? 0 : 60_000, points };
  };
  return { bucket, ask };
}

async function takeMany(shares: Shares, count: number): Promise<{ passed: number; codes: Set<string> }> {
  let passed = 0;
  const codes = new Set<string>();
  for (let n = 0; n < count; n++) {
    try {
      await shares.take("acme");
      passed++;
    } catch (error) {
      codes.add((error as RelataError).code);
    }
  }
  return { passed, codes };
}

it.each([
  [100_000, 20_000, 21],
  [5000, 1000, 11],
  [100, 100, 55],
])("can count of %d points %d with at most %d statements", async (points, requests, most) => {
  const { bucket, ask } = makeBucket(points);
  expect((await takeMany(new Shares("workspace", { points, seconds: 60 }, ask), requests)).passed).toBe(requests);
  expect(bucket.asked).toBeLessThanOrEqual(most);
});

it("can pass most requests without waiting for anything", async () => {
  const { ask } = makeBucket(100_000);
  const shares = new Shares("workspace", { points: 100_000, seconds: 60 }, ask);
  await shares.take("acme");
  let waited = 0;
  for (let n = 0; n < 5000; n++) {
    const taken = shares.take("acme");
    if (taken instanceof Promise) waited++;
    await taken;
    if (n % 10 === 0) await new Promise((resolve) => setImmediate(resolve)); // as requests do
  }
  expect(waited).toBe(0);
});

it("cannot give more than there is, and then asks no more (RATE_LIMITED)", async () => {
  const { bucket, ask } = makeBucket(200);
  const shares = new Shares("workspace", { points: 200, seconds: 60 }, ask);
  expect(await takeMany(shares, 1000)).toEqual({ passed: 200, codes: new Set(["RATE_LIMITED"]) });
  const { asked } = bucket;
  await takeMany(shares, 1000);
  expect(bucket.asked).toBe(asked);
});

it("cannot give more than there is to many who come at once, and on several servers (RATE_LIMITED)", async () => {
  const { bucket, ask } = makeBucket(100);
  const servers = [1, 2, 3].map(() => new Shares("workspace", { points: 100, seconds: 60 }, ask));
  const results = await Promise.allSettled(Array.from({ length: 600 }, async (_, n) => servers[n % 3]!.take("acme")));
  const passed = results.filter(({ status }) => status === "fulfilled").length;
  expect(passed).toBeLessThanOrEqual(100);
  // What one server has taken and not used is lost to the others: a share each, at most.
  expect(passed).toBeGreaterThanOrEqual(94);
  expect(bucket.asked).toBeLessThan(100);
});

it("can tell how much is left, and for how long to wait", async () => {
  const { ask } = makeBucket(100);
  const shares = new Shares("workspace", { points: 100, seconds: 60 }, ask);
  expect(await shares.take("acme")).toMatchObject({ bucket: "workspace", points: 99 });
  await takeMany(shares, 99);
  const error = await Promise.resolve()
    .then(() => shares.take("acme"))
    .catch((refused: RelataError) => refused);
  expect(error).toBeInstanceOf(RelataError);
  expect((error as RelataError).headers).toEqual({
    "retry-after": "60",
    "ratelimit-policy": '"workspace";q=100;w=60',
    ratelimit: '"workspace";r=0;t=60',
  });
});

it("can have no limit, and asks seldom", async () => {
  const { bucket, ask } = makeBucket(0);
  const endless = async (key: string, wanted: number) => ({ ...(await ask(key, wanted)), granted: wanted });
  const shares = new Shares("workspace", { points: 0, seconds: 60 }, endless);
  expect((await takeMany(shares, 10_000)).passed).toBe(10_000);
  expect(await shares.take("acme")).toBeUndefined();
  expect(bucket.asked).toBeLessThanOrEqual(11);
});

it("can be told another limit by the database, and takes shares of its size", async () => {
  const { bucket, ask } = makeBucket(50);
  const shares = new Shares("workspace", { points: 100_000, seconds: 60 }, (key, wanted) => ask(key, Math.min(wanted, 1)));
  expect((await takeMany(shares, 80)).passed).toBe(50);
  expect(bucket.left).toBe(0);
});

it("can go on when the database could not be asked once", async () => {
  const { ask } = makeBucket(100);
  let isAway = true;
  const shares = new Shares("workspace", { points: 100, seconds: 60 }, (key, wanted) => {
    if (!isAway) return ask(key, wanted);
    isAway = false;
    return Promise.reject(new Error("away"));
  });
  await expect(shares.take("acme")).rejects.toThrow("away");
  expect(await shares.take("acme")).toMatchObject({ points: 99 });
});
