/** Servers that are not what they should be: nothing is said to them, and nothing secret is said of them. */
import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { readConfig } from "../../src/config.ts";
import { MailRefused } from "../../src/mail/letter.ts";
import { type Mail, makeMailer } from "../../src/mail/mailer.ts";
import { type Receiver, startReceiver } from "../helpers/smtp.ts";

const SECRET = "Zm9yIHRlc3RzIGFsb25lLCBub3RoaW5nIHRvIHNlZQ";
const mail: Mail = {
  id: "0190a0b0-0000-7000-8000-000000000001",
  recipient: "mia@acme.test",
  subject: "Sign in",
  text: SECRET,
  html: `<p>${SECRET}</p>`,
  createdAt: new Date("2026-11-01T12:00:00Z"),
};

const trusted = getCACertificates();
const trust = (...more: string[]) => setDefaultCACertificates([...trusted, ...more]);
let receiver: Receiver;
let plain: Receiver;
beforeAll(async () => {
  [receiver, plain] = await Promise.all([startReceiver(), startReceiver({ hasStartTls: false })]);
});
beforeEach(() => {
  trust(readFileSync(receiver.env["NODE_EXTRA_CA_CERTS"]!, "utf8"));
  for (const one of [receiver, plain]) one.received.length = 0;
  receiver.refuse = () => undefined;
});
afterAll(async () => {
  trust();
  await Promise.all([receiver.close(), plain.close()]);
});

const send = (to: Receiver, env: Record<string, string> = {}, changed: Partial<Mail> = {}) =>
  makeMailer(readConfig({ ...to.env, ...env })).send({ ...mail, ...changed });

/** What went wrong; never a word of the server's or of the mail. */
async function faultOf(sending: Promise<void>): Promise<string> {
  const error = (await sending.then(
    () => new Error("it was sent"),
    (thrown) => thrown,
  )) as Error;
  expect(`${error.message} ${error.cause ?? ""}`).not.toContain(SECRET);
  return error instanceof MailRefused ? `refused: ${error.reason}` : error.message;
}

it("can send to the server as it should be", async () => {
  await send(receiver);
  expect(receiver.received.map(({ isEncrypted, to }) => ({ isEncrypted, to }))).toEqual([{ isEncrypted: true, to: ["mia@acme.test"] }]);
});

it.each([
  ["a password that is wrong", { EMAIL_SMTP_PASSWORD: "wrong" }, /^SMTP: EAUTH at AUTH PLAIN 535 5\.7\.8$/],
  ["a certificate of another name", { EMAIL_SMTP_HOST: "127.0.0.2" }, /^SMTP: ESOCKET at CONN$/],
  ["a port where nobody listens", { EMAIL_SMTP_PORT: "1" }, /^SMTP: ESOCKET at CONN$/],
  ["a name that nobody has", { EMAIL_SMTP_HOST: "nowhere.invalid" }, /^SMTP: EDNS at CONN$/],
])("cannot send with %s, which is not the mail's fault", async (_what, env, fault) => {
  expect(await faultOf(send(receiver, env))).toMatch(fault);
  expect(receiver.received).toHaveLength(0);
});

it("cannot send to a server whose certificate nobody vouches for", async () => {
  trust();
  expect(await faultOf(send(receiver))).toMatch(/^SMTP: ESOCKET/);
  expect(receiver.received).toHaveLength(0);
});

it("cannot tell a server without STARTTLS a password or a mail in the clear", async () => {
  expect(await faultOf(send(plain))).toMatch(/^SMTP: ETLS at STARTTLS/);
  expect(await faultOf(send(plain, { EMAIL_SMTP_USER: "" }))).toMatch(/^SMTP: ETLS at STARTTLS/);
  expect(plain.received).toHaveLength(0);
});

it("can speak in the clear to a server, when told so", async () => {
  await send(plain, { EMAIL_SMTP_NO_TLS: "true", EMAIL_SMTP_USER: "" });
  expect(plain.received.map(({ isEncrypted, user }) => ({ isEncrypted, user }))).toEqual([{ isEncrypted: false, user: undefined }]);
});

it.each([
  ["RCPT", 550, "refused: EENVELOPE at RCPT TO 550 5.1.1"],
  ["RCPT", 450, "SMTP: EENVELOPE at RCPT TO 450 5.1.1"],
  ["DATA", 554, "refused: EMESSAGE at DATA 554 5.1.1"],
  ["DATA", 452, "SMTP: EMESSAGE at DATA 452 5.1.1"],
] as const)("can tell by a %s %d whether it is worth trying again", async (at, code, told) => {
  receiver.refuse = (_, stage) => (stage === at ? { code, text: `5.1.1 ${SECRET}` } : undefined);
  expect(await faultOf(send(receiver))).toBe(told);
});

it.each([
  ["its subject", { subject: "Hello\r\nBcc: eve@evil.test" }],
  ["its recipient", { recipient: "mia@acme.test\r\nRCPT TO:<eve@evil.test>" }],
])("cannot be given another header or recipient by %s", async (_what, changed) => {
  expect(await faultOf(send(receiver, {}, changed))).toMatch(/^refused: a line break in the/);
  expect(receiver.received).toHaveLength(0);
});

it.each(["mia@acme.test, eve@evil.test", "Mia <eve@evil.test>", '"mia, eve@evil.test"@acme.test'])(
  "cannot be sent to %s, which is not one address",
  async (recipient) => {
    expect(await faultOf(send(receiver, {}, { recipient }))).toBe("refused: the recipient is not one address");
    expect(receiver.received).toHaveLength(0);
  },
);

it("can say who sends it in letters of any kind, and in one line", async () => {
  await send(receiver, { EMAIL_FROM_NAME: 'Café "Relata", Köln <evil@evil.test>' });
  expect(receiver.received[0]!.mail.from!.value).toEqual([{ name: 'Café "Relata", Köln <evil@evil.test>', address: "crm@relata.test" }]);
  expect(() => makeMailer(readConfig({ ...receiver.env, EMAIL_FROM_NAME: "Relata\r\nBcc: eve@evil.test" }))).toThrow(MailRefused);
});

it.each([
  [{ EMAIL_SMTP_HOST: "" }, /^EMAIL_SMTP_HOST/],
  [{ EMAIL_FROM_ADDRESS: "" }, /^EMAIL_FROM_ADDRESS/],
  [{ EMAIL_FROM_ADDRESS: "Relata <crm@relata.test>" }, /^EMAIL_FROM_ADDRESS/],
  [{ EMAIL_FROM_ADDRESS: "crm@relata.test\nBcc: eve@evil.test" }, /^EMAIL_FROM_ADDRESS/],
])("cannot start with %j", (env, fault) => {
  expect(() => readConfig({ ...receiver.env, ...env })).toThrow(fault);
});
