/** Pages of other origins, and headers that say that the server is elsewhere. */
import { mailsTo } from "../../helpers/mails.ts";
import { FRONTEND, OTHERS, OURS } from "../../http/origins.ts";
import { assert, assertNone, type Check } from "../group.ts";
import { ask } from "./ask.ts";
import { type AbuseWorld, OWNER } from "./world.ts";

async function others(world: AbuseWorld): Promise<void> {
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

export const origins: Check<AbuseWorld>[] = [
  { id: "D74", title: "no other origin may read answers, and no page elsewhere can send to a door", run: others },
  { id: "D70", title: "no header of a request changes where a mail's link leads", run: hosts },
];
