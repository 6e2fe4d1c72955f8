/** From `npm start` on an empty folder to the first correct answer, and the same again on the full one. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { DEMO } from "../../src/demo.ts";
import { freePort } from "../../src/embeddedPostgres.ts";
import { onCleanup } from "./cleanup.ts";
import { Client } from "./client.ts";
import { atMost, type Options, progress, type Report, type Row } from "./report.ts";
import { temporaryFolder } from "./world.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const GIVE_UP_MS = 120_000;
const STOP_MS = 15_000;
const POLL_MS = 10;
const GET_COMPANIES = `query GetCompanies {
  companies(filter: { industry: { eq: "Technology" } }) {
    edges { node { id name industry employees contacts { edges { node { id name email } } } } }
  }
}`;

type Started = { listeningMs: number; answeredMs: number; stoppedMs: number };

/** Whether any process of the group still runs. */
function groupRuns(pid: number): boolean {
  try {
    return process.kill(-pid, 0);
  } catch {
    return false;
  }
}

/** As Ctrl-C does: npm's shell passes on no signal that is sent to npm alone. */
async function stop(child: ChildProcess, folder: string): Promise<void> {
  const pid = child.pid!;
  if (!groupRuns(pid)) return;
  process.kill(-pid, "SIGINT");
  const deadline = performance.now() + STOP_MS;
  while (groupRuns(pid) && performance.now() < deadline) await sleep(POLL_MS);
  if (groupRuns(pid)) process.kill(-pid, "SIGKILL");
  // Only when the server could not do it: PostgreSQL is in a group of its own.
  const postmaster = await readFile(join(folder, "postgres", "postmaster.pid"), "utf8").catch(() => "");
  if (postmaster) process.kill(Number(postmaster.split("\n")[0]), "SIGINT");
}

/** The token of the demo owner, once there is somebody to ask for it. */
async function signIn(port: number, child: ChildProcess, deadline: number): Promise<string> {
  const body = JSON.stringify({ email: DEMO.owner, password: DEMO.password });
  while (performance.now() < deadline && child.exitCode === null) {
    const response = await fetch(`http://127.0.0.1:${port}/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    }).catch(() => undefined);
    if (response?.ok) return ((await response.json()) as { accessToken: string }).accessToken;
    await sleep(POLL_MS);
  }
  throw new Error("npm start did not come to listen.");
}

async function startOnce(folder: string): Promise<Started> {
  const port = await freePort();
  const startedAt = performance.now();
  const env = {
    ...process.env,
    RELATA_DATA_DIR: folder,
    NODE_PORT: String(port),
    PG_DATABASE_URL: "",
    APP_SECRET: "",
    NODE_ENV: "development",
  };
  const child = spawn("npm", ["start"], { cwd: ROOT, env, stdio: "ignore", detached: true });
  const stopNow = onCleanup(() => stop(child, folder));
  const token = await signIn(port, child, startedAt + GIVE_UP_MS);
  const listeningMs = performance.now() - startedAt;
  const client = new Client({ port }, token);
  const { data } = await client.get<{ companies: { edges: { node: { industry: string } }[] } }>(GET_COMPANIES);
  client.close();
  const answeredMs = performance.now() - startedAt;
  const { edges } = data.companies;
  if (!edges.length || edges.some(({ node }) => node.industry !== "Technology")) throw new Error("GetCompanies answered with other rows.");
  const stoppingAt = performance.now();
  await stopNow();
  return { listeningMs, answeredMs, stoppedMs: performance.now() - stoppingAt };
}

export async function runStart(_options: Options): Promise<Report> {
  const folder = await temporaryFolder();
  const rows: Row[] = [];
  for (const what of ["first start, empty folder", "second start"]) {
    const { listeningMs, answeredMs, stoppedMs } = await startOnce(folder);
    rows.push({ what, signedIn: listeningMs / 1000, answered: answeredMs / 1000, stopped: stoppedMs / 1000 });
    progress(`${what}: ${(answeredMs / 1000).toFixed(1)} s`);
  }
  const [first, second] = rows as [Row, Row];
  return {
    scenario: "start",
    tables: [
      {
        title: "npm start to the first correct GetCompanies",
        columns: "what|what; signedIn|signed in after s|2; answered|answered after s|2; stopped|stopped within s|2",
        rows,
      },
    ],
    bars: [
      atMost("npm start to the first answer, without npm ci", first["answered"] as number, 60, "s"),
      atMost("second start", second["answered"] as number, 10, "s"),
      atMost("Ctrl-C to the end", Math.max(first["stopped"] as number, second["stopped"] as number), 5, "s"),
    ],
  };
}
