/** The demo data, a server that has to live through it all, and bytes that no client library would send. */
import { connect } from "node:net";
import { rssMb } from "../../bench/processes.ts";
import { FRONTEND } from "../../http/origins.ts";
import { assert, type Options } from "../group.ts";
import { type Basics, makeServerWorld, type ServerWorld } from "../serverWorld.ts";

export const OWNER = "owner@acme.test";
const HEALTH_MS = 2000;
const GROWTH_MB = 500;

export type AbuseWorld = ServerWorld & {
  /** What the server answers to these bytes; "" when it hangs up. */
  raw: (bytes: string | Buffer, waitMs?: number) => Promise<string>;
  /** A request as the owner, whatever its body. */
  send: (
    path: string,
    body: string | Buffer,
    headers?: Record<string, string>,
  ) => Promise<{ status: number; text: string; headers: Headers }>;
  /** Fails unless the process is the one it was, answers soon, and has not grown too much. */
  assertWell: () => Promise<void>;
};

export async function makeAbuseWorld(options: Options, basics: Basics): Promise<AbuseWorld> {
  const world = await makeServerWorld(options, basics, { FRONTEND_URL: FRONTEND, IS_MULTIWORKSPACE_ENABLED: "true", NODE_ENV: "test" });
  await world.ask("/graphql", await world.tokenOf(OWNER), "{ companies(first: 1) { totalCount } }");
  let { pid } = world.server.process;
  let before = rssMb(pid!);
  const { restart } = world;
  return Object.assign(world, {
    raw(bytes: string | Buffer, waitMs = 5000) {
      const { hostname, port } = new URL(world.url);
      const socket = connect(Number(port), hostname);
      let answer = "";
      socket.on("error", () => {});
      socket.on("data", (chunk) => (answer += chunk));
      socket.setTimeout(waitMs, () => socket.destroy());
      socket.write(bytes);
      return new Promise<string>((resolve) =>
        socket.once("close", () => {
          world.scanner.look({ where: "an answer to raw bytes", text: answer, sent: bytes.toString() });
          resolve(answer);
        }),
      );
    },
    async send(path: string, body: string | Buffer, headers: Record<string, string> = {}) {
      const response = await fetch(world.url + path, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${await world.tokenOf(OWNER)}`, ...headers },
        body: typeof body === "string" ? body : new Uint8Array(body),
      });
      return { status: response.status, text: await response.text(), headers: response.headers };
    },
    async assertWell() {
      assert(world.server.process.exitCode === null && world.server.process.pid === pid, "the process has ended");
      const startedAt = performance.now();
      const { status } = await fetch(`${world.url}/healthz`);
      const ms = performance.now() - startedAt;
      assert(status === 200 && ms < HEALTH_MS, `/healthz answered ${status} after ${Math.round(ms)} ms`);
      const { errors } = await world.ask("/graphql", await world.tokenOf(OWNER), "{ companies(first: 1) { totalCount } }");
      assert(!errors, () => JSON.stringify(errors));
      const grown = rssMb(pid!) - before;
      assert(grown < GROWTH_MB, `the server has grown by ${Math.round(grown)} MB`);
    },
    async restart(env: Record<string, string>) {
      await restart(env);
      pid = world.server.process.pid;
      await world.ask("/graphql", await world.tokenOf(OWNER), "{ companies(first: 1) { totalCount } }");
      before = rssMb(pid!);
    },
  });
}
