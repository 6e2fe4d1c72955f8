/** Who loses a right is refused by every server: at once, or where a token is remembered, a second later. He was let in just before. */
import "../helpers/slow.ts";
import { revocations } from "./revocations.ts";
import { useTwoServers } from "./twoServers.ts";

const servers = useTwoServers();
const READ = "{ companies(first: 1) { totalCount } }";
const SECOND_MS = 1000;

it.each(revocations)("cannot go on when $what ($code), on the other server neither", async (revocation) => {
  const { query = READ, path = "/graphql", code, endsRefresh, isRemembered } = revocation;
  const { accessToken: owner } = await servers.login("owner@acme.test");
  const { tokens, revoke } = await revocation.arrange(servers, owner);
  const ask = () => servers.everywhere(tokens.accessToken, query, path);
  expect(await ask()).toMatchObject([
    { status: 200, code: undefined },
    { status: 200, code: undefined },
  ]);

  await revoke();
  if (isRemembered) await new Promise((resolve) => setTimeout(resolve, SECOND_MS));
  expect((await ask()).map((asked) => asked.code)).toEqual([code, code]);

  if (!endsRefresh) return;
  for (const server of ["b", "a"] as const) {
    expect((await servers.send(server, "/refresh", { refreshToken: tokens.refreshToken })).status).toBe(401);
  }
});
