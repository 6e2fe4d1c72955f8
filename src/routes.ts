/**
 * Lets a plugin add HTTP routes: `routes.add(router, services)` is our own plugin
 * scope, as `worker` is graphile-worker's. What is asked for thousands of times a second
 * may be answered before Express, by `routes.direct`.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import express, { type NextFunction, type Request, type Response, type Router } from "express";
import { orderedApply } from "graphile-config";
import type { Pool } from "pg";
import type { AccessTokens } from "./auth/accessToken.ts";
import type { Accounts } from "./auth/accounts.ts";
import type { Addresses } from "./auth/addresses.ts";
import { type ApiKeys, isApiKey } from "./auth/apiKeys.ts";
import { bearerOf } from "./auth/bearer.ts";
import type { Passkeys } from "./auth/passkeys.ts";
import type { People } from "./auth/people.ts";
import type { Sealed } from "./auth/sealed.ts";
import type { SecondFactors } from "./auth/secondFactors.ts";
import type { Sessions } from "./auth/sessions.ts";
import type { SignIns } from "./auth/signIns.ts";
import type { Strategies } from "./auth/strategies/index.ts";
import type { Config } from "./config.ts";
import type { Egress } from "./egress.ts";
import { RelataError, toRelataError } from "./errors.ts";
import type { GraphqlApi, GraphqlServer } from "./graphqlServer.ts";
import type { Log } from "./log.ts";
import type { Mailbox } from "./mail/mailbox.ts";
import type { RateLimits } from "./rateLimits/rateLimits.ts";
import type { Workspaces } from "./repositories/workspaces.ts";
import type { Caller } from "./schemaRegistry.ts";

/** What routes work with. */
export type Services = {
  config: Config;
  log: Log;
  pool: Pool;
  accessTokens: AccessTokens;
  sessions: Sessions;
  /** What every way to sign in ends in. */
  signIns: SignIns;
  /** Signing up, proving an address, another password. */
  accounts: Accounts;
  strategies: Strategies;
  secondFactors: SecondFactors;
  passkeys: Passkeys;
  /** Seals secrets that must be read again. */
  sealed: Sealed;
  /** Which workspace an address means. */
  addresses: Addresses;
  people: People;
  apiKeys: ApiKeys;
  /** Who asks too often is refused: guesses, mails, requests. */
  rateLimits: RateLimits;
  /** The one way out to addresses that others have named. */
  egress: Egress;
  graphqlServer: GraphqlServer;
  records: GraphqlApi;
  metadata: GraphqlApi;
  /** Repositories of records: `workspaces.for(caller).getRepository("company")`. */
  workspaces: Workspaces;
  /** Where mails can be read that are not sent; undefined in production, and where they are sent. */
  mailbox: Mailbox | undefined;
  /** Whether this server was told to stop, and takes only what still comes to it. */
  isStopping: () => boolean;
  /** Whether this process works on jobs, and whether its worker is alive. */
  workerIsUp: () => boolean | undefined;
};

/** Answers a request as node:http has it; undefined, at once, when it is for others to answer. Rejects with what makes of it an error. */
export type DirectRoute = (req: IncomingMessage, res: ServerResponse) => Promise<void> | undefined;

declare global {
  namespace GraphileConfig {
    interface Plugin {
      routes?: {
        add?: (router: Router, services: Services) => void;
        direct?: (services: Services) => DirectRoute;
      };
    }
  }
}

/** For routes that take a small JSON document. */
export const readJson = express.json({ limit: 10_000 });
/** For routes that a form of an identity provider's is sent to. */
export const readForm = express.urlencoded({ extended: false, limit: 300_000, parameterLimit: 5 });

/** The routes of every plugin, in their order. */
export function makeRouter(plugins: readonly GraphileConfig.Plugin[], services: Services): Router {
  const router = express.Router();
  orderedApply([...plugins], ({ routes }: GraphileConfig.Plugin) => (routes?.add && { add: routes.add }) as never, ((
    _name: string,
    add: (router: Router, services: Services) => void,
  ) => add(router, services)) as never);
  return router;
}

/** What every plugin answers before Express. */
export const directRoutes = (plugins: readonly GraphileConfig.Plugin[], services: Services): DirectRoute[] =>
  plugins.flatMap(({ routes }) => routes?.direct?.(services) ?? []);

/**
 * Who sends this request, by its bearer token (RFC 6750), an access token or an API key. LOGIN_REQUIRED
 * when there is none that holds, WORKSPACE_MISMATCH when it comes to another workspace's address.
 */
export async function callerOf(
  req: IncomingMessage,
  { accessTokens, apiKeys, addresses }: Pick<Services, "accessTokens" | "apiKeys" | "addresses">,
): Promise<Caller> {
  const token = bearerOf(req);
  if (token === undefined) throw new RelataError("LOGIN_REQUIRED");
  const caller = await (isApiKey(token) ? apiKeys.verify(token) : accessTokens.verify(token));
  await addresses.assertFits(req, caller);
  return caller;
}

/** The same, of a request of the API: it counts, and RATE_LIMITED comes of too many. */
export async function admit(req: IncomingMessage, res: ServerResponse, services: Services): Promise<Caller> {
  const caller = await callerOf(req, services);
  await services.rateLimits.request(caller, res);
  return caller;
}

/** Answers an error in GraphQL's form, with its HTTP status. */
export function answerError(log: Log, thrown: unknown, res: ServerResponse): void {
  const { statusCode } = thrown as { statusCode?: number };
  let error = toRelataError(thrown);
  if (!error && statusCode === 413) error = new RelataError("BODY_TOO_LARGE");
  if (!error && statusCode && statusCode < 500) error = new RelataError("BAD_INPUT", (thrown as Error).message);
  if (!error) {
    error = new RelataError("INTERNAL_ERROR");
    log.error("A request failed", { error: (thrown as Error)?.stack ?? String(thrown) });
  }
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const status = error.code === "BAD_INPUT" && statusCode ? statusCode : error.status;
  if (status === 401) res.setHeader("www-authenticate", "Bearer");
  for (const [name, value] of Object.entries(error.headers)) res.setHeader(name, value);
  const text = JSON.stringify({ errors: [{ message: error.message, extensions: error.extensions }] });
  res.writeHead(status, { "content-type": "application/json; charset=utf-8", "content-length": Buffer.byteLength(text) });
  res.end(text);
}

/** The same for Express; last in the app. */
export const makeErrorHandler =
  (log: Log) =>
  (thrown: unknown, _req: Request, res: Response, _next: NextFunction): void =>
    answerError(log, thrown, res);
