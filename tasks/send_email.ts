/**
 * Sends one mail of private.mails, which private.send_mail has queued.
 *
 * Sent once, but for one moment: who is killed between the server's "250" and the note
 * that it was sent sends it again, with the same Message-ID. Its connection holds a lock
 * by the mail's id while it sends, so that no two do, and so that tasks/resume_mails.ts
 * knows that somebody is at it.
 */
import type { PoolClient } from "pg";
import { MailRefused } from "../src/mail/letter.ts";
import { renderMail, type StoredMail } from "../src/mail/render.ts";
import type { TaskHelpers } from "../src/worker.ts";

type Payload = { mailId: string };

declare global {
  namespace GraphileWorker {
    interface Tasks {
      send_email: Payload;
    }
  }
}

/** A mail that could not be sent for so long is of no use any more. */
const PATIENCE_MS = 24 * 3600 * 1000;

/** Runs `work` unless somebody else is at this mail. */
async function alone(client: PoolClient, mailId: string, work: () => Promise<void>): Promise<void> {
  const lock = "hashtextextended('relata.mail.' || $1, 0)";
  const { rows } = await client.query<{ is_ours: boolean }>(`select pg_try_advisory_lock(${lock}) as is_ours`, [mailId]);
  if (!rows[0]!.is_ours) throw new Error("Somebody else is sending this mail.");
  try {
    await work();
  } finally {
    await client.query(`select pg_advisory_unlock(${lock})`, [mailId]).catch(() => {});
  }
}

/** Keeps a mail for /mailbox, and says that it was not sent; not whole to whom, nor what it says. */
async function keepAtHome(client: PoolClient, mailId: string, stored: StoredMail, { mail }: TaskHelpers): Promise<void> {
  const { recipient, subject, text, html } = renderMail(mailId, stored, mail.sealed);
  if (mail.hasMailbox) {
    const content = mail.sealed.seal(`mailbox:${mailId}`, JSON.stringify({ text, html }));
    await client.query("select authz.keep_mail($1, $2, $3, $4)", [mailId, recipient, subject, content]);
  }
  mail.log.info(`A mail was not sent, as EMAIL_DRIVER is logger${mail.hasMailbox ? ": see /mailbox" : ""}`, {
    mailId,
    template: stored.template,
  });
}

async function sendEmail({ mailId }: Payload, helpers: TaskHelpers): Promise<void> {
  const { withPgClient, logger, mail } = helpers;
  const send = async (client: PoolClient) => {
    const { rows } = await client.query<StoredMail>("select * from authz.mail_to_send($1)", [mailId]);
    const [stored] = rows;
    if (!stored) return logger.info(`Mail ${mailId} is done with`);
    const done = (status: "SENT" | "REFUSED" | "GIVEN_UP", reason: string | null = null) =>
      client.query("select authz.mail_done($1, $2, $3)", [mailId, status, reason]);
    try {
      if (mail.mailer.isKeptAtHome) await keepAtHome(client, mailId, stored, helpers);
      else await mail.mailer.send(renderMail(mailId, stored, mail.sealed));
      await done("SENT");
    } catch (error) {
      const isRefused = error instanceof MailRefused;
      if (!isRefused && Date.now() - stored.created_at.getTime() < PATIENCE_MS) throw error;
      const reason = isRefused ? error.reason : (error as Error).message;
      mail.log.warn("A mail cannot be sent", { mailId, template: stored.template, reason });
      await done(isRefused ? "REFUSED" : "GIVEN_UP", reason);
    }
  };
  await withPgClient((client) => alone(client as PoolClient, mailId, () => send(client as PoolClient)));
}

export default sendEmail;
