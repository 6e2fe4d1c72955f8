/** The demo data, a server that knows its own address, and identity providers of both kinds that the checks are themselves. */
import { FAKE_CLIENT, type FakeOpenId, startFakeOpenId } from "../../auth/sso/fakeOpenId.ts";
import { ISSUER, idp } from "../../auth/sso/samlDocuments.ts";
import { SSO_URL } from "../../auth/sso/samlExchange.ts";
import { addProvider, freePort, type Sso } from "../../auth/sso/useSso.ts";
import { PASSWORD } from "../../helpers/server.ts";
import type { Options } from "../group.ts";
import { type Basics, makeServerWorld, type ServerWorld } from "../serverWorld.ts";

export const OWNER = "owner@acme.test";
export const ADMIN = "admin@acme.test";
export const MEMBER = "member@acme.test";
export const GUEST = "guest@acme.test";
/** Guesses at one account, before it is closed for a while. */
export const GUESSES = 10;

export type Tokens = { accessToken: string; refreshToken: string; challenge?: { token: string } };
export type Told = { status: number; text: string; body: Record<string, unknown> & Tokens };
export type AuthWorld = ServerWorld & {
  google: FakeOpenId;
  saml: string;
  sso: Sso;
  send: (path: string, body?: object, token?: string) => Promise<Told>;
  login: (email: string, password?: string) => Promise<Tokens>;
};

export async function makeAuthWorld(options: Options, basics: Basics): Promise<AuthWorld> {
  const [port, google] = [await freePort(), await startFakeOpenId()];
  const world = await makeServerWorld(options, basics, {
    NODE_PORT: String(port),
    SERVER_URL: `http://localhost:${port}`,
    EGRESS_ALLOW: "127.0.0.1",
    RATE_LIMIT_SSO_ADDRESS: "0",
    RATE_LIMIT_SIGN_IN_ACCOUNT: String(GUESSES),
    AUTH_GOOGLE_ENABLED: "true",
    AUTH_GOOGLE_CLIENT_ID: FAKE_CLIENT.id,
    AUTH_GOOGLE_CLIENT_SECRET: FAKE_CLIENT.secret,
    AUTH_GOOGLE_ISSUER: google.url,
  });
  const sso = { url: world.url, adminUrl: world.adminUrl, sql: world.sql, output: () => world.server.output() } as Sso;
  const saml = await addProvider(sso, { type: "SAML", issuer: ISSUER, ssoUrl: SSO_URL, certificates: [idp.certificate] });
  const { end } = world;
  const send = async (path: string, body?: object, token?: string): Promise<Told> => {
    const response = await fetch(world.url + path, {
      method: body ? "POST" : "GET",
      redirect: "manual",
      headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, text, body: text.startsWith("{") ? JSON.parse(text) : {} };
  };
  return Object.assign(world, {
    google,
    saml,
    sso,
    send,
    login: async (email: string, password = PASSWORD) => (await send("/auth/login", { email, password })).body as Tokens,
    async end() {
      await google.stop();
      await end();
    },
  });
}
