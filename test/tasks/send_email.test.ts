/** Mails reach a real SMTP receiver: encrypted, signed in, once, and nothing of them is anywhere else. */

import "../helpers/slow.ts";
import { until } from "../helpers/server.ts";
import { SENDER, SMTP_PASSWORD, SMTP_USER } from "../helpers/smtp.ts";
import { LINK, secret, TOKEN, useMail } from "./mailSupport.ts";

const world = useMail();
beforeAll(() => void world.startWorker());
beforeEach(() => {
  world.receiver.refuse = () => undefined;
});

const receivedBy = (recipient: string) => world.receiver.received.filter(({ to }) => to.includes(recipient));

it("can be sent over STARTTLS, signed in, as text and as HTML", async () => {
  const id = await world.send("magic_link", "mia@acme.test", { link: secret(LINK), workspace: "Acme", expiresInMinutes: 15 });
  expect(await world.untilDone(id)).toEqual({ status: "SENT", reason: null, attempts: 1, data: {} });
  const [{ from, to, isEncrypted, user, mail }] = receivedBy("mia@acme.test") as [(typeof world.receiver.received)[0]];
  expect({ from, to, isEncrypted, user }).toEqual({ from: SENDER, to: ["mia@acme.test"], isEncrypted: true, user: SMTP_USER });
  expect(mail.messageId).toBe(`<${id}@relata.test>`);
  expect(mail.from!.text).toBe(`"Relata" <${SENDER}>`);
  expect(mail.subject).toBe("Sign in to Acme");
  expect(mail.text).toContain(LINK);
  expect(mail.text).toContain("within 15 minutes");
  expect(mail.html).toContain(`<a href="${LINK}"`);
  expect(mail.headers.get("auto-submitted")).toBe("auto-generated");
});

it("can be queued in a transaction that is taken back, and is never sent", async () => {
  await world.sql("begin; select private.send_mail('password_changed', 'nobody@acme.test'); rollback");
  const id = await world.send("password_changed", "somebody@acme.test");
  await world.untilDone(id);
  expect(receivedBy("somebody@acme.test")).toHaveLength(1);
  expect(receivedBy("nobody@acme.test")).toHaveLength(0);
});

it("can be asked for twice by one key, and is sent once", async () => {
  const ids = await Promise.all([1, 2, 3].map(() => world.send("verify_address", "key@acme.test", { link: secret(LINK) }, "verify.1")));
  expect(ids.filter(Boolean)).toHaveLength(1);
  await world.untilDone(ids.find(Boolean)!);
  expect(await world.send("verify_address", "key@acme.test", { link: secret(LINK) }, "verify.1")).toBeNull();
  expect(receivedBy("key@acme.test")).toHaveLength(1);
});

it("can have a job that runs twice, and is sent once", async () => {
  const id = await world.send("password_changed", "twice@acme.test");
  await world.untilDone(id);
  await world.sql("select graphile_worker.add_job('send_email', json_build_object('mailId', $1::text))", [id]);
  const after = await world.send("password_changed", "after@acme.test");
  await world.untilDone(after);
  expect(receivedBy("twice@acme.test")).toHaveLength(1);
});

it.each(["RCPT", "DATA"] as const)("can be refused for now at %s (4xx), and is sent later", async (at) => {
  const recipient = `later-${at.toLowerCase()}@acme.test`;
  let refusals = 0;
  world.receiver.refuse = (_, stage) => (stage === at && refusals++ < 1 ? { code: 451, text: `4.7.1 come back, ${TOKEN}` } : undefined);
  const id = await world.send("magic_link", recipient, { link: secret(LINK) });
  expect(await world.untilDone(id)).toMatchObject({ status: "SENT", attempts: 2 });
  expect(receivedBy(recipient)).toHaveLength(1);
});

it.each([
  ["RCPT", 550, "EENVELOPE at RCPT TO 550 5.1.1"],
  ["DATA", 554, "EMESSAGE at DATA 554 5.1.1"],
] as const)("cannot be sent to whom the server refuses for good at %s, and is given up at once", async (at, code, reason) => {
  const recipient = `gone-${at.toLowerCase()}@acme.test`;
  world.receiver.refuse = (_, stage) => (stage === at ? { code, text: `5.1.1 nobody of the name ${recipient}, ${TOKEN}` } : undefined);
  const id = await world.send("magic_link", recipient, { link: secret(LINK) });
  expect(await world.untilDone(id)).toEqual({ status: "REFUSED", reason, attempts: 1, data: {} });
  expect(await world.sql("select from graphile_worker.jobs where task_identifier = 'send_email'")).toHaveLength(0);
});

it("cannot be tried for longer than a day", async () => {
  world.receiver.refuse = () => ({ code: 451, text: "4.7.1 come back" });
  const [{ id }] = (await world.sql<{ id: string }>(
    "insert into private.mails (template, recipient, created_at) values ('password_changed', 'old@acme.test', now() - interval '25 hours') returning id",
  )) as [{ id: string }];
  await world.sql("select graphile_worker.add_job('send_email', json_build_object('mailId', $1::text))", [id]);
  expect(await world.untilDone(id)).toMatchObject({ status: "GIVEN_UP", reason: "SMTP: EENVELOPE at RCPT TO 451 4.7.1" });
});

it("cannot be sent by a template that is not there, and is given up at once", async () => {
  for (const template of ["no_such_thing", "constructor"]) {
    const id = await world.send(template, "mia@acme.test");
    expect(await world.untilDone(id)).toMatchObject({ status: "REFUSED", reason: `there is no template ${template}` });
  }
});

it.each(["javascript:alert(1)", "data:text/html,x", "no link", 'https://a.test/"onclick="x'])("cannot lead to %s", async (link) => {
  const id = await world.send("magic_link", "mia@acme.test", { link: secret(link) });
  expect(await world.untilDone(id)).toMatchObject({ status: "REFUSED", reason: "its link is no web address" });
});

it("cannot be read anywhere but in the mail: not in jobs, logs or tables", async () => {
  world.receiver.refuse = (_, stage) => (stage === "DATA" ? { code: 451, text: `4.7.1 come back with ${TOKEN}` } : undefined);
  const id = await world.send("magic_link", "secret@acme.test", { link: secret(LINK) });
  const jobs = () =>
    world.sql<{ payload: object; last_error: string; whole: string }>(
      "select payload, last_error, to_jsonb(j)::text as whole from graphile_worker._private_jobs j where key = $1",
      [`send_email.${id}`],
    );
  const [job] = await until(jobs, ([found]) => Boolean(found?.last_error));
  expect(job).toMatchObject({ payload: { mailId: id }, last_error: "SMTP: EMESSAGE at DATA 451 4.7.1" });
  const [row] = await world.sql<{ whole: string }>("select to_jsonb(m)::text as whole from private.mails m where id = $1", [id]);
  for (const text of [job!.whole, row!.whole, world.output()]) {
    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain(SMTP_PASSWORD);
  }
  // The logs do tell of it.
  expect(world.output()).toContain("SMTP: EMESSAGE at DATA 451 4.7.1");
  world.receiver.refuse = () => undefined;
  await world.untilDone(id);
  expect(receivedBy("secret@acme.test")[0]!.mail.text).toContain(TOKEN);
});
