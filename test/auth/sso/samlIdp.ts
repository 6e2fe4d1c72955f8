/** A real provider of SAML (samlp), at which everybody is signed in already, as `person`. */
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import express, { type RequestHandler } from "express";
import type { Identity } from "./certificate.ts";

const samlp = createRequire(import.meta.url)("samlp") as { auth(options: object): RequestHandler };

export type SamlPeer = {
  ssoUrl: string;
  person: { id: string; emails: { value: string }[]; name: { givenName: string; familyName: string } };
  /** What it does with each answer; `recipient` is where it goes. */
  options: Record<string, unknown>;
  stop(): Promise<void>;
};

export async function startSamlIdp(issuer: string, { key, certificate }: Identity): Promise<SamlPeer> {
  const app = express();
  app.set("query parser", "simple");
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const peer: SamlPeer = {
    ssoUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/login`,
    person: { id: "s-1", emails: [{ value: "owner@acme.test" }], name: { givenName: "Olive", familyName: "Owner" } },
    options: {},
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  app.get("/login", (req, res, next) => {
    samlp.auth({
      issuer,
      cert: certificate,
      key,
      lifetimeInSeconds: 300,
      getPostURL: (_asked: string, _dom: unknown, _req: unknown, done: (error: null, url: string) => void) =>
        done(null, String(peer.options["recipient"])),
      getUserFromRequest: () => peer.person,
      ...peer.options,
    })(req, res, next);
  });
  return peer;
}
