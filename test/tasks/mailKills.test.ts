/** Workers that are killed while they send, and two that would send the same. */

import "../helpers/slow.ts";
import { until } from "../helpers/server.ts";
import { LINK, secret, useMail } from "./mailSupport.ts";

const world = useMail();
const receivedBy = (recipient: string) => world.receiver.received.filter(({ to }) => to.includes(recipient));

afterEach(() => world.killAll());

/** What the clock does each minute, once a dead worker's job is ten seconds old. */
async function resume(): Promise<void> {
  await world.sql("update graphile_worker._private_jobs set locked_at = now() - interval '1 minute' where locked_at is not null");
  await world.sql("select graphile_worker.add_job('resume_mails')");
}

it("can be killed before the mail has arrived, and sends it once, by the next worker", async () => {
  let hangs: () => void = () => {};
  const hanging = new Promise<void>((resolve) => (hangs = resolve));
  let isFirst = true;
  world.receiver.beforeMail = async () => {
    if (!isFirst) return;
    isFirst = false;
    hangs();
    await new Promise(() => {}); // the mail is on its way for ever
  };
  const first = world.startWorker();
  const id = await world.send("magic_link", "killed@acme.test", { link: secret(LINK) });
  await hanging;
  await world.kill(first);
  expect(await world.stateOf(id!)).toMatchObject({ status: "QUEUED", attempts: 1 });

  world.startWorker();
  await resume();
  expect(await world.untilDone(id)).toMatchObject({ status: "SENT", attempts: 2 });
  expect(receivedBy("killed@acme.test")).toHaveLength(1);
});

it("can be killed between the server's yes and its note, and sends it again with the same Message-ID", async () => {
  let taken: () => void = () => {};
  const arrived = new Promise<void>((resolve) => (taken = resolve));
  let isFirst = true;
  world.receiver.beforeAnswer = async () => {
    if (!isFirst) return;
    isFirst = false;
    taken();
    await new Promise(() => {}); // the yes is on its way for ever
  };
  const first = world.startWorker();
  const id = await world.send("password_changed", "again@acme.test");
  await arrived;
  await world.kill(first);
  world.startWorker();
  await resume();
  await world.untilDone(id);
  const mails = receivedBy("again@acme.test");
  expect(mails.map(({ mail }) => mail.messageId)).toEqual([`<${id}@relata.test>`, `<${id}@relata.test>`]);
});

it("cannot be sent by two workers at once: who comes second waits, and finds it done", async () => {
  let isFirst = true;
  world.receiver.beforeAnswer = async () => {
    if (!isFirst) return;
    isFirst = false;
    await new Promise((resolve) => setTimeout(resolve, 1500));
  };
  for (const _ of [1, 2]) world.startWorker();
  const id = await world.send("password_changed", "two@acme.test");
  await world.sql("select graphile_worker.add_job('send_email', json_build_object('mailId', $1::text))", [id]);
  await world.untilDone(id);
  await until(
    () => world.sql("select from graphile_worker._private_jobs where payload ->> 'mailId' = $1", [id]),
    (jobs) => jobs.length === 0,
  );
  expect(receivedBy("two@acme.test")).toHaveLength(1);
});
