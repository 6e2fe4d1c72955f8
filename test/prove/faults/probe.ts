/**
 * Loaded by --import into a server: every so often it collects garbage and adds a line to RELATA_PROBE_FILE: what the
 * process holds then, and how late the event loop has been since the last reset (SIGUSR2).
 */
import { appendFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export type Probed = { at: number; rss: number; heap: number; p99Ms: number; maxMs: number };

const file = process.env["RELATA_PROBE_FILE"];
const EVERY_MS = 5000;
const NS_PER_MS = 1e6;

if (file) {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  process.on("SIGUSR2", () => delay.reset());
  setInterval(() => {
    const [p99Ms, maxMs] = [delay.percentile(99) / NS_PER_MS, delay.max / NS_PER_MS];
    collect();
    const { rss, heapUsed } = process.memoryUsage();
    appendFileSync(file, `${JSON.stringify({ at: Date.now(), rss, heap: heapUsed, p99Ms, maxMs } satisfies Probed)}\n`);
  }, EVERY_MS).unref();
}
