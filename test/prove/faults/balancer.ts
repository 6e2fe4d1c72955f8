/**
 * A load balancer of our own: round robin over servers, by kept connections. It asks each at /readyz now and then, sends
 * nothing to who is not ready, and what could not be delivered at all to another; what was sent it never sends twice.
 */
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";

const ASK_EVERY_MS = 100;
const NOT_DELIVERED = new Set(["ECONNREFUSED"]);

type Backend = { url: string; agent: Agent; isReady: boolean };

export type Balancer = { url: string; served: () => number[]; isReady: (index: number) => boolean; close: () => Promise<void> };

const isReady = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const asked = request(`${url}/readyz`, { timeout: 1000 }, (res) => {
      res.resume();
      resolve(res.statusCode === 200);
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(false));
    asked.end();
  });

function forward(backend: Backend, req: IncomingMessage, body: Buffer, res: ServerResponse, orElse: () => void): void {
  const { connection: _, ...headers } = req.headers;
  const sent = request(`${backend.url}${req.url}`, { method: req.method!, headers, agent: backend.agent }, (answer) => {
    const { connection: __, "keep-alive": ___, ...told } = answer.headers;
    res.writeHead(answer.statusCode!, told);
    answer.pipe(res);
  });
  sent.on("error", (error: NodeJS.ErrnoException) => {
    if (res.headersSent) return void res.destroy();
    if (NOT_DELIVERED.has(error.code ?? "")) return orElse();
    res.writeHead(502, { "content-type": "text/plain" }).end(`bad gateway: ${error.code ?? error.message}`);
  });
  sent.end(body);
}

export async function startBalancer(urls: readonly string[]): Promise<Balancer> {
  const backends: Backend[] = urls.map((url) => ({ url, agent: new Agent({ keepAlive: true }), isReady: true }));
  const served = urls.map(() => 0);
  let turn = 0;
  const next = (tried: Set<Backend>): Backend | undefined => {
    for (let step = 0; step < backends.length; step++) {
      const backend = backends[turn++ % backends.length]!;
      if (backend.isReady && !tried.has(backend)) return backend;
    }
    return undefined;
  };
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const tried = new Set<Backend>();
      const send = (): void => {
        const backend = next(tried);
        if (!backend) return void res.writeHead(502, { "content-type": "text/plain" }).end("nobody is ready");
        tried.add(backend);
        served[backends.indexOf(backend)]!++;
        forward(backend, req, Buffer.concat(chunks), res, send);
      };
      send();
    });
  });
  const asking = setInterval(() => {
    for (const backend of backends) isReady(backend.url).then((is) => (backend.isReady = is));
  }, ASK_EVERY_MS);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    served: () => served,
    isReady: (index) => backends[index]!.isReady,
    close: () => {
      clearInterval(asking);
      for (const { agent } of backends) agent.destroy();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
