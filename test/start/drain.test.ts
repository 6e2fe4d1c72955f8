/** A server that is told to stop behind a load balancer: it says so, serves what still comes, and goes. */
import { Agent, get } from "node:http";
import { useTestDatabase } from "../helpers/db.ts";
import { post, signIn, startTestServer, type TestServer, until } from "../helpers/server.ts";
import "../helpers/slow.ts";

const database = useTestDatabase();
const running: TestServer[] = [];
const start = async (drain: string): Promise<TestServer> => {
  const server = await startTestServer({ PG_DATABASE_URL: database.adminUrl, SHUTDOWN_DRAIN: drain });
  running.push(server);
  return server;
};
afterAll(() => Promise.all(running.map(({ process: child }) => child.kill("SIGKILL"))));

const statusOf = async ({ url }: TestServer, path: string) => (await fetch(url + path)).status;
const QUERY = "{ companies(first: 1) { totalCount } }";

it("can be ready and alive, and is alive but not ready while it drains", async () => {
  const server = await start("3s");
  const token = await signIn(server.url, "owner@acme.test");
  expect(await Promise.all(["/readyz", "/healthz", "/livez"].map((path) => statusOf(server, path)))).toEqual([200, 200, 200]);
  const ended = server.stop();
  await until(
    () => statusOf(server, "/readyz"),
    (status) => status === 503,
  );
  const response = await fetch(`${server.url}/readyz`);
  expect(await response.json()).toEqual({ status: "error", info: { database: { status: "up" } }, error: { server: { status: "down" } } });
  expect(await statusOf(server, "/livez")).toBe(200);
  const answer = await post(server.url, "/graphql", token, QUERY);
  expect([answer.status, answer.errors]).toEqual([200, undefined]);
  expect(await ended).toBe(0);
  await expect(fetch(`${server.url}/livez`)).rejects.toThrow();
});

it("cannot keep a connection while it drains: its answer says that it closes", async () => {
  const server = await start("3s");
  const agent = new Agent({ keepAlive: true });
  const connectionOf = () =>
    new Promise<string | undefined>((resolve, reject) =>
      get(`${server.url}/livez`, { agent }, (res) => res.resume().on("end", () => resolve(res.headers.connection))).on("error", reject),
    );
  expect(await connectionOf()).toBe("keep-alive");
  const ended = server.stop();
  await until(
    () => statusOf(server, "/readyz"),
    (status) => status === 503,
  );
  expect(await connectionOf()).toBe("close");
  expect(await ended).toBe(0);
  agent.destroy();
});

it("can be hurried by a second signal", async () => {
  const server = await start("1h");
  const ended = server.stop();
  await until(
    () => statusOf(server, "/readyz"),
    (status) => status === 503,
  );
  server.process.kill("SIGTERM");
  expect(await ended).toBe(0);
});
