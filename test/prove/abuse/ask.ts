/** A request with any header, also what fetch would not send. */
import { request } from "node:http";
import type { AbuseWorld } from "./world.ts";

export function ask(world: AbuseWorld, path: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}) {
  const { method = "GET", headers = {}, body } = options;
  const { hostname, port } = new URL(world.url);
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers }, (answer) => {
      let text = "";
      answer.on("data", (chunk) => (text += chunk));
      answer.on("end", () => {
        world.scanner.look({
          where: `${method} ${path.slice(0, 60)}`,
          text: `${text}${JSON.stringify(answer.headers)}`,
          sent: `${path} ${JSON.stringify(headers)}`,
        });
        resolve({ status: answer.statusCode!, headers: answer.headers, text });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
