/** Defences against faults that can be taken away; somebody must notice each. */
import type { Sabotage } from "../group.ts";
import type { FaultsWorld } from "./world.ts";

const LEAVE_AT_ONCE = "process.on('SIGTERM', () => process.exit(0))";

/** Restarts PostgreSQL with these settings; the answer puts it back. */
async function withSettings({ cluster }: FaultsWorld, settings: Record<string, string>): Promise<() => Promise<void>> {
  const before = cluster.settings;
  const restart = async (next: Record<string, string>) => {
    cluster.settings = next;
    await cluster.end("fast");
    await cluster.start();
  };
  await restart({ ...before, ...settings });
  return () => restart(before);
}

/** Starts every server with these variables. */
async function withEnv({ env }: FaultsWorld, values: Record<string, string>): Promise<() => Promise<void>> {
  Object.assign(env, values);
  return async () => {
    for (const name of Object.keys(values)) delete env[name];
  };
}

export const sabotages: Sabotage<FaultsWorld>[] = [
  {
    what: "PostgreSQL acknowledges before it has written",
    noticedBy: ["G115"],
    takeAway: (world) => withSettings(world, { synchronous_commit: "off", wal_writer_delay: "10s" }),
  },
  {
    what: "a server that is told to stop waits for nobody",
    noticedBy: ["G128"],
    takeAway: (world) => withEnv(world, { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(LEAVE_AT_ONCE)}` }),
  },
  {
    what: "statements may take as long as they like",
    noticedBy: ["G118"],
    takeAway: (world) => withEnv(world, { PG_STATEMENT_TIMEOUT_MS: "600000" }),
  },
  {
    what: "statements keep their names behind a PgBouncer that forgets them",
    noticedBy: ["G132"],
    takeAway: (world) => withEnv(world, { PG_POOLER_KEEPS_PREPARED: "true" }),
  },
];
