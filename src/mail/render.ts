/** From a row of private.mails to a mail: its secrets opened, its template filled in. */
import type { Sealed } from "../auth/sealed.ts";
import { oneLine } from "./headers.ts";
import { MailRefused, toHtml, toText } from "./letter.ts";
import type { Mail } from "./mailer.ts";
import { openData } from "./sealedValue.ts";
import { templates } from "./templates/index.ts";

/** What authz.mail_to_send answers. */
export type StoredMail = { template: string; recipient: string; data: Record<string, unknown>; created_at: Date };

/** Throws MailRefused for what can never be sent. */
export function renderMail(id: string, { template, recipient, data, created_at }: StoredMail, sealed: Sealed): Mail {
  const write = Object.hasOwn(templates, template) ? templates[template] : undefined;
  if (!write) throw new MailRefused(`there is no template ${template}`);
  const letter = write(openData(sealed, data));
  const subject = oneLine("the subject", letter.subject);
  return { id, recipient, subject, text: toText(letter), html: toHtml(letter), createdAt: created_at };
}
