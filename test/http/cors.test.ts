/** Pages of other origins: those of ours may read answers, by their exact origin; no other may, and none can act by another's cookies. */
import { request } from "node:http";
import { adminQuery, post, useApi } from "../helpers/server.ts";
import { FRONTEND, OTHERS, OURS } from "./origins.ts";

const api = useApi({ FRONTEND_URL: FRONTEND, IS_MULTIWORKSPACE_ENABLED: "true" });

/** With any Origin, also what fetch would not send. */
function ask(origin: string, options: { method?: string; path?: string; headers?: Record<string, string>; body?: string } = {}) {
  const { method = "POST", path = "/auth/login", headers = {}, body = "{}" } = options;
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]> }>((resolve, reject) => {
    const sent = request(`${api.url}${path}`, { method, headers: { "content-type": "application/json", origin, ...headers } }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve({ status: answer.statusCode!, headers: answer.headers }));
    });
    sent.on("error", reject);
    sent.end(method === "GET" || method === "OPTIONS" ? undefined : body);
  });
}
const preflight = {
  method: "OPTIONS",
  headers: { "access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type" },
};

beforeAll(async () => {
  await adminQuery(
    api.adminUrl,
    "update core.workspaces set custom_domain = 'crm.acme.test', is_custom_domain_proven = true where subdomain = 'acme'",
  );
  await adminQuery(
    api.adminUrl,
    "update core.workspaces set custom_domain = 'crm.globex.test', is_custom_domain_proven = false where subdomain = 'globex'",
  );
});

it.each(OURS)("can read answers at %s, and send what needs a preflight", async (origin) => {
  const { headers } = await ask(origin);
  expect(headers).toMatchObject({ "access-control-allow-origin": origin, vary: expect.stringMatching(/origin/i) });
  expect(headers).not.toHaveProperty("access-control-allow-credentials");
  const asked = await ask(origin, { ...preflight, path: "/graphql" });
  expect(asked).toMatchObject({
    status: 204,
    headers: {
      "access-control-allow-origin": origin,
      "access-control-allow-methods": expect.stringContaining("POST"),
      "access-control-allow-headers": expect.stringContaining("authorization"),
    },
  });
  expect(asked.headers).not.toHaveProperty("access-control-allow-credentials");
});

it("cannot read answers at any other origin, nor send what needs a preflight", async () => {
  expect(OTHERS.length).toBeGreaterThanOrEqual(50);
  const told = await Promise.all(
    OTHERS.map(async (origin) => {
      const safe = Buffer.from(origin).toString("latin1"); // as bytes on the wire
      const [plain, asked] = [await ask(safe), await ask(safe, { ...preflight, path: "/metadata" })];
      return [plain, asked].flatMap(({ headers }) =>
        Object.keys(headers)
          .filter((name) => name.startsWith("access-control-"))
          .map((name) => `${origin}: ${name}`),
      );
    }),
  );
  expect(told.flat()).toEqual([]);
});

it("cannot forget that an answer is for one origin (Vary)", async () => {
  for (const origin of ["https://evil.test", FRONTEND]) expect((await ask(origin)).headers["vary"]).toMatch(/origin/i);
  expect((await fetch(`${api.url}/auth/methods`)).headers.get("vary")).toMatch(/origin/i);
});

describe("a page elsewhere, which can send forms and cookies", () => {
  const TYPES = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "text/plain; application/json"];
  const mutation = { query: 'mutation { createCompany(data: { name: "CSRF" }) { id } }' };

  it.each(TYPES)("cannot send a body of the type %j to any door", async (type) => {
    const token = await api.tokenOf("owner@acme.test");
    const headers = { "content-type": type, cookie: `token=${token}; session=${token}; authorization=Bearer ${token}` };
    const bodies: [string, string][] = [
      ["/graphql", JSON.stringify(mutation)],
      ["/metadata", JSON.stringify({ query: 'mutation { sendMagicLink(email: "owner@acme.test") { success } }' })],
      ["/auth/login", JSON.stringify({ email: "owner@acme.test", password: "relata-demo" })],
      ["/auth/password-reset", JSON.stringify({ email: "owner@acme.test" })],
      ["/auth/logout-all", "{}"],
    ];
    for (const [path, body] of bodies) {
      const { status } = await ask("https://evil.test", { path, headers, body });
      expect([path, status >= 400 && status < 500]).toEqual([path, true]);
    }
    expect(await adminQuery(api.adminUrl, "select from private.mails")).toEqual([]);
    expect((await post(api.url, "/graphql", token, "{ __typename }")).status).toBe(200);
  });

  it("cannot change anything by GET, or by a token in the address", async () => {
    const token = await api.tokenOf("owner@acme.test");
    const query = encodeURIComponent(mutation.query);
    const open = encodeURIComponent('mutation { sendMagicLink(email: "owner@acme.test") { success } }');
    for (const path of [
      `/graphql?query=${query}`,
      `/graphql?query=${query}&access_token=${token}&token=${token}`,
      `/metadata?query=${open}`,
      `/auth/logout-all?token=${token}`,
    ])
      expect(
        (await ask("https://evil.test", { method: "GET", path, headers: { cookie: `token=${token}` } })).status,
      ).toBeGreaterThanOrEqual(400);
    const { data } = await api.graphql<{ companies: { totalCount: number } }>(
      '{ companies(filter: { name: { eq: "CSRF" } }) { totalCount } }',
    );
    expect(data!.companies.totalCount).toBe(0);
    expect(await adminQuery(api.adminUrl, "select from private.mails")).toEqual([]);
  });

  it("cannot be given a cookie", async () => {
    const answer = await fetch(`${api.url}/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: "owner@acme.test", password: "relata-demo" }),
    });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([200, []]);
  });
});
