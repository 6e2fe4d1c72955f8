/** /mailbox: the mails of a trial, for this machine alone; and none in production. */
import "../helpers/slow.ts";
import { request } from "node:http";
import { Sealed } from "../../src/auth/sealed.ts";
import { sealValue } from "../../src/mail/sealedValue.ts";
import { TEST_SECRET } from "../helpers/db.ts";
import { adminQuery, startTestServer, until, useTestServer } from "../helpers/server.ts";

const server = useTestServer({ LOG_LEVEL: "debug" }, "all");
const TOKEN = "Zm9yIHRlc3RzIGFsb25lLCBub3RoaW5nIHRvIHNlZQ";
const LINK = `https://acme.test/sign-in?loginToken=${TOKEN}`;

/** fetch does not let one choose the name of the host. */
const get = (path: string, headers: Record<string, string> = {}, url = server.url) =>
  new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>((resolve, reject) => {
    const asked = request(new URL(path, url), { headers }, (res) => {
      let text = "";
      res.on("data", (chunk) => (text += chunk));
      res.on("end", () => resolve({ status: res.statusCode!, headers: res.headers, text }));
    });
    asked.on("error", reject);
    asked.end();
  });

type Kept = { id: string; recipient: string; subject: string; text: string; html: string };
const list = async (query = "") =>
  (JSON.parse((await get(`/mailbox${query}`, { accept: "application/json" })).text) as { mails: Kept[] }).mails;

async function send(recipient: string): Promise<string> {
  const data = { link: sealValue(new Sealed(TEST_SECRET), LINK), workspace: "<script>alert(1)</script>" };
  const [row] = await adminQuery<{ id: string }>(server.adminUrl, "select private.send_mail('magic_link', $1, $2) as id", [
    recipient,
    data,
  ]);
  await until(
    () => list(`?to=${encodeURIComponent(recipient)}`),
    (mails) => mails.some(({ id }) => id === row!.id),
  );
  return row!.id;
}

it("can show as JSON what was not sent, and to whom", async () => {
  const id = await send("mia@acme.test");
  await send("adam@acme.test");
  const [mail, ...others] = await list("?to=MIA@acme.test");
  expect(others).toEqual([]);
  expect(mail).toMatchObject({ id, recipient: "mia@acme.test", subject: "Sign in to <script>alert(1)</script>" });
  expect(mail!.text).toContain(LINK);
  expect((await list()).map(({ recipient }) => recipient)).toEqual(["adam@acme.test", "mia@acme.test"]);
});

it("can show it as a page that runs nothing", async () => {
  await send("page@acme.test");
  const { status, headers, text } = await get("/mailbox", { accept: "text/html" });
  expect([status, headers["content-type"], headers["cache-control"]]).toEqual([200, "text/html; charset=utf-8", "no-store"]);
  expect(headers["content-security-policy"]).toMatch(/^default-src 'none'/);
  expect(text).toContain("Sign in to &lt;script&gt;alert(1)&lt;/script&gt;");
  expect(text).not.toMatch(/<script/i);
  expect(text).toMatch(/<iframe sandbox="allow-popups allow-popups-to-escape-sandbox"/);
});

it("can be found in the table at the start", () => {
  expect(server.output()).toMatch(/Mailbox\s+http:\/\/localhost:\d+\/mailbox/);
});

it("can keep its mails sealed, and say nothing of them in logs", async () => {
  await send("sealed@acme.test");
  const [{ whole }] = (await adminQuery<{ whole: string }>(
    server.adminUrl,
    "select string_agg(encode(content, 'escape') || to_jsonb(m)::text, '') as whole from private.mailbox m",
  )) as [{ whole: string }];
  for (const text of [whole, server.output()]) expect(text).not.toContain(TOKEN);
  expect(server.output()).toContain("A mail was not sent, as EMAIL_DRIVER is logger");
});

it.each([
  ["another name", { host: "evil.test" }],
  ["another name that begins like ours", { host: "localhost.evil.test" }],
  ["a proxy", { "x-forwarded-for": "192.0.2.1" }],
  ["a proxy that speaks RFC 7239", { forwarded: "for=192.0.2.1" }],
  ["a page that forges the proxy's word for the host", { host: "evil.test", "x-forwarded-host": "localhost" }],
])("cannot be read by %s (NOT_FOUND)", async (_what, headers) => {
  expect((await get("/mailbox", headers)).status).toBe(404);
  expect((await get("/mailbox")).status).toBe(200);
});

it("cannot be read by a page of another origin", async () => {
  const { headers } = await get("/mailbox", { origin: "https://evil.test", accept: "application/json" });
  expect(headers["access-control-allow-origin"]).toBeUndefined();
});

it.each([
  ["in production", { NODE_ENV: "production", APP_SECRET: TEST_SECRET }],
  ["where mails are sent", { EMAIL_DRIVER: "smtp", EMAIL_SMTP_HOST: "localhost", EMAIL_FROM_ADDRESS: "crm@acme.test" }],
  ["where nobody wants it", { MAILBOX_ENABLED: "false" }],
])("cannot be there %s (NOT_FOUND)", async (_what, env) => {
  const other = await startTestServer({ PG_DATABASE_URL: server.adminUrl, ...env });
  expect((await get("/mailbox", {}, other.url)).status).toBe(404);
  expect(other.output()).not.toContain("/mailbox");
  await other.stop();
});

it("can hold two hundred mails at most, for a week", async () => {
  await adminQuery(
    server.adminUrl,
    `insert into private.mailbox (mail_id, recipient, subject, content, created_at)
     select gen_random_uuid(), 'many@acme.test', 'x', '', now() - interval '1 hour' from generate_series(1, 300)`,
  );
  await adminQuery(server.adminUrl, "update private.mailbox set created_at = now() - interval '8 days' where recipient = 'mia@acme.test'");
  await adminQuery(server.adminUrl, "select graphile_worker.add_job('purge_mails')");
  const [counts] = await until(
    () =>
      adminQuery<{ all: number; old: number }>(
        server.adminUrl,
        `select count(*)::int as all, count(*) filter (where recipient = 'mia@acme.test')::int as old from private.mailbox`,
      ),
    ([found]) => found!.all <= 200,
  );
  expect(counts).toEqual({ all: expect.any(Number), old: 0 });
  expect(counts!.all).toBeGreaterThan(190);
});

it("can forget mails that were done with thirty days ago, and keeps the others", async () => {
  await adminQuery(server.adminUrl, "update private.mails set done_at = now() - interval '31 days' where recipient = 'adam@acme.test'");
  const before = (await adminQuery(server.adminUrl, "select from private.mails")).length;
  await adminQuery(server.adminUrl, "select graphile_worker.add_job('purge_mails')");
  const left = await until(
    () => adminQuery<{ recipient: string }>(server.adminUrl, "select recipient from private.mails"),
    (found) => found.length < before,
  );
  expect(left.map(({ recipient }) => recipient)).not.toContain("adam@acme.test");
  expect(left).toHaveLength(before - 1);
});
