import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureReady } from "../../src/migrate.ts";
import { TEST_SECRET, useTestDatabase } from "../helpers/db.ts";
import { post, signIn, startTestServer } from "../helpers/server.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "relata-two-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("cannot start twice on one new folder in the same moment", async () => {
  const starts = await Promise.allSettled(
    [1, 2, 3].map(() => startTestServer({ RELATA_DATA_DIR: folder, APP_SECRET: "", NODE_ENV: "development" }, "all")),
  );
  const servers = starts.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []));
  const faults = starts.flatMap((start) => (start.status === "rejected" ? [(start.reason as Error).message] : []));
  try {
    expect(faults).toEqual([
      expect.stringMatching(/Another Relata \(process \d+\) already runs/),
      expect.stringMatching(/Another Relata \(process \d+\) already runs/),
    ]);
    const [server] = servers;
    const { data } = await post(server!.url, "/graphql", await signIn(server!.url, "owner@acme.test"), "{ companies { totalCount } }");
    expect(data).toEqual({ companies: { totalCount: 2000 } });
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}, 120_000);

describe("on one database", () => {
  const database = useTestDatabase();

  it("can start three servers in the same moment, and each knows the others' tokens", async () => {
    const servers = await Promise.all([1, 2, 3].map(() => startTestServer({ PG_DATABASE_URL: database.adminUrl })));
    try {
      const tokens = await Promise.all(servers.map(({ url }) => signIn(url, "owner@acme.test")));
      for (const { url } of servers) {
        for (const token of tokens) expect((await post(url, "/graphql", token, "{ __typename }")).status).toBe(200);
      }
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  }, 120_000);
});

describe("on two databases of one server", () => {
  const databases = [useTestDatabase(), useTestDatabase()];

  it("can get ready in the same moment, again and again, though their roles are the same", async () => {
    for (let n = 0; n < 25; n++) await Promise.all(databases.map(({ adminUrl }) => ensureReady(adminUrl, TEST_SECRET)));
  }, 120_000);
});
