/** Addresses and methods that are not what they seem, and lines that somebody writes into the log. */
import { assert, assertNone, type Check } from "../group.ts";
import { routesOf } from "../routesOf.ts";
import { ask } from "./ask.ts";
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

async function writtenOtherwise(world: AbuseWorld): Promise<void> {
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

export const paths: Check<AbuseWorld>[] = [
  { id: "C54c", title: "paths that are written otherwise lead nowhere", run: writtenOtherwise },
  { id: "C73", title: "no method but a route's own, by no header and no GET", run: methods },
  { id: "C49", title: "nobody writes lines of the log", run: logs },
];
