/** The HTTP server: builds what routes work with, listens, and lets go of connections when asked to stop. */
import { createServer, type Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "pg";
import { routePlugins } from "../plugins/index.ts";
import { makeListener } from "./app.ts";
import { fallbacksOf } from "./appSecret.ts";
import { AccessTokens } from "./auth/accessToken.ts";
import { Accounts } from "./auth/accounts.ts";
import { Addresses } from "./auth/addresses.ts";
import { ApiKeys } from "./auth/apiKeys.ts";
import { Passkeys } from "./auth/passkeys.ts";
import { People } from "./auth/people.ts";
import { Sealed } from "./auth/sealed.ts";
import { SecondFactors } from "./auth/secondFactors.ts";
import { Sessions } from "./auth/sessions.ts";
import { SignIns } from "./auth/signIns.ts";
import { SigningKeys } from "./auth/signingKeys.ts";
import { Strategies } from "./auth/strategies/index.ts";
import { compileSchema, introspect } from "./compileSchema.ts";
import type { Config } from "./config.ts";
import { listOf, makeEgress } from "./egress.ts";
import { type PageSizes, withDocuments } from "./graphql/documents.ts";
import { type Limits, limitsOf } from "./graphql/limits.ts";
import { PersistedDocuments } from "./graphql/persisted.ts";
import { type GraphqlApi, GraphqlServer } from "./graphqlServer.ts";
import type { Log } from "./log.ts";
import { Mailbox } from "./mail/mailbox.ts";
import { hasMailbox } from "./mail/taskMail.ts";
import { metadataPreset, recordsPreset } from "./postgraphile.ts";
import { RateLimits } from "./rateLimits/rateLimits.ts";
import type { Replica } from "./replica.ts";
import { Workspaces } from "./repositories/workspaces.ts";
import type { Services } from "./routes.ts";
import { type KnownWorkspace, SchemaRegistry } from "./schemaRegistry.ts";

/** `stop` drains first, for as long as SHUTDOWN_DRAIN says, unless told to hurry. */
export type RelataServer = { port: number; stop: (hurry?: AbortSignal) => Promise<void> };

/** For what is still under way when a server stops. */
const FORCE_MS = 3000;
const IDLE_EVERY_MS = 20;

const pagesOf = ({ DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE }: Config): PageSizes => ({
  defaultPageSize: DEFAULT_PAGE_SIZE,
  maxPageSize: MAX_PAGE_SIZE,
});

/** The metadata API: one schema for all, and a wait for the records' schema after each change. */
async function makeMetadataApi(pool: Pool, config: Config, registry: SchemaRegistry, limits: Limits): Promise<GraphqlApi> {
  const schema = await compileSchema(pool, "core", await introspect(pool, "core"), metadataPreset(config));
  const known: KnownWorkspace = {
    ...withDocuments(schema, pagesOf(config)),
    schemaName: "core",
    plansAlone: false,
    version: Number.MAX_SAFE_INTEGER,
    // A data model is read as a whole, page by page of a thousand; its lists are short.
    limits: { ...limits, rows: limits.rows * 10 },
  };
  return {
    isShared: true,
    current: async () => known,
    atLeast: async () => known,
    // Its answer means that the new object can be queried, here at once.
    afterMutation: (caller) => registry.refresh(caller).catch(() => {}),
  };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new Error(`Port ${port} is taken: set NODE_PORT to another one, or end the program that holds it.`)
          : error,
      ),
    );
    server.listen(port, host, () => resolve((server.address() as { port: number }).port));
  });
}

/**
 * Lets everybody go in peace: whoever balances load learns at /readyz to send nothing more, connections that are kept
 * close behind their next answer, and what is under way ends.
 */
async function stopServing(server: Server, drainSeconds: number, hurry?: AbortSignal): Promise<void> {
  server.prependListener("request", (_req, res) => {
    res.shouldKeepAlive = false;
  });
  if (drainSeconds > 0) await sleep(drainSeconds * 1000, undefined, { signal: hurry }).catch(() => {});
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_EVERY_MS); // also those whose answer was begun before
  const forced = setTimeout(() => server.closeAllConnections(), FORCE_MS);
  await closed;
  clearInterval(idle);
  clearTimeout(forced);
}

/** What runs operations on records, for requests and for what runs inside. */
export function makeRecordsApi(config: Config, pool: Pool, log: Log, replica?: Replica) {
  const limits = limitsOf(config);
  const registry = new SchemaRegistry(pool, recordsPreset(config), limits, pagesOf(config), config.MAX_SCHEMAS);
  const documents = new PersistedDocuments(config.PERSISTED_DOCUMENTS_DIR, config.PERSISTED_DOCUMENTS_ONLY);
  const graphqlServer = new GraphqlServer(pool, log, { documents, keysExpireInSeconds: config.IDEMPOTENCY_KEYS_EXPIRE_IN, replica });
  return { limits, registry, graphqlServer, workspaces: new Workspaces(pool, graphqlServer, registry) };
}

/** What knows who somebody is. Throws when APP_SECRET is another one. */
async function makeAuth(config: Config, appSecret: string, pool: Pool) {
  const sealed = new Sealed(appSecret, fallbacksOf(config));
  const keys = new SigningKeys(pool, sealed, config.ACCESS_TOKEN_EXPIRES_IN, config.SIGNING_KEY_EXPIRES_IN);
  await keys.load();
  const accessTokens = new AccessTokens(keys, config.ACCESS_TOKEN_EXPIRES_IN);
  const sessions = new Sessions(pool, accessTokens, config.REFRESH_TOKEN_EXPIRES_IN);
  const signIns = new SignIns(pool, sessions, accessTokens, config);
  const accounts = new Accounts({ config, pool, sealed });
  const egress = makeEgress({ allowed: listOf(config.EGRESS_ALLOW) });
  const passkeys = new Passkeys({ config, pool, sealed });
  const secondFactors = new SecondFactors({ config, pool, sealed, passkeys });
  const strategies = new Strategies({ config, pool, sealed, egress });
  const addresses = new Addresses(pool, config);
  const people = new People({ pool, config, sealed, accessTokens, signIns, addresses });
  return { sealed, egress, accessTokens, sessions, signIns, addresses, people, accounts, strategies, passkeys, secondFactors };
}

/** Starts to serve. Throws an Error in one sentence when the port is taken or APP_SECRET is another one. */
export async function startServer(
  config: Config,
  appSecret: string,
  pool: Pool,
  log: Log,
  workerIsUp: () => boolean | undefined,
  api = makeRecordsApi(config, pool, log),
): Promise<RelataServer> {
  const { limits, registry, graphqlServer, workspaces } = api;
  const auth = await makeAuth(config, appSecret, pool);
  let isStopping = false;
  const services: Services = {
    config,
    log,
    pool,
    ...auth,
    apiKeys: new ApiKeys(pool),
    rateLimits: new RateLimits(pool, config, log),
    graphqlServer,
    workspaces,
    records: registry,
    metadata: await makeMetadataApi(pool, config, registry, limits),
    mailbox: hasMailbox(config) ? new Mailbox(pool, auth.sealed) : undefined,
    workerIsUp,
    isStopping: () => isStopping,
  };
  graphqlServer.serve(services);
  const server = createServer(makeListener(routePlugins, services));
  server.keepAliveTimeout = 65_000; // longer than the load balancers in front
  server.requestTimeout = 60_000;
  const port = await listen(server, config.NODE_PORT, config.NODE_HOST);
  return {
    port,
    async stop(hurry) {
      isStopping = true;
      await stopServing(server, config.SHUTDOWN_DRAIN, hurry);
      await services.graphqlServer.release();
    },
  };
}
