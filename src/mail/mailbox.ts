/** The mails that were kept at home: on a trial there is no server that would take them. */
import type { Pool } from "pg";
import type { Sealed } from "../auth/sealed.ts";

export type KeptMail = { id: string; recipient: string; subject: string; text: string; html: string; createdAt: string };

type Row = { mail_id: string; recipient: string; subject: string; content: Buffer; created_at: Date };

export class Mailbox {
  readonly #pool: Pool;
  readonly #sealed: Sealed;

  constructor(pool: Pool, sealed: Sealed) {
    this.#pool = pool;
    this.#sealed = sealed;
  }

  /** The newest first; of one recipient, or of everybody. */
  async list(recipient?: string): Promise<KeptMail[]> {
    const { rows } = await this.#pool.query<Row>("select * from authz.mailbox()");
    const wanted = recipient?.toLowerCase();
    return rows
      .filter((row) => wanted === undefined || row.recipient.toLowerCase() === wanted)
      .map(({ mail_id: id, recipient, subject, content, created_at }) => {
        const { text, html } = JSON.parse(this.#sealed.open(`mailbox:${id}`, content)) as { text: string; html: string };
        return { id, recipient, subject, text, html, createdAt: created_at.toISOString() };
      });
  }
}
