/** What stands in a mail's headers: one line, whatever is in it. Refused, not mended, as nobody means a line break there. */
import { MailRefused } from "./letter.ts";

// C0, DEL and C1 controls, and Unicode's own line and paragraph ends.
const BREAKS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const LONGEST = 500;

/** `value`, as it is; throws MailRefused when it would not stay one header. */
export function oneLine(name: string, value: string): string {
  if (BREAKS.test(value)) throw new MailRefused(`a line break in ${name}`);
  if (value.length > LONGEST) throw new MailRefused(`${name} is too long`);
  return value;
}

/** `value`, when it is one plain address, as private.is_mail_address has it: what parses addresses would find others in it. */
export function oneAddress(name: string, value: string): string {
  if (!/^[^\s@<>(),;:"\\[\]]+@[^\s@<>(),;:"\\[\]]+$/.test(oneLine(name, value))) throw new MailRefused(`${name} is not one address`);
  return value;
}
