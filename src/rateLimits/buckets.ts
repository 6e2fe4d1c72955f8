/**
 * How much each bucket holds, and how fast it fills up again. A bucket that holds ten
 * points an hour gives ten at once and one more every six minutes: never more than
 * twenty in any hour.
 */
import type { Config } from "../config.ts";

export type Bucket =
  | "signInAccount"
  | "signInAddress"
  | "signInKnown"
  | "ssoAddress"
  | "mailAddress"
  | "mailSender"
  | "workspace"
  | "apiKey";

/** No points at all mean that there is no limit. */
export type Quota = { points: number; seconds: number };

export const quotasOf = (config: Config): Record<Bucket, Quota> => ({
  /** Guesses at one account, from anywhere. */
  signInAccount: { points: config.RATE_LIMIT_SIGN_IN_ACCOUNT, seconds: 3600 },
  /** Guesses from one address, at any account. */
  signInAddress: { points: config.RATE_LIMIT_SIGN_IN_ADDRESS, seconds: 3600 },
  /** Guesses at one account from where it was signed in to before: nobody elsewhere can use them up. */
  signInKnown: { points: config.RATE_LIMIT_SIGN_IN_ACCOUNT, seconds: 3600 },
  /** Answers of identity providers that were refused, from one address: to read one costs up to a tenth of a second. */
  ssoAddress: { points: config.RATE_LIMIT_SSO_ADDRESS, seconds: 3600 },
  /** Mails to one address that anybody may ask for. */
  mailAddress: { points: config.RATE_LIMIT_MAIL_ADDRESS, seconds: 3600 },
  /** Mails that one IP address asks for, to anybody. */
  mailSender: { points: config.RATE_LIMIT_MAIL_SENDER, seconds: 3600 },
  /** Requests of all members of a workspace, unless the workspace has a limit of its own (core.workspaces.limits). */
  workspace: { points: config.RATE_LIMIT_WORKSPACE, seconds: 60 },
  /** Requests by one key. */
  apiKey: { points: config.RATE_LIMIT_API_KEY, seconds: 60 },
});
