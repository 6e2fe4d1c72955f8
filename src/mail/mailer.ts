/**
 * Sends mails by SMTP (EMAIL_DRIVER=smtp), or keeps them at home (logger). With a
 * password, or to another machine, nothing is said before the connection is encrypted.
 */
import { createTransport } from "nodemailer";
import type { Config } from "../config.ts";
import { oneAddress, oneLine } from "./headers.ts";
import { MailRefused } from "./letter.ts";

export type Mail = { id: string; recipient: string; subject: string; text: string; html: string; createdAt: Date };

/** Sends one mail. Throws MailRefused when nobody will ever take it, another error when it is worth trying again. */
export type Mailer = { isKeptAtHome: boolean; send(mail: Mail): Promise<void> };

const TIMEOUTS = { dnsTimeout: 5000, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 };
const IMPLICIT_TLS_PORT = 465;

type SmtpError = { code?: string; command?: string; responseCode?: number; response?: string };

/** What of an SMTP error may be told and kept: codes. The server's words may quote the mail. */
function codesOf({ code, command, responseCode, response }: SmtpError): string {
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response ?? "")?.[1];
  return [code ?? "ERROR", command && /^[A-Z -]{1,20}$/.test(command) ? `at ${command}` : "", responseCode, enhanced]
    .filter(Boolean)
    .join(" ");
}

/** The recipient's or the content's fault, for good (RFC 5321 §4.2.1). A 5xx to our sign-in or our sender is ours, to be mended. */
const isForGood = ({ command, responseCode = 0 }: SmtpError) =>
  responseCode >= 500 && responseCode < 600 && (command === "RCPT TO" || command === "DATA");

function makeTransport(config: Config) {
  const { EMAIL_SMTP_HOST, EMAIL_SMTP_PORT, EMAIL_SMTP_USER, EMAIL_SMTP_PASSWORD, EMAIL_SMTP_NO_TLS } = config;
  const secure = EMAIL_SMTP_PORT === IMPLICIT_TLS_PORT && !EMAIL_SMTP_NO_TLS;
  return createTransport({
    host: EMAIL_SMTP_HOST,
    port: EMAIL_SMTP_PORT,
    secure,
    requireTLS: !secure && !EMAIL_SMTP_NO_TLS,
    ignoreTLS: EMAIL_SMTP_NO_TLS,
    ...(EMAIL_SMTP_USER && { auth: { user: EMAIL_SMTP_USER, pass: EMAIL_SMTP_PASSWORD } }),
    ...TIMEOUTS,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  });
}

export function makeMailer(config: Config): Mailer {
  if (config.EMAIL_DRIVER === "logger") return { isKeptAtHome: true, send: async () => {} };
  const transport = makeTransport(config);
  const from = { name: oneLine("EMAIL_FROM_NAME", config.EMAIL_FROM_NAME), address: config.EMAIL_FROM_ADDRESS };
  const domain = from.address.split("@")[1];

  const send = async ({ id, recipient, subject, text, html, createdAt }: Mail) => {
    const to = oneAddress("the recipient", recipient);
    try {
      await transport.sendMail({
        from,
        to: { name: "", address: to },
        envelope: { from: from.address, to: [to] },
        subject: oneLine("the subject", subject),
        text,
        html,
        // The same however often it is sent: who gets it twice sees it once (RFC 5322 §3.6.4).
        messageId: `<${id}@${domain}>`,
        date: createdAt,
        headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
      });
    } catch (error) {
      if (error instanceof MailRefused) throw error;
      if (isForGood(error as SmtpError)) throw new MailRefused(codesOf(error as SmtpError));
      throw new Error(`SMTP: ${codesOf(error as SmtpError)}`); // without its cause, whose words may quote the mail
    }
  };
  return { isKeptAtHome: false, send };
}
