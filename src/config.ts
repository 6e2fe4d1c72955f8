/** Every environment variable, declared once. `.env.example` mirrors this list. */
import { bool, duration, env, int, oneOf, postgresUrl, ranges, secret, text } from "./env.ts";

export const declaration = {
  // Database
  PG_DATABASE_URL: postgresUrl("Administrator of the database (PostgreSQL 15 to 18); empty starts an embedded one", ""),
  PG_DATABASE_REPLICA_URL: postgresUrl("A standby of it, which queries are read from; empty reads all from the one database", ""),
  PG_REPLICA_MAX_LAG_MS: int("How far behind a standby may be that is read from, in milliseconds", 500, 200, 900),
  RELATA_DATA_DIR: text("Where the embedded PostgreSQL keeps its data", ".data"),
  PG_POOL_MAX_CONNECTIONS: int("Connections that serve requests, a process", 8),
  PG_POOLER_URL: postgresUrl("PgBouncer in transaction mode, for requests; all else goes to PG_DATABASE_URL", ""),
  PG_POOLER_KEEPS_PREPARED: bool(
    "It keeps the prepared statements of each client apart (PgBouncer 1.21 with max_prepared_statements)",
    false,
  ),
  PG_STATEMENT_TIMEOUT_MS: int("How long one statement of a request may run", 10_000),

  // Security
  APP_SECRET: secret("Protects the signing keys and the database roles; at least 32 characters in production", ""),
  APP_SECRET_FALLBACKS: secret("Former values of APP_SECRET, with commas between or as a JSON list, until `secrets rotate` has run", ""),
  ACCESS_TOKEN_EXPIRES_IN: duration("Life of an access token", 30 * 60),
  SIGNING_KEY_EXPIRES_IN: duration("How long a key signs access tokens before another follows it", 90 * 86_400),
  REFRESH_TOKEN_EXPIRES_IN: duration("Life of a sign-in that is kept fresh", 90 * 86_400),
  SIGN_IN_FRESH_FOR: duration("How long after signing in another workspace can be entered without doing so again", 12 * 3600),
  IMPERSONATION_EXPIRES_IN: duration("How long somebody may see a workspace as another member", 30 * 60),

  // Ways to sign in
  AUTH_PASSWORD_ENABLED: bool("Let people sign in with a password", true),
  AUTH_MAGIC_LINK_ENABLED: bool("Let people sign in by a link that is mailed to them", true),
  AUTH_GOOGLE_ENABLED: bool("Let people sign in with Google", false),
  AUTH_GOOGLE_CLIENT_ID: text("What Google calls this installation", ""),
  AUTH_GOOGLE_CLIENT_SECRET: secret("What proves it to Google", ""),
  AUTH_GOOGLE_ISSUER: text("Where Google is", "https://accounts.google.com"),
  AUTH_MICROSOFT_ENABLED: bool("Let people sign in with Microsoft", false),
  AUTH_MICROSOFT_CLIENT_ID: text("What Microsoft calls this installation", ""),
  AUTH_MICROSOFT_CLIENT_SECRET: secret("What proves it to Microsoft", ""),
  AUTH_MICROSOFT_ISSUER: text("Where Microsoft is: common for everybody, or one tenant", "https://login.microsoftonline.com/common/v2.0"),
  EGRESS_ALLOW: ranges("Private addresses and ranges that identity providers may be reached at, with commas between", ""),
  DNS_SERVERS: text("Who is asked whether a domain is proven, with commas between; empty asks the machine's", ""),
  AUTH_PASSKEY_ENABLED: bool("Let people sign in with a passkey in place of a password", true),
  TWO_FACTOR_AUTHENTICATION_ENABLED: bool("Let people enrol an authenticator app as a second factor", true),

  // Mail
  EMAIL_DRIVER: oneOf("smtp sends mails; logger keeps them at home, to be read at /mailbox on a trial", ["logger", "smtp"], "logger"),
  EMAIL_SMTP_HOST: text("The server that takes our mail", ""),
  EMAIL_SMTP_PORT: int("465 speaks TLS at once; on any other port STARTTLS has to follow", 587, 1, 65_535),
  EMAIL_SMTP_USER: text("Who we are to that server; empty signs in nobody", ""),
  EMAIL_SMTP_PASSWORD: secret("His password", ""),
  EMAIL_SMTP_NO_TLS: bool("Speak to it in the clear: for a relay on the same machine alone", false),
  EMAIL_FROM_ADDRESS: text("The address that mails come from", ""),
  EMAIL_FROM_NAME: text("The name beside it", "Relata"),
  MAILBOX_ENABLED: bool("Keep mails that are not sent for the page /mailbox; never in production", true),

  // Retries
  IDEMPOTENCY_KEYS_EXPIRE_IN: duration("How long the answer to an Idempotency-Key is kept", 86_400),

  // Server
  NODE_ENV: oneOf("production refuses what is only fit for a trial", ["development", "test", "production"], "development"),
  NODE_PORT: int("Where to listen; 0 takes a free port", 3000, 0, 65_535),
  NODE_HOST: text("The address to listen on", "127.0.0.1"),
  SERVER_URL: text("Public address; empty means http://localhost and the port", ""),
  FRONTEND_URL: text("Public address of the frontend, where links lead; empty means SERVER_URL", ""),
  IS_MULTIWORKSPACE_ENABLED: bool("Give each workspace an address of its own, <subdomain>.<host of FRONTEND_URL>", false),
  IS_WORKSPACE_CREATION_LIMITED_TO_SERVER_ADMINS: bool("Let none but the administrators of the server make workspaces", true),
  WORKSPACE_DELETION_GRACE: duration("How long a deleted workspace can be had back", 14 * 86_400),
  GRAPHIQL_ENABLED: bool("Serve GraphiQL, already signed in as the demo owner; never in production", true),
  SHUTDOWN_DRAIN: duration("How long a server that is told to stop still serves, while /readyz sends load balancers elsewhere", 0),
  LOG_LEVEL: oneOf("How much to say", ["error", "warn", "info", "debug"], "info"),
  TRUST_PROXY: int("Proxies in front whose X-Forwarded-For is believed; 0 believes none", 0, 0, 10),

  // Limits
  RATE_LIMIT_SIGN_IN_ACCOUNT: int("Wrong passwords for one account at once, and as many more over an hour; 0 is no limit", 10, 0),
  RATE_LIMIT_SIGN_IN_ADDRESS: int("The same for one IP address, whatever the account", 10, 0),
  RATE_LIMIT_SSO_ADDRESS: int("Refused answers of identity providers from one IP address, the same way", 100, 0),
  RATE_LIMIT_MAIL_ADDRESS: int("Mails that anybody may have sent to one address, the same way", 5, 0),
  RATE_LIMIT_MAIL_SENDER: int("Mails that one IP address may ask for, to anybody, the same way", 50, 0),
  RATE_LIMIT_WORKSPACE: int("Requests of one workspace in a minute; 0 is no limit", 100_000, 0),
  RATE_LIMIT_API_KEY: int("Requests by one API key in a minute; 0 is no limit", 60_000, 0),
  MAX_BODY_BYTES: int("Size of a request's body", 8_000_000),
  MAX_PAGE_SIZE: int("Records in one page", 1000),
  DEFAULT_PAGE_SIZE: int("Records in a page when nobody says", 60),
  MAX_AFFECTED_RECORDS: int("Records that one mutation changes by a filter", 10_000),
  MAX_QUERY_DEPTH: int("Fields inside fields", 20),
  MAX_QUERY_FIELDS: int("Fields and aliases in one operation", 2000),
  MAX_QUERY_ALIASES: int("Aliases in one document", 500),
  MAX_QUERY_ROWS: int("Records in the answer to one operation, were every page full", 1_000_000),
  MAX_ROOT_FIELDS: int("Root fields and aliases in one operation", 20),
  MAX_BATCH_SIZE: int("Records written by one mutation", 10_000),
  EXPORT_MAX_ROWS: int("Records in one export", 10_000_000),
  EXPORT_TIMEOUT_MS: int("How long one export may take, its reader included", 1_800_000),
  EXPORTS_PER_WORKSPACE: int("Exports of one workspace at once, a process; all together take half of its connections at most", 2),
  PERSISTED_DOCUMENTS_DIR: text("A folder of .graphql files that may be asked for by the SHA-256 of their text", ""),
  PERSISTED_DOCUMENTS_ONLY: bool("Refuse every other document", false),
  MAX_SCHEMAS: int("Compiled shapes kept in memory, 20 to 35 MB each", 20),
} as const;

export type Config = ReturnType<typeof readConfig>;

/** The configuration in `source`; throws one Error that names every variable at fault. */
export function readConfig(source: NodeJS.ProcessEnv = process.env) {
  const config = env(declaration, source);
  for (const name of ["GOOGLE", "MICROSOFT"] as const) {
    if (config[`AUTH_${name}_ENABLED`] && !(config[`AUTH_${name}_CLIENT_ID`] && config[`AUTH_${name}_CLIENT_SECRET`]))
      throw new Error(`AUTH_${name}_CLIENT_ID and AUTH_${name}_CLIENT_SECRET are not set: with AUTH_${name}_ENABLED they must be.`);
  }
  if (config.NODE_ENV === "production") {
    const strong = config.APP_SECRET.length >= 32 && new Set(config.APP_SECRET).size >= 10;
    if (!strong) throw new Error("APP_SECRET is too weak for production: give it 32 random characters or more.");
    if (/(?:^|,)\s*(?:127\.|0\.|::1|::\/)/.test(config.EGRESS_ALLOW))
      throw new Error("EGRESS_ALLOW names this machine itself: in production nobody may be sent there.");
    if (!config.PG_DATABASE_URL) throw new Error("PG_DATABASE_URL is not set: production does not run on the embedded database.");
  }
  if (config.EMAIL_DRIVER === "smtp") {
    if (!config.EMAIL_SMTP_HOST) throw new Error("EMAIL_SMTP_HOST is not set: with EMAIL_DRIVER=smtp it must be.");
    if (!/^[^\s@<>]+@[^\s@<>]+$/.test(config.EMAIL_FROM_ADDRESS))
      throw new Error("EMAIL_FROM_ADDRESS is not an address such as crm@example.com.");
  }
  return config;
}
