/**
 * A list of 1,000,000 companies as a file, with all of their own fields: rows a second to a reader on the same machine, and how
 * much more memory the server holds meanwhile than before. `--count` is the number of records.
 */
import { type IncomingMessage, request } from "node:http";
import { createWorkspace, makeTokens, withAdmin } from "./crm.ts";
import { rssMb } from "./processes.ts";
import { addRecords } from "./records.ts";
import { atLeast, atMost, type Options, progress, type Report } from "./report.ts";
import { type RunningServer, startRelata, startWorld } from "./world.ts";

const LINE_END = 0x0a;
const SAMPLE_MS = 50;
const FORMATS = [
  ["NDJSON", "application/x-ndjson", 0],
  ["CSV", "text/csv", 1],
] as const;

type Read = { rows: number; bytes: number; seconds: number };

/** Reads a file to its end, and keeps nothing of it. */
async function read({ port }: RunningServer, token: string, path: string, accept: string): Promise<Read> {
  const started = performance.now();
  const req = request({ port, host: "127.0.0.1", path, headers: { authorization: `Bearer ${token}`, accept } });
  req.end();
  const res = await new Promise<IncomingMessage>((resolve, reject) => {
    req.once("response", resolve);
    req.once("error", reject);
  });
  if (res.statusCode !== 200) throw new Error(`${path} answered ${res.statusCode}`);
  let [rows, bytes] = [0, 0];
  for await (const chunk of res as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    for (let at = chunk.indexOf(LINE_END); at >= 0; at = chunk.indexOf(LINE_END, at + 1)) rows++;
  }
  return { rows, bytes, seconds: (performance.now() - started) / 1000 };
}

/** The most memory that `server` holds while `work` runs, beyond what it holds now, in MB. */
async function growth<T>(server: RunningServer, work: () => Promise<T>): Promise<{ result: T; mb: number }> {
  const before = rssMb(server.pid);
  let most = before;
  const look = setInterval(() => {
    most = Math.max(most, rssMb(server.pid));
  }, SAMPLE_MS);
  const result = await work().finally(() => clearInterval(look));
  return { result, mb: Math.max(most, rssMb(server.pid)) - before };
}

export async function runExport({ count = 1_000_000, isQuick }: Options): Promise<Report> {
  const total = isQuick ? Math.min(count, 100_000) : count;
  const world = await startWorld();
  const workspace = await withAdmin(world, async (db) => {
    const made = await createWorkspace(db, await makeTokens(world), "export");
    progress(`${total} companies`);
    await addRecords(db, made, total, 0);
    await db.query(`vacuum (analyze) ${made.schemaName}.company`);
    return made;
  });
  const server = await startRelata(world);
  const found: { format: string; rate: number; seconds: number; megabytes: number; memory: number }[] = [];
  // So that its schema is compiled, and its code is hot, as of a server that has been up for a while.
  for (let n = 0; n < 5; n++) for (const [, accept] of FORMATS) await read(server, workspace.token, "/rest/companies?limit=10000", accept);
  for (const [format, accept, head] of FORMATS) {
    const { result, mb } = await growth(server, () => read(server, workspace.token, "/rest/companies", accept));
    const { rows, bytes, seconds } = result;
    if (rows - head !== total) throw new Error(`${format} has ${rows - head} records of ${total}`);
    progress(`${format}: ${Math.round(total / seconds)} rows/s, ${mb.toFixed(1)} MB more`);
    found.push({ format, rate: total / seconds, seconds, megabytes: bytes / 1e6, memory: mb });
  }
  return {
    scenario: "export",
    tables: [
      {
        title: `${total} companies, all of their own fields`,
        columns: "format|format; rate|rows/s|0; seconds|s|1; megabytes|file MB|0; memory|server's RSS, + MB|1",
        rows: found,
      },
    ],
    bars: found.flatMap(({ format, rate, memory }) => [
      atLeast(`${format}: rows a second`, rate, 100_000, "rows/s"),
      atMost(`${format}: more memory`, memory, 50, "MB"),
    ]),
  };
}
