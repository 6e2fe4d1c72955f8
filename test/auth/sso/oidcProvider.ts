/** A real provider of OpenID Connect (oidc-provider), at which everybody is signed in already, as `person`. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type Provider from "oidc-provider";

export type Person = { sub: string; email?: string; email_verified?: boolean; given_name?: string; family_name?: string; hd?: string };
export type OidcPeer = { issuer: string; person: Person; stop(): Promise<void> };

export const CLIENT = { client_id: "relata", client_secret: "a secret that is long enough 0123456789" };

/** Starts it with one client, which people are sent back to at `redirectUris`. */
export async function startOidcProvider(redirectUris: string[]): Promise<OidcPeer> {
  const { Provider: Made } = await import("oidc-provider");
  const handlers: { answer: (req: IncomingMessage, res: ServerResponse) => void } = { answer: (_req, res) => void res.end() };
  const server = createServer((req, res) => handlers.answer(req, res));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const peer: OidcPeer = {
    issuer,
    person: { sub: "nobody" },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  // It reminds of what a test can do without.
  console.warn = console.info = () => {};
  const provider: Provider = new Made(issuer, {
    clients: [{ ...CLIENT, redirect_uris: redirectUris, token_endpoint_auth_method: "client_secret_post" }],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["given_name", "family_name", "hd"] },
    conformIdTokenClaims: true,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    findAccount: (_ctx: unknown, accountId: string) => ({ accountId, claims: async () => ({ ...peer.person, sub: accountId }) }),
    pkce: { required: () => true },
    cookies: { keys: ["only for tests"] },
  } as never);
  const callback = provider.callback();
  handlers.answer = (req, res) => {
    if (!req.url!.startsWith("/interaction/")) return void callback(req, res);
    finish(provider, peer, req, res).catch((error: Error) => res.writeHead(500).end(error.stack));
  };
  return peer;
}

/** Says of an interaction that the person has signed in, and consented. */
async function finish(provider: Provider, { person }: OidcPeer, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { params, prompt, session } = await provider.interactionDetails(req, res);
  if (prompt.name === "login") return provider.interactionFinished(req, res, { login: { accountId: person.sub } });
  const grant = new provider.Grant({ accountId: session!.accountId, clientId: String(params["client_id"]) });
  grant.addOIDCScope(String(params["scope"]));
  await provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } });
}
