/** Requests to addresses that somebody named go nowhere inside (RELIABILITY §2.4). */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { isPublicAddress } from "../src/egress/addresses.ts";
import { makeEgress } from "../src/egress.ts";

const servers: Server[] = [];
async function serve(listener: RequestListener): Promise<{ port: number; asked: () => number }> {
  let count = 0;
  const server = createServer((req, res) => {
    count++;
    listener(req, res);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, asked: () => count };
}
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
const refused = (words: RegExp) => expect.objectContaining({ name: "EgressRefused", message: expect.stringMatching(words) });

describe("addresses", () => {
  it.each([
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "172.15.0.1",
    "172.32.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
  ])("can reach %s", (address) => expect(isPublicAddress(address)).toBe(true));

  it.each([
    ...["0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255"],
    ...[
      "192.0.0.1",
      "192.168.1.1",
      "192.88.99.1",
      "198.18.0.1",
      "198.51.100.1",
      "203.0.113.1",
      "224.0.0.1",
      "239.255.255.255",
      "240.0.0.1",
      "255.255.255.255",
    ],
    ...[
      "::",
      "::1",
      "::ffff:127.0.0.1",
      "::ffff:a00:1",
      "::127.0.0.1",
      "64:ff9b::7f00:1",
      "64:ff9b:1::1",
      "100::1",
      "2001::1",
      "2001:0:7f00:1::",
      "2001:db8::1",
    ],
    ...["2002:7f00:1::", "2002:a00:1::", "3fff::1", "5f00::1", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1"],
    ...["", "localhost", "127.1", "0x7f.1"],
  ])("cannot reach %s", (address) => expect(isPublicAddress(address)).toBe(false));
});

describe("requests", () => {
  const egress = makeEgress();
  it.each([
    ...[
      "http://127.0.0.1/",
      "https://127.0.0.1/",
      "http://localhost/",
      "http://2130706433/",
      "http://0x7f000001/",
      "http://0177.0.0.1/",
      "http://127.1/",
      "http://0/",
    ],
    ...[
      "http://[::1]/",
      "http://[::]/",
      "http://[::ffff:127.0.0.1]/",
      "http://[64:ff9b::7f00:1]/",
      "http://169.254.169.254/latest/meta-data/",
      "http://[fe80::1]/",
    ],
    ...["http://①②⑦.0.0.1/", "http://127.0.0.1./", "http://10.0.0.1:443/"],
  ])("cannot go to %s", async (url) => {
    await expect(egress.fetch(url)).rejects.toEqual(refused(/not an address in the world|no address/));
  });

  it.each(["ftp://example.com/", "file:///etc/passwd", "data:text/plain,x", "gopher://127.0.0.1/"])("cannot speak %s", async (url) => {
    await expect(egress.fetch(url)).rejects.toEqual(refused(/Only http and https/));
  });

  it("cannot bring a password along, nor knock at any port", async () => {
    const open = makeEgress({ lookup: async () => [{ address: "93.184.216.34", family: 4 }] });
    await expect(open.fetch("https://a:b@example.com/")).rejects.toEqual(refused(/user name/));
    for (const port of [22, 25, 6379, 5432, 8080])
      await expect(open.fetch(`https://example.com:${port}/`)).rejects.toEqual(refused(/port/));
    await expect(open.fetch("http://example.com/", { onlyTls: true })).rejects.toEqual(refused(/Only https/));
  });

  it("cannot go to a name of which one address of several is inside", async () => {
    const mixed = makeEgress({
      lookup: async () => [
        { address: "93.184.216.34", family: 4 },
        { address: "10.0.0.1", family: 4 },
      ],
    });
    await expect(mixed.fetch("https://example.com/")).rejects.toEqual(refused(/not an address in the world/));
  });

  it("can go only where it has looked, whatever the name stands for a moment later", async () => {
    const inside = await serve((_req, res) => res.end("inside"));
    let count = 0;
    const rebinding = makeEgress({
      allowed: ["127.0.0.1"],
      lookup: async () => [{ address: count++ === 0 ? "127.0.0.1" : "10.0.0.1", family: 4 }],
    });
    const answer = await rebinding.fetch(`http://rebind.test:${inside.port}/`);
    expect([answer.status, await answer.text(), count]).toEqual([200, "inside", 1]);
    await expect(rebinding.fetch(`http://rebind.test:${inside.port}/`)).rejects.toEqual(refused(/not an address/));
  });
});

describe("what is allowed by name", () => {
  const egress = makeEgress({ allowed: ["127.0.0.1/32"], timeoutMs: 500, maxBytes: 1000 });
  const to = async (listener: RequestListener, path = "/") => `http://127.0.0.1:${(await serve(listener)).port}${path}`;

  it("can send a form and read the answer, as fetch does", async () => {
    const url = await to((req, res) => {
      let text = "";
      req.on("data", (chunk: Buffer) => (text += chunk));
      req.on("end", () =>
        res
          .writeHead(201, { "x-a": "1", "content-type": "application/json" })
          .end(JSON.stringify({ text, type: req.headers["content-type"], host: req.headers.host })),
      );
    });
    const body = new URLSearchParams({ a: "b c" });
    const answer = await egress.fetch(url, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", host: "evil.test" },
      body,
    });
    expect([answer.status, answer.headers.get("x-a"), await answer.json()]).toEqual([
      201,
      "1",
      { text: "a=b+c", type: "application/x-www-form-urlencoded", host: new URL(url).host },
    ]);
  });

  it("cannot be led on by a redirect", async () => {
    const other = await serve((_req, res) => res.end("other"));
    const answer = await egress.fetch(await to((_req, res) => res.writeHead(302, { location: `http://127.0.0.1:${other.port}/` }).end()));
    expect([answer.status, other.asked()]).toEqual([302, 0]);
  });

  it("cannot be fed for ever, nor kept waiting", async () => {
    await expect(egress.fetch(await to((_req, res) => res.end("x".repeat(5000))))).rejects.toThrow(/longer than 1000 bytes/);
    await expect(egress.fetch(await to(() => {}))).rejects.toThrow(/abort|time/i);
    await expect(egress.fetch(await to((_req, res) => void res.write("x")))).rejects.toThrow(/abort|time/i);
    await expect(
      egress.fetch(await to((_req, res) => res.writeHead(200, { "content-length": "10" }).end("x", () => res.destroy()))),
    ).rejects.toThrow();
  });
});
