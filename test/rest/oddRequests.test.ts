/** Requests of REST that nobody sends by mistake: odd addresses, filters and pages that cost more than they answer. */
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { makeListener } from "../../src/app.ts";
import { chunkRowsOf } from "../../src/rest/export/chunks.ts";
import { useApi } from "../helpers/server.ts";
import { ask, problemOf } from "./rest.ts";

const api = useApi();

/** The status of a request for `target`, as it stands in the request's first line. */
async function statusOf(target: string): Promise<number> {
  const socket = connect(Number(new URL(api.url).port), "localhost");
  const token = await api.tokenOf("owner@acme.test");
  socket.write(`GET ${target} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\nconnection: close\r\n\r\n`);
  let text = "";
  for await (const chunk of socket) text += chunk;
  return Number(text.split(" ")[1]);
}

it.each(["/rest/companies?limit=1", "http://localhost/rest/companies?limit=1", "/rest/Metadata/objects?limit=1"])(
  "can be asked for %s",
  async (target) => expect(await statusOf(target)).toBe(200),
);

it("cannot be made to hold thousands of conditions against each other (LIMIT_EXCEEDED)", async () => {
  const many = (count: number) => Array(count).fill("x[e]:a").join();
  expect(problemOf(await ask(api, "GET", `/companies?filter=${many(1000)}`))).toEqual([400, "LIMIT_EXCEEDED", "filter"]);
  expect(problemOf(await ask(api, "GET", `/companies?filter=${many(10)}`))).toEqual([400, "BAD_INPUT", "filter.and.0.x"]);
});

it("can answer a page with a long filter: without links, of which clients and proxies would take none so long", async () => {
  const page = (length: number) => ask(api, "GET", `/companies?limit=1&fields=id&filter[name][neq]=${"a".repeat(length)}`);
  const [short, long] = [await page(10), await page(12_000)];
  expect([short.status, long.status]).toEqual([200, 200]);
  expect([short.headers.has("link"), long.headers.has("link")]).toEqual([true, false]);
  expect(long.json.pageInfo).toEqual(short.json.pageInfo);
});

it("can read fewer records of an export at once, the more each brings with it", () => {
  const lists = (size: number) => `id contacts(first: ${size}) { nodes { id } } tasks(first: ${size}) { nodes { id } }`;
  expect([chunkRowsOf("id"), chunkRowsOf(lists(60)), chunkRowsOf(lists(1000)), chunkRowsOf(lists(1_000_000))]).toEqual([500, 500, 49, 1]);
});

it("can survive a route that throws before it has begun", async () => {
  const plugin = { name: "Thrower", version: "0", routes: { direct: () => () => { throw new Error("thrown"); } } }; // biome-ignore format: short
  const log = { error: () => {}, info: () => {}, debug: () => {}, warn: () => {} };
  const services = { config: { TRUST_PROXY: 0 }, log, pool: {} };
  const server = createServer(makeListener([plugin as never], services as never));
  await new Promise<void>((resolve) => server.listen(0, resolve));
  try {
    const response = await fetch(`http://localhost:${(server.address() as AddressInfo).port}/`);
    expect(response.status).toBe(500);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
