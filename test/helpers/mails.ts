/** Reads mails that were queued and not sent: their links, which only the server can open. */
import { Sealed } from "../../src/auth/sealed.ts";
import { openData } from "../../src/mail/sealedValue.ts";
import { TEST_SECRET } from "./db.ts";
import { adminQuery } from "./server.ts";

export type Mail = { template: string; recipient: string; data: Record<string, string> };

/** The mails to an address, the newest first. */
export async function mailsTo(adminUrl: string, recipient: string): Promise<Mail[]> {
  const rows = await adminQuery<{ template: string; recipient: string; data: Record<string, unknown> }>(
    adminUrl,
    "select template, recipient, data from private.mails where recipient = $1 order by created_at desc, id desc",
    [recipient],
  );
  const sealed = new Sealed(TEST_SECRET);
  return rows.map(({ data, ...mail }) => ({ ...mail, data: openData(sealed, data) }));
}

/** The token in the link of the newest mail to an address. */
export async function tokenTo(adminUrl: string, recipient: string): Promise<string> {
  const [mail] = await mailsTo(adminUrl, recipient);
  return new URLSearchParams(new URL(mail!.data["link"]!).hash.slice(1)).get("token")!;
}
