/** HTTP that no client library would send: slow, endless, ambiguous, compressed, cut off. */
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { assert, assertNone, type Check } from "../group.ts";
import { type AbuseWorld, OWNER } from "./world.ts";

const head = (lines: string[]) => `${lines.join("\r\n")}\r\n\r\n`;
const POST = "POST /graphql HTTP/1.1";
const HOST = "Host: x";
const CLOSE = "Connection: close";

/** The bytes, and the statuses that may answer ("" is hanging up). */
const BYTES: [string, string, RegExp][] = [
  ["what is no HTTP", "hello\r\n\r\n", /^(400|)$/],
  ["a header of 70,000 letters", head(["GET /healthz HTTP/1.1", HOST, `X-Long: ${"a".repeat(70_000)}`, CLOSE]), /^431$/],
  ["3,000 headers", head(["GET /healthz HTTP/1.1", HOST, ...Array.from({ length: 3000 }, (_, n) => `X-${n}: 1`), CLOSE]), /^(431|200)$/],
  ["an address of 100,000 letters", head([`GET /${"a".repeat(100_000)} HTTP/1.1`, HOST, CLOSE]), /^(431|414|400|)$/],
  ["two lengths", `${head([POST, HOST, "Content-Length: 5", "Content-Length: 6", CLOSE])}12345`, /^400$/],
  ["a length and chunks", `${head([POST, HOST, "Content-Length: 5", "Transfer-Encoding: chunked", CLOSE])}0\r\n\r\n`, /^400$/],
  ["chunks written otherwise", `${head([POST, HOST, "Transfer-Encoding: xchunked", CLOSE])}0\r\n\r\n`, /^(400|401|501)$/],
  ["a length that is no number", head([POST, HOST, "Content-Length: -1", CLOSE]), /^400$/],
  ["a chunk of an endless size", `${head([POST, HOST, "Transfer-Encoding: chunked", CLOSE])}ffffffffffffffff\r\n`, /^(400|401|413|)$/],
  ["a header that goes on in the next line", head([POST, HOST, "X-A: b\r\n c: d", CLOSE]), /^(400|401)$/],
  ["a NUL in a header", head(["GET /healthz HTTP/1.1", HOST, "X-A: \0", CLOSE]), /^400$/],
  ["no Host", head(["GET /healthz HTTP/1.1", CLOSE]), /^400$/],
  [
    "another request behind the first",
    `${head(["GET /healthz HTTP/1.1", HOST, "Content-Length: 0"])}${head(["GET /nope HTTP/1.1", HOST, CLOSE])}`,
    /^200$/,
  ],
  ["a path that is no UTF-8", head(["GET /%ff%fe HTTP/1.1", HOST, CLOSE]), /^(400|404)$/],
  ["HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", /^(400|505|)$/],
  [
    "an upgrade",
    head([
      "GET /graphql HTTP/1.1",
      HOST,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ]),
    /^(400|401|404|426|)$/,
  ],
];

async function bytes(world: AbuseWorld): Promise<void> {
  const found: string[] = [];
  for (const [name, text, allowed] of BYTES) {
    const status = /^HTTP\/1\.[01] (\d+)/.exec(await world.raw(text, 3000))?.[1] ?? "";
    if (!allowed.test(status)) found.push(`${name}: ${status || "nothing"}`);
  }
  assertNone(found, "bytes that were taken");
  await world.assertWell();
}

/** Many sockets that send a letter now and then: others are answered meanwhile. */
async function slowloris(world: AbuseWorld): Promise<void> {
  const { hostname, port } = new URL(world.url);
  const count = world.isFull ? 500 : 200;
  const sockets = Array.from({ length: count }, (_, n) => {
    const socket = connect(Number(port), hostname);
    socket.on("error", () => {});
    // Half of them in their headers, half in their bodies.
    socket.write(n % 2 ? `${POST}\r\n${HOST}\r\nX-Slow: ` : head([POST, HOST, "Content-Type: application/json", "Content-Length: 5000"]));
    return socket;
  });
  const drip = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write("a");
  }, 100);
  const times: number[] = [];
  for (let n = 0; n < 40; n++) {
    const startedAt = performance.now();
    const { status } = await fetch(`${world.url}/healthz`);
    assert(status === 200, `/healthz answered ${status}`);
    times.push(performance.now() - startedAt);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  clearInterval(drip);
  for (const socket of sockets) socket.destroy();
  times.sort((a, b) => a - b);
  world.note(`/healthz beside ${count} slow sockets: p95 ${times[Math.floor(times.length * 0.95)]!.toFixed(0)} ms`);
  assert(times[times.length >> 1]! < 500, `/healthz took ${times[times.length >> 1]!.toFixed(0)} ms`);
  await world.assertWell();
}

async function bodies(world: AbuseWorld): Promise<void> {
  const found: string[] = [];
  const bomb = gzipSync(Buffer.alloc(200_000_000, "a"));
  const query = '{"query":"{ __typename }"}';
  const cases: [string, string | Buffer, Record<string, string>][] = [
    ["a bomb of gzip", bomb, { "content-encoding": "gzip" }],
    ["gzip that is none", query, { "content-encoding": "gzip" }],
    ["an encoding of nobody's", query, { "content-encoding": "x" }],
    ["10 MB", `{"query":"{ __typename }","x":"${"a".repeat(10_000_000)}"}`, {}],
    ["a million brackets", "[".repeat(1_000_000), {}],
    ["a list of operations", `[${Array.from({ length: 1000 }, () => query).join(",")}]`, {}],
    ["a number of 100,000 digits", `{"query":"{ __typename }","variables":{"n":${"9".repeat(100_000)}}} x`, {}],
    ["100,000 keys", `{"query":7,${Array.from({ length: 100_000 }, (_, n) => `"k${n}":1`).join(",")}}`, {}],
    ["an alphabet of another kind", query, { "content-type": "application/json; charset=utf-7" }],
    ["a form", "query={__typename}", { "content-type": "application/x-www-form-urlencoded" }],
  ];
  for (const path of ["/graphql", "/metadata", "/auth/login"])
    for (const [name, body, headers] of cases) {
      const { status } = await world.send(path, body, headers);
      // What is plain whatever its header says may be read as it is; nothing is ever unpacked.
      const isPlain = body === query;
      if ((status < 400 && !isPlain) || status >= 500) found.push(`${path} ${name}: ${status}`);
    }
  assertNone(found, "bodies that were taken");
  await world.assertWell();
}

/** Clients that go away: their statements end, their connections come back. */
async function aborts(world: AbuseWorld): Promise<void> {
  const { hostname, port } = new URL(world.url);
  const body = JSON.stringify({
    query: "{ people(first: 1000) { nodes { name company { name contacts(first: 20) { nodes { name } } } } } }",
  });
  const request =
    head([
      POST,
      HOST,
      `Authorization: Bearer ${await world.tokenOf(OWNER)}`,
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
    ]) + body;
  for (let n = 0; n < (world.isFull ? 1000 : 100); n++) {
    const socket = connect(Number(port), hostname);
    socket.on("error", () => {});
    await new Promise((resolve) => socket.once("connect", resolve));
    await new Promise((resolve) => socket.write(request.slice(0, n % 5 ? undefined : world.random(request.length)), resolve));
    setTimeout(() => socket.destroy(), world.random(10));
  }
  const left = async () =>
    (
      await world.sql<{ n: number }>(
        "select count(*)::int as n from pg_stat_activity where usename = 'relata_server' and datname = current_database() and state <> 'idle'",
      )
    )[0]!.n;
  // The last of them may be on their way in while the first are gone: quiet is what lasts.
  let quiet = 0;
  for (let n = 0; n < 60 && quiet < 3; n++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    quiet = (await left()) === 0 ? quiet + 1 : 0;
  }
  assert(quiet === 3, "statements of clients that are gone still run after 6 s");
  await world.assertWell();
}

export const bytesChecks: Check<AbuseWorld>[] = [
  { id: "C54", title: "bytes that are no good HTTP are refused, and none passes for two requests", run: bytes },
  { id: "C54b", title: "hundreds of slow sockets: others are answered meanwhile", run: slowloris },
  { id: "C42", title: "bodies too large, compressed, malformed or of another type are refused", run: bodies },
  { id: "C45", title: "clients that hang up leave nothing running", run: aborts },
];
