/** Where providers send people back to. By our own configuration, never by what a request says its host is. */
import type { Request } from "express";
import type { Config } from "../../config.ts";

/** The public address of this server, without a slash at its end; where none is configured, the port that it was asked at. */
export const serverUrl = ({ SERVER_URL, NODE_PORT }: Config, req?: Request): string =>
  SERVER_URL ? SERVER_URL.replace(/\/+$/, "") : `http://localhost:${req?.socket.localPort ?? NODE_PORT}`;

/** Of a SAML provider: our name, where its answers go, and where its people begin. */
export const samlAddresses = (base: string, providerId: string) => ({
  entityId: `${base}/auth/saml/metadata/${providerId}`,
  callback: `${base}/auth/saml/callback/${providerId}`,
  login: `${base}/auth/saml/login/${providerId}`,
});

export const oidcLogin = (base: string, providerId: string): string => `${base}/auth/oidc/login/${providerId}`;
