/**
 * Every secret is made once, known by name, and then looked for: in all that an API
 * answers to anybody, in all that a process says, in every row of the database, in the
 * queue. It is nowhere but where it was given out.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { JWK } from "jose";
import { Sealed } from "../../src/auth/sealed.ts";
import { rolePassword } from "../../src/migrate.ts";
import { FAKE_CLIENT, type FakeOpenId, startFakeOpenId } from "../auth/sso/fakeOpenId.ts";
import { TEST_SECRET, useTestDatabase } from "../helpers/db.ts";
import { adminQuery, PASSWORD, spawnMain, startTestServer, type TestServer, until } from "../helpers/server.ts";
import { type Receiver, startReceiver } from "../helpers/smtp.ts";
import "../helpers/slow.ts";
import { Canaries } from "./canaries.ts";
import { killedBackends, lockedTables, untilWell, wrongInput } from "./faults.ts";
import { accounts, addPassword, apiKey, login, look, passwordOf, type Stage, secondFactor, send, settings } from "./flows.ts";
import { readApi, readDatabase } from "./reading.ts";

const database = useTestDatabase();
const canaries = new Canaries();
const OWNER = "owner@acme.test";
const ROLES = ["relata_server", "relata_worker"];
const SMTP = "the relay's canary 0123456789";
const PG = "postgres-canary-0123456789";
const env = { LOG_LEVEL: "debug", PG_STATEMENT_TIMEOUT_MS: "700", EGRESS_ALLOW: "127.0.0.1" };
const callers = new Map<string, string>();
let stage: Stage;
let server: TestServer;
let peer: FakeOpenId;
let receiver: Receiver;
let output = "";
let refused = 0;

/** The administrator's URL with a password in it, which the tests' PostgreSQL does not ask for. */
function urlWithPassword(): string {
  const url = new URL(database.adminUrl);
  if (!url.password) url.password = PG;
  canaries.add("the administrator's password", decodeURIComponent(url.password));
  return url.href;
}

async function work(more: Record<string, string>, until_: () => Promise<boolean>): Promise<void> {
  const worker = spawnMain("worker", { PG_DATABASE_URL: urlWithPassword(), ...env, ...more });
  worker.stdout!.on("data", (chunk: Buffer) => (output += chunk));
  worker.stderr!.on("data", (chunk: Buffer) => (output += chunk));
  await until(until_, Boolean);
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  worker.kill("SIGTERM");
  await ended;
}
const sql = <Row extends Record<string, unknown>>(text: string, values: unknown[] = [], workspace = "acme") =>
  adminQuery<Row>(database.adminUrl, text, values, workspace);

beforeAll(async () => {
  peer = await startFakeOpenId();
  receiver = await startReceiver();
  canaries.add("APP_SECRET", TEST_SECRET);
  canaries.add("the SMTP password", SMTP);
  for (const role of ROLES) canaries.add(`the password of ${role}`, rolePassword(TEST_SECRET, role));
  server = await startTestServer({ PG_DATABASE_URL: urlWithPassword(), ...env });
  stage = { url: server.url, adminUrl: database.adminUrl, sql, canaries, leaks: [], answers: 0 };
  await everyFlow();
  await everyFault();
  for (const { password_hash: hash } of await sql<{ password_hash: string }>("select password_hash from private.user_secrets"))
    canaries.add("a password's hash", hash, { isHash: true });
  output += server.output();
});
afterAll(async () => {
  await server?.stop();
  await peer?.stop();
  await receiver?.close();
});

/** Everybody's password becomes a canary, then each flow is gone through. */
async function everyFlow(): Promise<void> {
  const first = await login(stage, OWNER, PASSWORD);
  const password = addPassword(stage, "the owner's password", passwordOf("owner"));
  await send(stage, "/auth/password", { currentPassword: PASSWORD, newPassword: password }, first.accessToken);
  callers.set("the owner", first.accessToken);
  for (const [who, email] of [
    ["an admin", "admin@acme.test"],
    ["a member", "member@acme.test"],
  ] as const)
    callers.set(who, (await login(stage, email, PASSWORD)).accessToken);
  const oidc = { issuer: peer.url, clientId: FAKE_CLIENT.id, clientSecret: FAKE_CLIENT.secret };
  const invitation = await settings(stage, first.accessToken, oidc);
  callers.set("an API key", await apiKey(stage, first.accessToken));
  await accounts(stage, invitation);
  await secondFactor(stage, OWNER, password);
  const sealed = new Sealed(TEST_SECRET);
  for (const { kid, private_key } of await sql<{ kid: string; private_key: Buffer }>("select kid, private_key from private.signing_keys"))
    canaries.add("a signing key's private half", (JSON.parse(sealed.open(`signing_keys:${kid}`, private_key)) as JWK).d!);
}

async function everyFault(): Promise<void> {
  const member = await login(stage, "guest@acme.test", PASSWORD);
  const secrets = { email: OWNER, password: passwordOf("owner"), token: member.refreshToken, key: callers.get("an API key")! };
  expect(await wrongInput(stage, { ...secrets, token: callers.get("a member")! })).toBe(0);
  expect(await killedBackends(stage, secrets)).toBeGreaterThan(3);
  refused = (await lockedTables(stage, secrets)).filter((status) => status >= 500).length;
  await untilWell(stage, "member@acme.test", PASSWORD);
}

it("can be found, were they there: in any spelling", () => {
  const [token] = [callers.get("an API key")!];
  for (const text of [token, Buffer.from(token).toString("hex"), Buffer.from(token).toString("base64"), encodeURIComponent(token)])
    expect(canaries.in(`x${text}x`)).toEqual(["an API key's token"]);
  expect(canaries.in(`… ${passwordOf("owner").slice(0, 10)} …`)).toEqual(["the owner's password"]);
  expect(canaries.names.length).toBeGreaterThan(35);
  expect(refused).toBeGreaterThan(0);
});

it("cannot be in an answer, its headers or an error, but in the one that gives them out", () => {
  expect(stage.answers).toBeGreaterThan(90);
  expect([...new Set(stage.leaks)]).toEqual([]);
});

it.each(["the owner", "an admin", "a member", "an API key"])(
  "cannot be read by %s in any list of an API, explained or not",
  async (who) => {
    const found: string[] = [];
    const reads = [
      ...(await readApi(stage.url, "/metadata", callers.get(who)!)),
      ...(await readApi(stage.url, "/graphql", callers.get(who)!, true)),
    ];
    for (const { name, text } of reads) {
      // The invite link is there to be shown, to those who manage members.
      const isShown = /^(currentWorkspace|workspaces)$/.test(name) && who !== "a member";
      for (const secret of canaries.in(text)) if (!(isShown && secret === "the invite link's token")) found.push(`${secret} in ${name}`);
    }
    expect(found).toEqual([]);
    expect(reads.length).toBeGreaterThan(60);
    expect(
      reads.filter(({ isList, code }) => isList && code && code !== "PERMISSION_DENIED").map(({ name, code }) => `${name} ${code}`),
    ).toEqual([]);
  },
);

it("cannot be in the database in the clear, nor hashes outside of private", async () => {
  const found = new Set<string>();
  const tables = await readDatabase(database.adminUrl, (table, text) => {
    for (const secret of canaries.in(text, { withHashes: !/^(private\.|pg_catalog\.pg_statistic$)/.test(table) }))
      found.add(`${secret} in ${table}`);
  });
  expect(tables).toBeGreaterThan(120);
  expect([...found]).toEqual([]);
});

it("cannot be in the queue or its errors, in what a worker says, or at /mailbox but in a mail", async () => {
  const isDone = async () => (await sql("select from private.mails where status = 'QUEUED'")).length === 0;
  await work({ EMAIL_DRIVER: "logger" }, isDone);
  const { body, text } = await send({ ...stage, leaks: [] }, "/mailbox", undefined, undefined, "GET");
  const page = text || JSON.stringify(body);
  const shown = new Set(canaries.in(page));
  expect([...shown].filter((name) => !/^(an invitation's|a reset|a verification|a magic link's|a token that keeps)/.test(name))).toEqual(
    [],
  );
  expect(shown.size).toBeGreaterThan(3);

  // A mail that cannot be read, and a relay that does not let us in.
  await send(stage, "/auth/password-reset", { email: "member@acme.test" });
  await send(stage, "/auth/magic-link", { email: "guest@acme.test" });
  await sql(
    "update private.mails set data = jsonb_set(data, '{link}', '{\"sealed\": \"AAAA\"}') where status = 'QUEUED' and recipient = 'guest@acme.test'",
  );
  const failed = async () => (await sql("select from graphile_worker._private_jobs where last_error is not null")).length >= 2;
  await work({ ...receiver.env, EMAIL_SMTP_PASSWORD: SMTP }, failed);
  const jobs = await sql<{ text: string }>("select j::text as text from graphile_worker._private_jobs j");
  for (const { text: job } of jobs) look(stage, "graphile_worker.jobs", job);
  expect([...new Set(stage.leaks)]).toEqual([]);
});

it("cannot be in what the processes say at LOG_LEVEL=debug, nor at /healthz", async () => {
  await send(stage, "/healthz", undefined, undefined, "GET");
  await sleep(100);
  const said = output + server.output();
  expect(said.length).toBeGreaterThan(1000);
  expect(canaries.in(said)).toEqual([]);
  expect([...new Set(stage.leaks)]).toEqual([]);
});
