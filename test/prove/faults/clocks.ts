/**
 * Servers whose clocks are off. Access tokens are read by the reader's clock, so that of one that is late by less than
 * ACCESS_TOKEN_EXPIRES_IN is still taken; sign-ins, keys and records go by PostgreSQL's clock alone.
 */
import { fileURLToPath } from "node:url";
import { assert, assertNone, type Check } from "../group.ts";
import { ask, keptConnections, wordOf } from "./asking.ts";
import { DATABASE, type FaultsWorld } from "./world.ts";

const SKEWS_S = [0, 600, -600];
const CREATE = "mutation ($name: String) { createCompany(data: { name: $name }) { id createdAt } }";
const PRELOAD = fileURLToPath(new URL("otherClock.ts", import.meta.url));
const MOST_OFF_MS = 5000;

const serveAt = (world: FaultsWorld, skewS: number, lifetime: string) =>
  world.serve({ NODE_OPTIONS: `--import ${PRELOAD}`, RELATA_CLOCK_SKEW_MS: String(skewS * 1000), ACCESS_TOKEN_EXPIRES_IN: lifetime });

async function skews(world: FaultsWorld): Promise<void> {
  const servers = await Promise.all(SKEWS_S.map((skew) => serveAt(world, skew, "30m")));
  const agent = keptConnections();
  const faults: string[] = [];
  try {
    const tokens = await Promise.all(servers.map((server) => world.tokenOf(server)));
    for (const [issuer, token] of tokens.entries())
      for (const [reader, { url }] of servers.entries()) {
        const said = await ask(agent, url, token, CREATE, { name: "by another clock" });
        const pair = `the token of ${SKEWS_S[issuer]} s at ${SKEWS_S[reader]} s`;
        if (wordOf(said) !== "ok") faults.push(`${pair}: ${wordOf(said)}`);
        else {
          const { createdAt } = (JSON.parse(said.text) as { data: { createCompany: { createdAt: string } } }).data.createCompany;
          if (Math.abs(Date.parse(createdAt) - Date.now()) > MOST_OFF_MS) faults.push(`${pair}: created at ${createdAt}`);
        }
      }
    assertNone(faults, "pairs of clocks do not get along");
    world.note(`${tokens.length * servers.length} pairs of clocks, up to ${Math.max(...SKEWS_S) * 2} s apart, tokens of 30 min`);
  } finally {
    agent.destroy();
    await Promise.all(servers.map((server) => server.stop()));
  }
}

/** The same, with tokens that live for less than the clocks are apart: the late one's are over, and no fault of anybody's. */
async function expires(world: FaultsWorld): Promise<void> {
  const [early, late] = await Promise.all([serveAt(world, 0, "5m"), serveAt(world, -600, "5m")]);
  const agent = keptConnections();
  try {
    const token = await world.tokenOf(late!);
    const words = await Promise.all([late!, early!].map(({ url }) => ask(agent, url, token, CREATE, { name: "too late" }).then(wordOf)));
    assert(words[0] === "ok" && words[1] === "401 LOGIN_REQUIRED", `its own server says ${words[0]}, the other ${words[1]}`);
    const [session] = await world.cluster.query<{ ahead: number }>(
      DATABASE,
      "select extract(epoch from max(expires_at) - now())::float8 as ahead from private.sessions",
    );
    assert(session!.ahead > 80 * 86_400 && session!.ahead <= 90 * 86_400, `a sign-in ends in ${session!.ahead} s by PostgreSQL's clock`);
  } finally {
    agent.destroy();
    await Promise.all([early!.stop(), late!.stop()]);
  }
}

export const clocks: Check<FaultsWorld>[] = [
  { id: "G127a", title: "servers whose clocks are 20 minutes apart take each other's tokens", run: skews },
  { id: "G127b", title: "a token that is over by one's own clock is refused, and sign-ins go by PostgreSQL's", run: expires },
];
