/** Mails that anybody may ask for: not too many to one address, nor by one, and both counted in PostgreSQL. */
import type pg from "pg";
import { readConfig } from "../../src/config.ts";
import type { RelataError } from "../../src/errors.ts";
import { makeLog } from "../../src/log.ts";
import { makeServerPool } from "../../src/pools.ts";
import { RateLimits } from "../../src/rateLimits/rateLimits.ts";
import { TEST_SECRET, useTestDatabase } from "../helpers/db.ts";
import { adminQuery } from "../helpers/server.ts";

const database = useTestDatabase();
const config = (env: Record<string, string> = {}) => readConfig({ APP_SECRET: TEST_SECRET, ...env });
const log = makeLog("error", false);
let pool: pg.Pool;
beforeAll(() => {
  pool = makeServerPool(database.adminUrl, TEST_SECRET, config({ PG_DATABASE_URL: database.adminUrl }), log);
});
afterAll(() => pool.end());
beforeEach(() => adminQuery(database.adminUrl, "truncate private.rate_limits"));

/** How many pass, and what the others are told. */
async function ask(limits: RateLimits, count: number, one: (index: number) => [recipient: string, address: string]) {
  const results = await Promise.allSettled(Array.from({ length: count }, (_, index) => limits.mail(...one(index))));
  const refused = results.flatMap((result) => (result.status === "rejected" ? [result.reason as RelataError] : []));
  return { passed: count - refused.length, told: new Set(refused.map(({ code, headers }) => `${code} ${headers["ratelimit-policy"]}`)) };
}

it("cannot send one person more than five at once, in letters of whatever size, by whomever (RATE_LIMITED)", async () => {
  const answer = await ask(new RateLimits(pool, config(), log), 40, (index) => [
    index % 2 ? "mia@acme.test" : "MIA@Acme.test",
    `10.1.0.${index}`,
  ]);
  expect(answer).toEqual({ passed: 5, told: new Set(['RATE_LIMITED "mailAddress";q=5;w=3600']) });
});

it("cannot send more than fifty at once by one address, to whomever (RATE_LIMITED)", async () => {
  const answer = await ask(new RateLimits(pool, config(), log), 80, (index) => [`user${index}@acme.test`, "10.1.1.1"]);
  expect(answer).toEqual({ passed: 50, told: new Set(['RATE_LIMITED "mailSender";q=50;w=3600']) });
});

it("can have no limit", async () => {
  const limits = new RateLimits(pool, config({ RATE_LIMIT_MAIL_ADDRESS: "0", RATE_LIMIT_MAIL_SENDER: "0" }), log);
  expect((await ask(limits, 100, () => ["mia@acme.test", "10.1.1.1"])).passed).toBe(100);
});

it("can give back what was taken for nothing, also to whom was refused", async () => {
  const limits = new RateLimits(pool, config(), log);
  await ask(limits, 6, (index) => ["mia@acme.test", `10.1.2.${index}`]);
  await expect(limits.consume("mailAddress", "mia@acme.test")).rejects.toMatchObject({ code: "RATE_LIMITED" });
  await limits.giveBack("mailAddress", "mia@acme.test");
  await limits.consume("mailAddress", "mia@acme.test");
});

it("can keep no address by its name", async () => {
  await ask(new RateLimits(pool, config(), log), 1, () => ["mia@acme.test", "10.1.3.1"]);
  const rows = await adminQuery<{ whole: string }>(
    database.adminUrl,
    "select to_jsonb(l)::text || encode(key, 'escape') as whole from private.rate_limits l",
  );
  expect(rows).toHaveLength(2);
  for (const { whole } of rows) expect(whole).not.toMatch(/mia|acme|10\.1/i);
});

it("can forget buckets that are full again, and keeps the others", async () => {
  await ask(new RateLimits(pool, config(), log), 1, () => ["mia@acme.test", "10.1.4.1"]);
  await adminQuery(
    database.adminUrl,
    "update private.rate_limits set full_at = now() - interval '1 second' where key = (select min(key::text)::bytea from private.rate_limits)",
  );
  expect(await adminQuery(database.adminUrl, "select authz.purge_limits()::int as purged")).toEqual([{ purged: 1 }]);
  expect(await adminQuery(database.adminUrl, "select from private.rate_limits")).toHaveLength(1);
});
