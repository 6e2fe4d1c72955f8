/** What tasks send mail with. */
import { fallbacksOf } from "../appSecret.ts";
import { Sealed } from "../auth/sealed.ts";
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import { type Mailer, makeMailer } from "./mailer.ts";

export type TaskMail = { mailer: Mailer; sealed: Sealed; hasMailbox: boolean; log: Log };

/** Whether mails that are not sent can be read at /mailbox. */
export const hasMailbox = ({ EMAIL_DRIVER, MAILBOX_ENABLED, NODE_ENV }: Config): boolean =>
  EMAIL_DRIVER === "logger" && MAILBOX_ENABLED && NODE_ENV !== "production";

export function makeTaskMail(config: Config, appSecret: string, log: Log): TaskMail {
  if (config.EMAIL_DRIVER === "logger" && config.NODE_ENV === "production") log.warn("No mails are sent: EMAIL_DRIVER is logger");
  return {
    mailer: makeMailer(config),
    sealed: new Sealed(appSecret, fallbacksOf(config)),
    hasMailbox: hasMailbox(config),
    log,
  };
}
