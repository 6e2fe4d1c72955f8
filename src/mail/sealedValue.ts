/**
 * What is secret of a mail's data (a link with a token, a code) goes through the
 * database sealed: `private.send_mail('magic_link', address, '{"link": {"sealed": "…"}}')`.
 */
import type { Sealed } from "../auth/sealed.ts";

const PURPOSE = "mail";

export type SealedValue = { sealed: string };

/** A secret as private.send_mail takes it, under `link`, `token` or `code`. */
export const sealValue = (sealed: Sealed, plain: string): SealedValue => ({ sealed: sealed.seal(PURPOSE, plain).toString("base64") });

const isSealed = (value: unknown): value is SealedValue => typeof (value as SealedValue | null)?.sealed === "string";

/**
 * A mail's data as texts, its secrets opened. A `{token}` in the link, which SQL may
 * have put together, stands for the token.
 */
export function openData(sealed: Sealed, data: Readonly<Record<string, unknown>>): Record<string, string> {
  const opened: Record<string, string> = {};
  for (const [name, value] of Object.entries(data)) {
    if (isSealed(value)) opened[name] = sealed.open(PURPOSE, Buffer.from(value.sealed, "base64"));
    else if (typeof value === "string" || typeof value === "number") opened[name] = String(value);
  }
  const { link, token } = opened;
  if (link && token) opened["link"] = link.replaceAll("{token}", encodeURIComponent(token));
  return opened;
}
