/**
 * `GET /readyz`, or /healthz: 200 when requests are welcome, 503 with what is amiss, within a second either way.
 * `GET /livez`: 200 for as long as the process answers, so that nobody restarts it for its database's sake.
 */
import type { Services } from "../src/routes.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      HealthPlugin: true;
    }
  }
}

type Status = { status: "up" | "down" };
const TIMEOUT_MS = 800;

/** Whether `check` answers in time. */
async function isUp(check: Promise<unknown>): Promise<boolean> {
  const timeout = new Promise<boolean>((resolve) => setTimeout(resolve, TIMEOUT_MS, false).unref());
  return Promise.race([
    check.then(
      () => true,
      () => false,
    ),
    timeout,
  ]);
}

export const HealthPlugin: GraphileConfig.Plugin = {
  name: "HealthPlugin",
  description: "GET /readyz, /healthz and /livez",
  version: "1.0.0",

  routes: {
    add(router, { pool, workerIsUp, isStopping }: Services) {
      router.get("/livez", (_req, res) => {
        res.setHeader("cache-control", "no-store");
        res.json({ status: "ok" });
      });
      router.get(["/readyz", "/healthz"], async (_req, res) => {
        // Asked twice: a connection that PostgreSQL ended while it lay idle says nothing of PostgreSQL.
        const checks: Record<string, boolean> = { database: await isUp(pool.query("select").catch(() => pool.query("select"))) };
        const worker = workerIsUp();
        if (worker !== undefined) checks["worker"] = worker && checks["database"]!;
        if (isStopping()) checks["server"] = false; // it serves what comes, and wants no more
        const pick = (wanted: boolean): Record<string, Status> =>
          Object.fromEntries(
            Object.entries(checks)
              .filter(([, up]) => up === wanted)
              .map(([name, up]) => [name, { status: up ? "up" : "down" }]),
          );
        const isWell = Object.values(checks).every(Boolean);
        res.setHeader("cache-control", "no-store");
        if (isWell) res.json({ status: "ok", info: pick(true) });
        else res.status(503).json({ status: "error", info: pick(true), error: pick(false) });
      });
    },
  },
};
