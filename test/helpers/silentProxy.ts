/** A door in front of a TCP server that can fall silent, as a network does: connections stay, and nothing comes through. */
import { connect, createServer, type Server, type Socket } from "node:net";

export class SilentProxy {
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();
  #isSilent = false;
  port = 0;

  async start(port: number): Promise<this> {
    this.#server = createServer((incoming) => {
      const outgoing = connect(port, "127.0.0.1");
      for (const [one, other] of [
        [incoming, outgoing],
        [outgoing, incoming],
      ] as const) {
        this.#sockets.add(one);
        if (this.#isSilent) one.pause();
        one.on("data", (chunk) => void other.write(chunk));
        one.on("error", () => {});
        one.once("close", () => {
          this.#sockets.delete(one);
          other.destroy();
        });
        if (this.#isSilent) one.pause();
      }
    });
    await new Promise<void>((done) => this.#server!.listen(0, "127.0.0.1", done));
    this.port = (this.#server.address() as { port: number }).port;
    return this;
  }

  setSilent(isSilent: boolean): void {
    this.#isSilent = isSilent;
    for (const socket of this.#sockets) isSilent ? socket.pause() : socket.resume();
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server!.close(done));
  }
}
