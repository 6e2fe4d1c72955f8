/** What a server holds once it has nothing to do: as it stands, and after a garbage collection. */
import { setTimeout as sleep } from "node:timers/promises";
import { privateMb, rssMb } from "./processes.ts";
import type { RunningServer, World } from "./world.ts";

const SETTLE_MS = 3000;

export type Memory = { what: string; rssMb: number; collectedMb: number; postgresMb: number };

/** `server` runs with garbage.ts. */
export async function readMemory(what: string, server: RunningServer, { postgresPid }: World): Promise<Memory> {
  await sleep(SETTLE_MS);
  const standing = rssMb(server.pid);
  server.process.kill("SIGUSR2");
  await sleep(SETTLE_MS);
  return { what, rssMb: standing, collectedMb: rssMb(server.pid), postgresMb: privateMb(postgresPid) };
}
