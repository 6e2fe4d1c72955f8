/** What who runs the server types about workspaces, on a database that a server runs on. */
import { TEST_SECRET } from "../helpers/db.ts";
import { post, signIn, useApi } from "../helpers/server.ts";
import { relata } from "../model/cli.ts";

const api = useApi();
const run = (...args: string[]) => relata(args, { PG_DATABASE_URL: api.adminUrl, APP_SECRET: TEST_SECRET, NODE_ENV: "test" });
const statusOf = async (token: string) => (await post(api.url, "/graphql", token, "{ companies { totalCount } }")).status;

it("can list, suspend, delete and restore workspaces, which holds at the next request", async () => {
  const token = await signIn(api.url, "owner@globex.test");
  expect((await run("workspace", "list")).out).toMatch(
    /^acme\t[0-9a-f-]{36}\t4 members\topen\tAcme\nglobex\t[0-9a-f-]{36}\t1 members\topen\tGlobex\n$/,
  );
  expect(await run("workspace", "suspend", "globex")).toMatchObject({ code: 0, out: expect.stringMatching(/^globex\t.*\tsuspended 20/) });
  expect(await statusOf(token)).toBe(403);
  expect(await run("workspace", "unsuspend", "globex")).toMatchObject({ code: 0, out: expect.stringContaining("\topen\t") });
  expect(await statusOf(token)).toBe(200);
  expect(await run("workspace", "delete", "globex")).toMatchObject({ code: 0, out: expect.stringContaining("\tdeleted 20") });
  expect(await statusOf(token)).toBe(401);
  expect(await run("workspace", "restore", "globex")).toMatchObject({ code: 0, out: expect.stringContaining("\topen\t") });
  expect(await statusOf(await signIn(api.url, "owner@globex.test"))).toBe(200);
});

it("can make a user an administrator of the server, and take that back", async () => {
  const isOne = async () =>
    (await api.sql<{ it: boolean }>("select is_server_admin as it from core.users where email = 'admin@acme.test'"))[0]!.it;
  expect(await run("server-admin", "admin@acme.test")).toMatchObject({ code: 0, out: "admin@acme.test administers the server.\n" });
  expect(await isOne()).toBe(true);
  expect(await run("server-admin", "admin@acme.test", "--revoke")).toMatchObject({ code: 0 });
  expect(await isOne()).toBe(false);
});

it.each([
  [["workspace", "suspend", "nowhere"], /There is no workspace nowhere/],
  [["workspace", "suspend"], /Name a workspace/],
  [["server-admin", "nobody@acme.test"], /There is no such user/],
  [["server-admin", "admin@acme.test", "--what"], /Give an address/],
])("cannot %j", async (args, said) => {
  expect(await run(...args)).toMatchObject({ code: 1, err: expect.stringMatching(said) });
});
