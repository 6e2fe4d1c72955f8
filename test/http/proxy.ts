/** A way to PostgreSQL that can be cut, and that can fall silent. */
import { connect, createServer, type Server, type Socket } from "node:net";

export type PgProxy = {
  /** The same database by way of this proxy. */
  url: string;
  /** Ends every connection and takes no new ones. */
  cut(): void;
  /** Lets every byte wait, on connections old and new. */
  silence(): void;
  /** Lets every byte arrive so much later. */
  slow(ms: number): void;
  /** Loses whatever is said on the connections that there are, without a word to either end; new ones are well. */
  lose(): void;
  /** From the next message with `text` in it on, that connection hears no answer, though what was said arrives. */
  swallowAnswersTo(text: string): Promise<void>;
  /** All is well again. */
  restore(): void;
  close(): Promise<void>;
};

export async function startProxy(databaseUrl: string): Promise<PgProxy> {
  const target = new URL(databaseUrl);
  const pairs = new Set<[Socket, Socket]>();
  let state: "open" | "cut" | "silent" = "open";
  let delayMs = 0;
  const lost = new Set<[Socket, Socket]>();
  let swallow: { text: string; done: () => void } | undefined;

  const server: Server = createServer((client) => {
    if (state === "cut") return void client.destroy();
    const upstream = connect(Number(target.port || 5432), target.hostname);
    const pair: [Socket, Socket] = [client, upstream];
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      lost.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    let isSwallowed = false;
    for (const [from, to] of [pair, [upstream, client] as const]) {
      from.on("data", (chunk: Buffer) => {
        if (from === client && swallow && chunk.includes(swallow.text)) {
          isSwallowed = true;
          upstream.once("data", swallow.done); // it has arrived, and was answered
          swallow = undefined;
        }
        if ((from !== client && isSwallowed) || lost.has(pair)) return;
        if (delayMs) setTimeout(() => to.writable && to.write(chunk), delayMs);
        else to.write(chunk);
      });
      from.on("error", end);
      from.on("close", end);
      if (state === "silent") from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as { port: number }).port);

  const each = (act: (socket: Socket) => void) => {
    for (const pair of [...pairs]) pair.forEach(act);
  };
  return {
    url: url.href,
    cut() {
      state = "cut";
      each((socket) => socket.destroy());
    },
    silence() {
      state = "silent";
      each((socket) => socket.pause());
    },
    slow(ms) {
      delayMs = ms;
    },
    lose() {
      for (const pair of pairs) lost.add(pair);
    },
    swallowAnswersTo: (text) => new Promise((done) => void (swallow = { text, done })),
    restore() {
      state = "open";
      delayMs = 0;
      each((socket) => socket.resume());
    },
    close() {
      each((socket) => socket.destroy());
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
