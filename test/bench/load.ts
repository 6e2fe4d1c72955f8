/** Puts load on a server, and tells what it cost: answers from loadProcess.ts, CPU time from /proc. */
import { type ChildProcess, fork } from "node:child_process";
import { cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { onCleanup } from "./cleanup.ts";
import { cpuMs, machineBusyMs, rssMb } from "./processes.ts";
import { stopProcess } from "./world.ts";

export type LoadOrder = { port: number; requests: string[]; connections: number; warmupMs: number; ms: number };
export type LoadResult = {
  requests: number;
  seconds: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
  bytes: number;
  errors: number;
  sample?: string;
};
/** What is sent: method and path, and for a POST the body. */
type HttpRequest = { method: string; path: string; token: string; body?: string };
export type Measured = LoadResult & {
  perSecond: number;
  serverMs: number;
  postgresMs: number;
  clientMs: number;
  othersShare: number;
  rssMb: number;
};

const CALM = { share: 0.15, sampleMs: 250, times: 2, patienceMs: 2000 };

/** Waits until nobody else works on the machine, or patience ends. */
async function untilCalm(): Promise<void> {
  const deadline = performance.now() + CALM.patienceMs;
  for (let calm = 0; calm < CALM.times && performance.now() < deadline; ) {
    const before = machineBusyMs();
    await sleep(CALM.sampleMs);
    calm = machineBusyMs() - before < CALM.sampleMs * CALM.share * cpus().length ? calm + 1 : 0;
  }
}

/** A request as it goes over the wire. */
export function toWire({ method, path, token, body }: HttpRequest): string {
  const about = body === undefined ? "" : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/json\r\nauthorization: Bearer ${token}\r\n${about}\r\n${body ?? ""}`;
}

export class LoadGenerator {
  readonly #child: ChildProcess;
  readonly stop: () => Promise<void>;

  constructor() {
    this.#child = fork(fileURLToPath(new URL("loadProcess.ts", import.meta.url)), { serialization: "advanced" });
    this.stop = onCleanup(() => stopProcess(this.#child));
  }

  /** Runs one order against the process `serverPid`; CPU is counted between warm-up and end. */
  async run(order: LoadOrder, serverPid: number, postgresPid: number): Promise<Measured> {
    await untilCalm();
    const used = () => [cpuMs(serverPid), cpuMs(postgresPid), cpuMs(this.#child.pid!), machineBusyMs(), performance.now()];
    let before: number[] = [];
    let after: number[] = [];
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error("The load generator ended."));
      const onMessage = (message: "begin" | "end" | LoadResult) => {
        if (message === "begin") before = used();
        else if (message === "end") after = used();
        else {
          this.#child.off("message", onMessage).off("exit", onExit);
          if (message.requests) resolve(summarise(message, before, after, rssMb(serverPid)));
          else reject(new Error(`No request was answered: ${message.sample}`));
        }
      };
      this.#child.on("message", onMessage).once("exit", onExit);
      this.#child.send(order);
    });
  }
}

function summarise(result: LoadResult, before: number[], after: number[], rss: number): Measured {
  const [server, postgres, client, machine, wall] = after.map((value, index) => value - before[index]!) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const { requests, seconds } = result;
  return {
    ...result,
    perSecond: requests / seconds,
    serverMs: server / requests,
    postgresMs: postgres / requests,
    clientMs: client / requests,
    // What neither the contender nor its client used: other programs on the machine.
    othersShare: Math.max(0, machine - server - postgres - client) / wall,
    rssMb: rss,
  };
}
