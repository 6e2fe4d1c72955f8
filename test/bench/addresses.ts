/** Whether the time of an answer tells that an address is known: each way to ask something of one, as pairs of both, by turns. */

import { seed } from "../../src/seed.ts";
import { adminQuery, signIn } from "../helpers/server.ts";
import { type Way, ways } from "../secrets/addresses.ts";
import { withAdmin } from "./crm.ts";
import { atMost, median, type Options, progress, type Report, type Row } from "./report.ts";
import { type RunningServer, startRelata, startWorld, type World } from "./world.ts";

const PAIRS = 300;
const WARM = 20;
/** The week of a workspace's invitations is over sooner than these pairs. */
const FORGET_EVERY = 100;
const NO_LIMITS = ["SIGN_IN_ACCOUNT", "SIGN_IN_ADDRESS", "SSO_ADDRESS", "MAIL_ADDRESS", "MAIL_SENDER"];

const knownOf = (n: number) => `known.${String(n).padStart(5, "0")}@people.test`;
const unknownOf = (n: number) => `other.${String(n).padStart(5, "0")}@people.test`;

async function timeOf({ url }: RunningServer, { path, body, isOwner }: Way, email: string, owner: string): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(isOwner && { authorization: `Bearer ${owner}` }) },
    body: JSON.stringify(body(email)),
  });
  await response.arrayBuffer();
  return performance.now() - startedAt;
}

const makePeople = (world: World, count: number) =>
  adminQuery(
    world.adminUrl,
    `select private.add_member(authz.workspace_id(), private.create_user('known.' || lpad(n::text, 5, '0') || '@people.test',
       (select p.password_hash from private.user_secrets p limit 1), 'Known', 'One'), 'MEMBER') from generate_series(0, $1::int - 1) n`,
    [count],
    "globex",
  );

async function measure(world: World, server: RunningServer, way: Way, pairs: number, owner: string): Promise<Row> {
  const [known, unknown]: [number[], number[]] = [[], []];
  for (let n = -WARM; n < pairs; n++) {
    if (n % FORGET_EVERY === 0) await withAdmin(world, (db) => db.query("delete from private.invitation_mails"));
    const index = n + WARM;
    const ask = { known: () => timeOf(server, way, knownOf(index), owner), unknown: () => timeOf(server, way, unknownOf(index), owner) };
    // By turns, also in who comes first.
    const order = n % 2 ? (["known", "unknown"] as const) : (["unknown", "known"] as const);
    for (const who of order) {
      const ms = await ask[who]();
      if (n >= 0) (who === "known" ? known : unknown).push(ms);
    }
  }
  // Each pair on its own: what else the machine does meanwhile is the same for both.
  const paired = median(known.map((ms, n) => ms - unknown[n]!).sort((a, b) => a - b));
  const [of, ofNobody] = [known, unknown].map((times) => median(times.sort((a, b) => a - b)));
  progress(`${way.what}: ${of!.toFixed(2)} and ${ofNobody!.toFixed(2)} ms`);
  return { what: way.what, known: of!, unknown: ofNobody!, difference: of! - ofNobody!, paired };
}

export async function runAddresses({ isQuick, rounds = isQuick ? 30 : PAIRS }: Options): Promise<Report> {
  const world = await startWorld();
  await seed(world.adminUrl);
  await makePeople(world, rounds + WARM);
  const server = await startRelata(world, [], Object.fromEntries(NO_LIMITS.map((name) => [`RATE_LIMIT_${name}`, "0"])));
  const owner = await signIn(server.url, "owner@acme.test");
  const rows: Row[] = [];
  for (const way of ways) rows.push(await measure(world, server, way, rounds, owner));
  const largest = Math.max(...rows.map((row) => Math.abs(row["difference"] as number)));
  return {
    scenario: "addresses",
    tables: [
      {
        title: "What the time of an answer tells of an address",
        columns:
          "what|what; known|known, median ms|2; unknown|unknown, median ms|2; difference|difference ms|2; paired|median of the pairs' differences ms|2",
        rows,
        note: `${rounds} pairs, by turns, each address asked once in each way.`,
      },
    ],
    bars: [atMost("the largest difference of the medians", largest, 5, "ms")],
  };
}
