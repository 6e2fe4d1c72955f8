/** A letter, as a template writes it, and what becomes of it: plain text, and HTML with every value escaped. */

export type Letter = {
  subject: string;
  /** Paragraphs above the button. */
  lines: string[];
  action?: { label: string; link: string };
  /** Small print below. */
  notes?: string[];
};

/** A mail that can never be sent, whoever tries; `reason` holds nothing of what it says. */
export class MailRefused extends Error {
  readonly reason: string;

  constructor(reason: string, options?: ErrorOptions) {
    super(`The mail was refused: ${reason}`, options);
    this.reason = reason;
  }
}

const LONGEST_NAME = 80;

/**
 * A name that people gave to something, fit to stand in a mail to a stranger: short,
 * and no address that his mail program would make a link of.
 */
export function shown(name: string): string {
  const short = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
  return short.replace(/:\/\//g, ": //").replace(/(\p{L}|\d)\.(?=\p{L})/gu, "$1. ");
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);

const isWebAddress = (link: string) => URL.canParse(link) && /^https?:$/.test(new URL(link).protocol) && !/[\s<>"]/.test(link);

export function toText({ lines, action, notes = [] }: Letter): string {
  const parts = [...lines, ...(action ? [`${action.label}:\n${action.link}`] : []), ...notes];
  return `${parts.join("\n\n")}\n`;
}

const paragraph = (text: string, style = "") => `<p style="margin:0 0 16px;${style}">${escapeHtml(text)}</p>`;

/** Throws MailRefused when the button would lead to no web page. */
export function toHtml({ subject, lines, action, notes = [] }: Letter): string {
  if (action && !isWebAddress(action.link)) throw new MailRefused("its link is no web address");
  const button = action
    ? `<p style="margin:24px 0"><a href="${escapeHtml(action.link)}" style="background:#1d4ed8;color:#fff;padding:10px 18px;border-radius:6px;text-decoration:none">${escapeHtml(action.label)}</a></p>`
    : "";
  const small = "color:#5b6472;font-size:13px";
  const address = action ? paragraph(`If the button does not work, open ${action.link}`, `${small};word-break:break-all`) : "";
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(subject)}</title></head>
<body style="margin:0;padding:32px 16px;background:#f5f6f8;font:16px/1.5 system-ui,sans-serif;color:#1b1f26">
<div style="max-width:520px;margin:0 auto;background:#fff;border-radius:10px;padding:28px">
${lines.map((line) => paragraph(line)).join("\n")}
${button}
${notes.map((note) => paragraph(note, small)).join("\n")}
${address}
</div></body></html>
`;
}
