/** Checks of the environment's variables: what is fit for a trial and not for the world, or too much for the machine. */
import type { Config } from "../config.ts";
import { type Check, type Fault, isHere } from "./check.ts";

const LONGEST_STATEMENT_MS = 60_000;
/** Words of examples and of people who meant to think of something later. */
const GUESSABLE = /change.?me|replace.?(me|this)|example|default|password|your.?secret|0123456789|abcdefgh/i;

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).hostname : "");
const when = (isSo: boolean, fault: string): Fault[] => (isSo ? [{ fault }] : []);

/** Whether people from elsewhere come here. */
const isPublic = ({ NODE_ENV, NODE_HOST, SERVER_URL, FRONTEND_URL }: Config): boolean =>
  NODE_ENV === "production" || !isHere(NODE_HOST) || [SERVER_URL, FRONTEND_URL].some((url) => url && !isHere(hostOf(url)));

function weakSecret({ APP_SECRET: secret }: Config): Fault[] {
  if (!secret) return [];
  if (secret.length < 32) return [{ fault: `APP_SECRET has ${secret.length} characters` }];
  if (new Set(secret).size < 10) return [{ fault: `APP_SECRET is made of ${new Set(secret).size} different characters` }];
  return when(GUESSABLE.test(secret), "APP_SECRET holds words that anybody would try");
}

export const settingsChecks: Check[] = [
  {
    name: "app_secret",
    level: "error",
    why: "APP_SECRET protects the signing keys and the passwords of the database's roles: who guesses it is everybody.",
    mend: "APP_SECRET=$(openssl rand -base64 48), the former in APP_SECRET_FALLBACKS, then npm run relata -- secrets rotate",
    find: ({ config }) => weakSecret(config),
  },
  {
    name: "former_secrets",
    level: "note",
    why: "What a former APP_SECRET has sealed can be read by who knows it, for as long as it is accepted.",
    mend: "npm run relata -- secrets rotate; a day later take APP_SECRET_FALLBACKS away",
    find: ({ config }) => when(config.APP_SECRET_FALLBACKS !== "", "APP_SECRET_FALLBACKS is set"),
  },
  {
    name: "trial_on_show",
    level: "error",
    why: "Without NODE_ENV=production GraphiQL signs anybody in as the demo owner, and /mailbox shows everybody's mails.",
    mend: "NODE_ENV=production",
    find: ({ config }) =>
      when(config.NODE_ENV !== "production" && isPublic(config), `NODE_ENV is ${config.NODE_ENV}, and others can come in`),
  },
  {
    name: "plain_http",
    level: "error",
    why: "Tokens and passwords that travel in the clear belong to everybody on the way.",
    mend: "a proxy with TLS in front, SERVER_URL and FRONTEND_URL with https://, TRUST_PROXY=1",
    find: ({ config }) =>
      (["SERVER_URL", "FRONTEND_URL"] as const).flatMap((name) =>
        when(config[name].startsWith("http:") && !isHere(hostOf(config[name])), `${name} is ${config[name]}`),
      ),
  },
  {
    name: "mails_kept",
    level: "warning",
    why: "With EMAIL_DRIVER=logger nobody gets a mail: no invitation, no new password, no link to sign in.",
    mend: "EMAIL_DRIVER=smtp, EMAIL_SMTP_HOST, EMAIL_FROM_ADDRESS",
    find: ({ config }) => when(isPublic(config) && config.EMAIL_DRIVER === "logger", "EMAIL_DRIVER is logger"),
  },
  {
    name: "mail_in_the_clear",
    level: "error",
    why: "Mails carry links that sign people in.",
    mend: "EMAIL_SMTP_NO_TLS=false",
    find: ({ config }) =>
      when(config.EMAIL_SMTP_NO_TLS && !isHere(config.EMAIL_SMTP_HOST), `mails go to ${config.EMAIL_SMTP_HOST} without TLS`),
  },
  {
    name: "statement_timeout",
    level: "warning",
    why: "A statement that may run for minutes holds a connection and a processor for as long, whoever waits.",
    mend: "PG_STATEMENT_TIMEOUT_MS=10000",
    find: ({ config }) =>
      when(config.PG_STATEMENT_TIMEOUT_MS > LONGEST_STATEMENT_MS, `PG_STATEMENT_TIMEOUT_MS is ${config.PG_STATEMENT_TIMEOUT_MS}`),
  },
  {
    name: "limits_off",
    level: "warning",
    why: "Without these limits anybody may try passwords, or take all of the server, as fast as he can.",
    mend: "take the variable away: its default is a limit",
    find: ({ config }) =>
      (["RATE_LIMIT_SIGN_IN_ACCOUNT", "RATE_LIMIT_SIGN_IN_ADDRESS", "RATE_LIMIT_MAIL_ADDRESS", "RATE_LIMIT_WORKSPACE"] as const).flatMap(
        (name) => when(isPublic(config) && config[name] === 0, `${name} is 0`),
      ),
  },
];

export { isPublic };
