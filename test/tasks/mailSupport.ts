/** What the tests of mail share: a receiver, a worker that sends to it, and mails to send. */
import type { ChildProcess } from "node:child_process";
import type pg from "pg";
import { Sealed } from "../../src/auth/sealed.ts";
import { sealValue } from "../../src/mail/sealedValue.ts";
import { TEST_SECRET, useTestDatabase } from "../helpers/db.ts";
import { adminQuery, spawnMain, until } from "../helpers/server.ts";
import { type Receiver, startReceiver } from "../helpers/smtp.ts";

export const TOKEN = "Zm9yIHRlc3RzIGFsb25lLCBub3RoaW5nIHRvIHNlZQ";
export const LINK = `https://acme.relata.test/sign-in?loginToken=${TOKEN}`;

const sealed = new Sealed(TEST_SECRET);
/** A secret as send_mail takes it. */
export const secret = (plain: string) => sealValue(sealed, plain);

type Status = { status: string; reason: string | null; attempts: number; data: object };
export type MailWorld = {
  adminUrl: string;
  receiver: Receiver;
  /** All that the workers said. */
  output: () => string;
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  startWorker(env?: Record<string, string>): ChildProcess;
  kill(worker: ChildProcess): Promise<void>;
  killAll(): Promise<void>;
  /** Queues a mail; answers its id, or null when its key was seen before. */
  send(template: string, recipient: string, data?: object, key?: string): Promise<string | null>;
  stateOf(id: string): Promise<Status>;
  untilDone(id: string | null): Promise<Status>;
};

export function useMail({ hasStartTls = true } = {}): MailWorld {
  const database = useTestDatabase();
  const workers: ChildProcess[] = [];
  let output = "";
  const world: MailWorld = {
    adminUrl: "",
    receiver: undefined as never,
    output: () => output,
    sql: (text, values) => adminQuery(database.adminUrl, text, values),
    startWorker(env = {}) {
      const worker = spawnMain("worker", { PG_DATABASE_URL: database.adminUrl, LOG_LEVEL: "debug", ...world.receiver.env, ...env });
      for (const stream of [worker.stdout!, worker.stderr!]) stream.on("data", (chunk) => (output += chunk));
      workers.push(worker);
      return worker;
    },
    async kill(worker) {
      if (worker.exitCode !== null || worker.signalCode !== null) return;
      const ended = new Promise((resolve) => worker.once("exit", resolve));
      worker.kill("SIGKILL");
      await ended;
    },
    async killAll() {
      for (const worker of workers.splice(0)) await world.kill(worker);
    },
    async send(template, recipient, data = {}, key) {
      const [row] = await world.sql<{ id: string | null }>("select private.send_mail($1, $2, $3, $4) as id", [
        template,
        recipient,
        data,
        key ?? null,
      ]);
      return row!.id;
    },
    async stateOf(id) {
      return (await world.sql<Status>("select status, reason, attempts, data from private.mails where id = $1", [id]))[0]!;
    },
    untilDone: (id) =>
      until(
        () => world.stateOf(id!),
        ({ status }) => status !== "QUEUED",
      ),
  };
  beforeAll(async () => {
    world.receiver = await startReceiver({ hasStartTls });
    world.adminUrl = database.adminUrl;
  });
  afterAll(async () => {
    await world.killAll();
    await world.receiver.close();
  });
  return world;
}
