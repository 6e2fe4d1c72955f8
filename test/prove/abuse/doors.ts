/** Addresses, methods, origins and headers that are not what they seem; ways out that lead inside; too many requests. */
import { request } from "node:http";
import { createServer } from "node:net";
import { mailsTo } from "../../helpers/mails.ts";
import { FRONTEND, OTHERS, OURS } from "../../http/origins.ts";
import { assert, assertNone, type Check } from "../group.ts";
import { routesOf } from "../routesOf.ts";
import { type AbuseWorld, OWNER } from "./world.ts";

const PATHS = [
  "//graphql",
  "/graphql/",
  "/graphql//",
  "/./graphql",
  "/x/../graphql",
  "/%2e%2e/graphql",
  "/..%2fgraphql",
  "/%67raphql",
  "/GRAPHQL",
  "/graphql;x=1",
  "/graphql%00",
  "/graphql%20",
  "/graphql.json",
  "/metadata/../graphql",
  "/auth/../graphql",
  "/..%5c..%5cetc/passwd",
  "/../../etc/passwd",
  "/graphiql/static/../../package.json",
  "/graphiql/static/..%2f..%2fpackage.json",
  "/graphiql/static/%2e%2e/%2e%2e/.env",
  "/.env",
  "/.git/config",
  "/server-status",
  "/%c0%ae%c0%ae/etc/passwd",
  "/\\..\\..\\etc",
];
const SECRETS_OF_FILES = /"relata"|root:|\[core\]|APP_SECRET/;

/** With any header, also what fetch would not send. */
function ask(world: AbuseWorld, path: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}) {
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

async function paths(world: AbuseWorld): Promise<void> {
  const found: string[] = [];
  for (const path of PATHS)
    for (const method of ["GET", "POST"]) {
      const { status, text } = await ask(world, path, {
        method,
        ...(method === "POST" && { headers: { "content-type": "application/json" }, body: '{"query":"{ __typename }"}' }),
      });
      if (status < 400 || status >= 500 || SECRETS_OF_FILES.test(text)) found.push(`${method} ${path}: ${status} ${text.slice(0, 100)}`);
    }
  assertNone(found, "paths that lead somewhere");
}

/** What a route does not name, it does not do; and no header turns one method into another. */
async function methods(world: AbuseWorld): Promise<void> {
  const found: string[] = [];
  const routes = routesOf().filter(({ path }) => !/[:*]/.test(path));
  for (const { path } of routes)
    for (const method of ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"]) {
      const has = routes.some((route) => route.path === path && route.method === method) || /^\/(graphql|metadata)$/.test(path);
      const { status } = await ask(world, path, { method });
      if (status >= 500 || (!has && status < 400)) found.push(`${method} ${path}: ${status}`);
    }
  for (const name of ["x-http-method-override", "x-http-method", "x-method-override"]) {
    const { status } = await ask(world, "/auth/logout-all", {
      headers: { [name]: "POST", authorization: `Bearer ${await world.tokenOf(OWNER)}` },
    });
    if (status < 400) found.push(`${name} turned GET into POST`);
  }
  const mutation = encodeURIComponent('mutation { createCompany(data: { name: "by GET" }) { id } }');
  const got = await ask(world, `/graphql?query=${mutation}`, { headers: { authorization: `Bearer ${await world.tokenOf(OWNER)}` } });
  if (got.status < 400) found.push("a mutation by GET");
  assertNone(found, "methods that were taken");
}

async function origins(world: AbuseWorld): Promise<void> {
  const found: string[] = [];
  const preflight = { "access-control-request-method": "POST", "access-control-request-headers": "authorization" };
  const allowed = async (origin: string) => {
    const headers = { origin: Buffer.from(origin).toString("latin1") };
    const [plain, asked] = [
      await ask(world, "/auth/methods", { headers }),
      await ask(world, "/graphql", { method: "OPTIONS", headers: { ...headers, ...preflight } }),
    ];
    return [plain, asked].map((one) => one.headers["access-control-allow-origin"]);
  };
  for (const origin of OTHERS) if ((await allowed(origin)).some(Boolean)) found.push(origin);
  assertNone(found, "origins that may read answers");
  // A custom domain of OURS is another suite's; the frontend and the subdomains are here.
  for (const origin of OURS.slice(0, 3))
    assert(
      (await allowed(origin)).every((one) => one === origin),
      `${origin} may not read answers`,
    );
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]) {
    const { status } = await world.send("/metadata", '{"query":"mutation { sendMagicLink(email: \\"owner@acme.test\\") { success } }"}', {
      "content-type": type,
      authorization: "",
    });
    assert(status >= 400 && status < 500, `a page elsewhere can send ${type}: ${status}`);
  }
}

/** Whatever a request says of its host, a mail's link leads to the frontend. */
async function hosts(world: AbuseWorld): Promise<void> {
  const names = [
    "host",
    "x-forwarded-host",
    "x-forwarded-server",
    "x-host",
    "forwarded",
    "x-original-url",
    "x-rewrite-url",
    "origin",
    "referer",
  ];
  for (const name of names) {
    const value = name === "forwarded" ? "host=evil.test" : name === "origin" || name === "referer" ? "https://evil.test" : "evil.test";
    const { status } = await ask(world, "/auth/password-reset", {
      method: "POST",
      headers: { "content-type": "application/json", [name]: value },
      body: JSON.stringify({ email: OWNER }),
    });
    assert(status < 500, `${name} makes a fault: ${status}`);
  }
  const links = (await mailsTo(world.adminUrl, OWNER)).map(({ data }) => data["link"] ?? "");
  assert(links.length > 0, "no mail was sent: nothing was proven");
  assertNone(
    links.filter((link) => !new URL(link).host.endsWith(new URL(FRONTEND).host)),
    "links that lead elsewhere",
  );
}

/** Lines and colours that somebody writes into his address, his browser's name, a path: one line of log stays one. */
async function logs(world: AbuseWorld): Promise<void> {
  const before = world.server.output().length;
  const forged = '2026-01-01T00:00:00Z INFO forged "entry" \u001b[31mred';
  for (const body of [
    { email: `x\r\n${forged}`, password: "p" },
    { email: `x@y.test\n${forged}`, password: `\n${forged}` },
  ])
    await world.send("/auth/login", JSON.stringify(body), { authorization: "" });
  await world.send("/graphql", JSON.stringify({ query: `{ x } #\n${forged}`, operationName: `\n${forged}` }));
  await ask(world, `/${encodeURIComponent(`\r\n${forged}`)}`, { headers: { "user-agent": "x [31m forged" } });
  const said = world.server.output().slice(before);
  assert(!said.split("\n").some((line) => line.startsWith("2026-01-01T00:00:00Z INFO forged")), "a line of the log was forged");
  assert(!said.includes("\u001b[31mred"), "colours were written into the log");
}

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
      const [row] = await world
        .sql<{ id: string }>(
          "insert into core.identity_providers (workspace_id, name, type, issuer, client_id) values (authz.workspace_id(), $1, 'OIDC', $1, 'x') returning id",
          [issuer],
        )
        .catch(() => []);
      const input = { name: issuer, issuer, clientID: "x", clientSecret: "secret-of-a-client" };
      await world.ask(
        "/metadata",
        token,
        "mutation ($input: CreateOIDCIdentityProviderInput!) { createOIDCIdentityProvider(input: $input) { id } }",
        { input },
      );
      if (!row) continue;
      made++;
      const { status } = await fetch(`${world.url}/auth/oidc/login/${row.id}`, { redirect: "manual" });
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

export const doors: Check<AbuseWorld>[] = [
  { id: "C54c", title: "paths that are written otherwise lead nowhere", run: paths },
  { id: "C73", title: "no method but a route's own, by no header and no GET", run: methods },
  { id: "D74", title: "no other origin may read answers, and no page elsewhere can send to a door", run: origins },
  { id: "D70", title: "no header of a request changes where a mail's link leads", run: hosts },
  { id: "C49", title: "nobody writes lines of the log", run: logs },
  { id: "E77", title: "identity providers somewhere inside are never asked", run: egress },
  { id: "C47", title: "a workspace that asks too often is refused, and another is not", run: tooMany },
  { id: "C52", title: "one Idempotency-Key twenty times at once writes once", run: sameKey },
];
