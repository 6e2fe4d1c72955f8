/** One client that asks one thing at a time over a kept connection, and looks at the clock. */
import { Agent, request } from "node:http";

const TIMEOUT_MS = 60_000;

export type Answer<T> = { status: number; ms: number; text: string; data: T | undefined; errors: { message: string }[] | undefined };
type Body<T> = { data?: T; errors?: { message: string }[] };
type Where = { port: number };

export class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #port: number;
  readonly #token: string;

  constructor({ port }: Where, token: string) {
    this.#port = port;
    this.#token = token;
  }

  /** Posts an operation; `ms` is from before the first byte was sent until after the last one came. */
  ask<T>(query: string, variables: object = {}, path = "/graphql"): Promise<Answer<T>> {
    const payload = JSON.stringify({ query, variables });
    const headers = {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(payload),
      authorization: `Bearer ${this.#token}`,
    };
    const startedAt = performance.now();
    return new Promise((resolve, reject) => {
      const sent = request(
        { host: "127.0.0.1", port: this.#port, path, method: "POST", headers, agent: this.#agent, timeout: TIMEOUT_MS },
        (res) => {
          let text = "";
          res.setEncoding("utf8");
          res.on("data", (chunk: string) => {
            text += chunk;
          });
          res.on("end", () => {
            const ms = performance.now() - startedAt;
            const { data, errors } = (text.startsWith("{") ? JSON.parse(text) : {}) as Body<T>;
            resolve({ status: res.statusCode!, ms, text, data, errors });
          });
        },
      );
      sent.on("timeout", () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
      sent.on("error", reject);
      sent.end(payload);
    });
  }

  /** As `ask`, but an answer with errors is an error here. */
  async get<T>(query: string, variables: object = {}, path = "/graphql"): Promise<Answer<T> & { data: T }> {
    const answer = await this.ask<T>(query, variables, path);
    if (answer.status !== 200 || answer.errors || !answer.data)
      throw new Error(`${path} answered ${answer.status}: ${answer.text.slice(0, 500)}`);
    return answer as Answer<T> & { data: T };
  }

  close(): void {
    this.#agent.destroy();
  }
}
