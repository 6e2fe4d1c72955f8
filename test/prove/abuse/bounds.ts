/** Ways out that lead inside; too many requests, and one request too often. */
import { createServer } from "node:net";
import { addProvider, type Sso } from "../../auth/sso/useSso.ts";
import { assert, assertNone, type Check } from "../group.ts";
import { type AbuseWorld, OWNER } from "./world.ts";

const INSIDE = (port: number) =>
  [
    "127.0.0.1",
    "localhost",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "0",
    "127.0.0.1.",
    "①②⑦.0.0.1",
    "169.254.169.254",
    "10.0.0.1",
  ].flatMap((host) => [`http://${host}:${port}`, `https://${host}:${port}`, `https://user:pw@${host}:${port}`]);

/** Identity providers that are somewhere inside: nobody there is asked. */
async function egress(world: AbuseWorld): Promise<void> {
  let asked = 0;
  const sink = createServer((socket) => {
    asked++;
    socket.on("error", () => {});
    socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  });
  await new Promise<void>((resolve) => sink.listen(0, "127.0.0.1", resolve));
  const { port } = sink.address() as { port: number };
  try {
    const token = await world.tokenOf(OWNER);
    let made = 0;
    for (const issuer of [...INSIDE(port), "file:///etc/passwd", "gopher://127.0.0.1/"]) {
      const id = await addProvider({ sql: world.sql } as Sso, {
        type: "OIDC",
        issuer,
        clientId: "x",
        clientSecret: "x",
        domains: [],
      }).catch(() => undefined);
      const input = { name: issuer, issuer, clientID: "x", clientSecret: "secret-of-a-client" };
      await world.ask(
        "/metadata",
        token,
        "mutation ($input: CreateOIDCIdentityProviderInput!) { createOIDCIdentityProvider(input: $input) { id } }",
        { input },
      );
      if (!id) continue;
      made++;
      const { status } = await fetch(`${world.url}/auth/oidc/login/${id}`, { redirect: "manual" });
      assert(status < 600, "no answer");
    }
    assert(made > 20, `only ${made} providers were made: little was proven`);
    world.note(`${made} providers inside`);
    assert(asked === 0, `somebody inside was asked ${asked} times`);
  } finally {
    sink.close();
    await world.sql("delete from core.identity_providers where workspace_id = authz.workspace_id()");
  }
}

/** A workspace that asks too often is told so; another notices nothing. */
async function tooMany(world: AbuseWorld): Promise<void> {
  const LIMIT = 60;
  await world.sql(`update core.workspaces set limits = '{"requestsPerMinute": ${LIMIT}}' where subdomain = 'globex'`);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  const [loud, quiet] = [await world.tokenOf("owner@globex.test"), await world.tokenOf(OWNER)];
  const loudly = Array.from({ length: 300 }, () => () => world.ask("/graphql", loud, "{ __typename }"));
  const told: { status: number; headers: Headers }[] = [];
  const times: number[] = [];
  await Promise.all([
    ...Array.from({ length: 8 }, async () => {
      for (let one = loudly.shift(); one; one = loudly.shift()) told.push(await one());
    }),
    (async () => {
      for (let n = 0; n < 30; n++) {
        const startedAt = performance.now();
        const { status } = await world.ask("/graphql", quiet, "{ __typename }");
        assert(status === 200, `the quiet one was told ${status}`);
        times.push(performance.now() - startedAt);
      }
    })(),
  ]);
  await world.sql("update core.workspaces set limits = '{}' where subdomain = 'globex'");
  const refused = told.filter(({ status }) => status === 429);
  world.note(`${refused.length} of ${told.length} refused`);
  assert(refused.length > 100, `only ${refused.length} of ${told.length} were refused`);
  assert(
    refused.every(({ headers }) => Number(headers.get("retry-after")) > 0),
    "a refusal does not say when to come again",
  );
}

/** The same Idempotency-Key many times at once writes once. */
async function sameKey(world: AbuseWorld): Promise<void> {
  const body = JSON.stringify({ query: 'mutation { createCompany(data: { name: "Once and only once" }) { id } }' });
  const key = { "idempotency-key": `prove-${world.seed}-${process.pid}` };
  const answers = await Promise.all(Array.from({ length: 20 }, () => world.send("/graphql", body, key)));
  const [row] = await world.sql<{ n: number }>("select count(*)::int as n from company where name = 'Once and only once'");
  assertNone(
    answers.filter(({ status }) => status >= 500).map(({ text }) => text),
    "faults",
  );
  assert(row!.n === 1, `${row!.n} were written`);
  const other = await world.send("/graphql", body.replace("only", "more than"), key);
  assert(/IDEMPOTENCY_KEY_REUSED/.test(other.text), `a key was taken for another request: ${other.text}`);
}

export const bounds: Check<AbuseWorld>[] = [
  { id: "E77", title: "identity providers somewhere inside are never asked", run: egress },
  { id: "C47", title: "a workspace that asks too often is refused, and another is not", run: tooMany },
  { id: "C52", title: "one Idempotency-Key twenty times at once writes once", run: sameKey },
];
