/** How long it takes to refuse what means harm (test/adversarial.ts), and whether others can still be answered behind it. */
import { Agent, request } from "node:http";
import { ATTACKS, type Attack } from "../adversarial.ts";
import { createWorkspace, makeTokens, withAdmin } from "./crm.ts";
import { atMost, median, type Options, type Report, type Row } from "./report.ts";
import { type RunningServer, startRelata, startWorld } from "./world.ts";

const REPEATS = 30;
const PLAIN: Attack = { name: "(a query that is answered)", body: '{"query":"{ companies(first: 1) { nodes { id } } }"}', codes: [] };

type Refusal = { ms: number; status: number; codes: string };

/** Sends `body` on a connection of its own; the time ends with the last byte of the answer. */
function send({ port }: RunningServer, token: string, body: Buffer): Promise<Refusal> {
  const headers = { "content-type": "application/json", "content-length": body.length, authorization: `Bearer ${token}` };
  // Kept open, or the server would hang up on what it has refused and not read.
  const agent = new Agent({ keepAlive: true });
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const sent = request({ host: "127.0.0.1", port, path: "/graphql", method: "POST", headers, agent }, (res) => {
      let text = "";
      res.setEncoding("utf8");
      res.on("data", (chunk: string) => void (text += chunk));
      res.on("end", () => {
        const codes = [...new Set([...text.matchAll(/"code":"(\w+)"/g)].map((match) => match[1]))].join(", ");
        resolve({ ms: performance.now() - startedAt, status: res.statusCode!, codes });
        agent.destroy();
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

async function measure(server: RunningServer, token: string, { name, body }: Attack, repeats: number): Promise<Row> {
  const bytes = Buffer.from(body);
  const refusals: Refusal[] = [];
  for (let n = 0; n < repeats; n++) {
    // A document that was refused before is known: the first of each is what counts, so each is another.
    const fresh = Buffer.from(body.replace(/"query":"/, `"query":"#${n}\\n`));
    refusals.push(await send(server, token, bytes.length > 2_000_000 ? bytes : fresh));
  }
  const times = refusals.map(({ ms }) => ms).sort((a, b) => a - b);
  const { status, codes } = refusals[0]!;
  return {
    what: name,
    bytes: bytes.length,
    p50: median(times),
    p90: times[Math.floor(times.length * 0.9)]!,
    max: times.at(-1)!,
    status,
    codes,
  };
}

export async function runRefusals({ isQuick, rounds = isQuick ? 10 : REPEATS }: Options): Promise<Report> {
  const world = await startWorld();
  const tokens = await makeTokens(world);
  const workspace = await withAdmin(world, (db) => createWorkspace(db, tokens, "refusals"));
  const server = await startRelata(world);
  for (let n = 0; n < 50; n++) await send(server, workspace.token, Buffer.from(PLAIN.body)); // warm
  const rows: Row[] = [];
  for (const attack of [PLAIN, ...ATTACKS, { ...PLAIN, name: "(the same query afterwards)" }]) {
    rows.push(await measure(server, workspace.token, attack, rounds));
  }
  const slowest = Math.max(...rows.map((row) => row["p50"] as number));
  const columns = "what|what; bytes|bytes|0; p50|median ms|1; p90|p90 ms|1; max|max ms|1; status|status|0; codes|codes";
  const note = `${rounds} times each, one after the other, each on a new connection and with a document not seen before.`;
  return {
    scenario: "refusals",
    tables: [{ title: "How long a refusal takes", columns, rows, note }],
    bars: [atMost("the slowest refusal, median", slowest, 10, "ms")],
  };
}
