/** Relata with providers of every kind, for the tests of a file. */

import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import type { QueryResultRow } from "pg";
import { Sealed } from "../../../src/auth/sealed.ts";
import { secretPurpose } from "../../../src/auth/sso/providers.ts";
import { TEST_SECRET, useTestDatabase } from "../../helpers/db.ts";
import { adminQuery, startTestServer, type TestServer } from "../../helpers/server.ts";
import { Browser } from "./browser.ts";

export type Sso = {
  url: string;
  adminUrl: string;
  sql<Row extends QueryResultRow>(text: string, values?: unknown[], workspace?: string): Promise<Row[]>;
  output: () => string;
};

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A server whose address is known before it starts; `prepare` starts the peers and says what they are to be reached by. */
export function useSso(prepare: (url: string) => Promise<{ env?: Record<string, string>; stop: () => Promise<void> }>): Sso {
  const database = useTestDatabase();
  const sso = { url: "", adminUrl: "", output: () => "" } as Sso;
  let started: TestServer | undefined;
  let stopPeers = async (): Promise<void> => {};
  beforeAll(async () => {
    const port = await freePort();
    const url = `http://localhost:${port}`;
    const { env, stop } = await prepare(url);
    stopPeers = stop;
    started = await startTestServer({
      PG_DATABASE_URL: database.adminUrl,
      NODE_PORT: String(port),
      SERVER_URL: url,
      EGRESS_ALLOW: "127.0.0.1",
      RATE_LIMIT_SSO_ADDRESS: "0",
      ...env,
    });
    Object.assign(sso, { url, adminUrl: database.adminUrl, output: started.output, sql: adminQuery.bind(undefined, database.adminUrl) });
  });
  afterAll(async () => {
    await started?.stop();
    await stopPeers();
  });
  return sso;
}

export type ProviderData = {
  type: "OIDC" | "SAML";
  issuer: string;
  workspace?: string;
  clientId?: string;
  clientSecret?: string;
  ssoUrl?: string;
  certificates?: string[];
  domains?: string[];
};

/** Puts in an identity provider with proven domains; answers its id. */
export async function addProvider({ sql }: Sso, data: ProviderData): Promise<string> {
  const {
    type,
    issuer,
    workspace = "acme",
    clientId = null,
    clientSecret,
    ssoUrl = null,
    certificates = [],
    domains = ["acme.test"],
  } = data;
  const id = crypto.randomUUID();
  const secret = clientSecret === undefined ? null : new Sealed(TEST_SECRET).seal(secretPurpose(id), clientSecret);
  await sql(
    `with p as (
       insert into core.identity_providers (id, workspace_id, name, type, issuer, client_id, sso_url, certificates)
       select $1::uuid, w.id, $1::text, $2, $3, $4, $5, $6 from core.workspaces w where w.subdomain = $7 returning id, workspace_id),
     s as (insert into private.identity_provider_secrets select id, workspace_id, $8::bytea from p),
     d as (insert into core.identity_provider_domains (workspace_id, provider_id, domain, verified_at)
           select workspace_id, id, unnest($9::text[]), now() from p returning id, domain, provider_id, workspace_id)
     insert into private.verified_domains select id, domain, provider_id, workspace_id from d`,
    [id, type, issuer, clientId, ssoUrl, certificates, workspace, secret, domains],
    workspace,
  );
  return id;
}

export type Signed = {
  status: number;
  body: {
    accessToken?: string;
    userToken?: string;
    workspaces?: unknown[];
    workspace?: { subdomain: string };
    errors?: { extensions: { code: string } }[];
  };
};

/** Trades the login token that a step ends with. */
export async function trade({ url }: Sso, location: string): Promise<Signed> {
  const loginToken = new URL(location).searchParams.get("loginToken");
  const response = await fetch(`${url}/auth/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ loginToken }),
  });
  return { status: response.status, body: (await response.json()) as Signed["body"] };
}

const isHome = (location: string) => new URL(location).searchParams.has("loginToken");

/** Sets out to `path`, and goes on to the end; answers what came of it: a workspace and the user's address, or an error's code. */
export async function signInBy(sso: Sso, path: string, browser = new Browser()): Promise<string> {
  const step = await browser.follow(sso.url + path, isHome);
  return outcomeOf(sso, step);
}

/** What a last step comes to. */
export async function outcomeOf(sso: Sso, step: { status: number; location: string | undefined; text: string }): Promise<string> {
  if (step.location === undefined || !isHome(step.location)) {
    const code = codeOf(step.text) ?? `${step.status} ${step.text.slice(0, 200)}`;
    if (code === "INTERNAL_ERROR") throw new Error(sso.output());
    return code;
  }
  const { status, body } = await trade(sso, step.location);
  if (status !== 200) return body.errors?.[0]?.extensions.code ?? String(status);
  if (body.userToken) return `nowhere, ${body.workspaces!.length} to choose from`;
  const { sub } = JSON.parse(Buffer.from(body.accessToken!.split(".")[1]!, "base64url").toString()) as { sub: string };
  const [user] = await sso.sql<{ email: string }>("select email from core.users where id = $1", [sub]);
  return `${body.workspace!.subdomain} ${user!.email}`;
}

export function codeOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { errors: { extensions: { code: string } }[] }).errors[0]!.extensions.code;
  } catch {
    return undefined;
  }
}
