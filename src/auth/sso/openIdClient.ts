/** openid-client as we use it: through our one way out, with state and nonce always, and every ID token's signature checked. */
import type { Request } from "express";
import {
  allowInsecureRequests,
  type Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  randomNonce,
  randomState,
  type TokenEndpointResponse,
  type TokenEndpointResponseHelpers,
} from "openid-client";
import { type AuthenticateOptions, Strategy } from "openid-client/passport";
import { type Egress, type EgressInit, EgressRefused } from "../../egress.ts";
import { RelataError } from "../../errors.ts";

export type Claims = { sub: string; iss: string } & Record<string, unknown>;

const DISCOVERY_SECONDS = 10;

/**
 * The address, client and endpoints of a provider, from its own discovery document. Without TLS only where the
 * provider's own address has none: egress lets nothing but what the configuration allows be reached so.
 */
export async function discover(
  egress: Egress,
  issuer: URL,
  clientId: string,
  clientSecret: string,
  { fetchAs = egress.fetch, isPlain }: { fetchAs?: Egress["fetch"]; isPlain?: boolean } = {},
): Promise<Configuration> {
  const mayBePlain = isPlain ?? issuer.protocol === "http:";
  const configuration = await discovery(issuer, clientId, clientSecret, undefined, {
    [customFetch]: (url, options) => fetchAs(url, { ...(options as EgressInit), onlyTls: true }),
    timeout: DISCOVERY_SECONDS,
    execute: [enableNonRepudiationChecks, ...(mayBePlain ? [allowInsecureRequests] : [])],
  });
  configuration.timeout = DISCOVERY_SECONDS;
  return configuration;
}

/** What the ID token says of a person; what it leaves out, the provider is asked for. */
export async function claimsOf(
  configuration: Configuration,
  tokens: TokenEndpointResponse & TokenEndpointResponseHelpers,
): Promise<Claims> {
  const claims = tokens.claims() as Claims | undefined;
  if (!claims) throw new Error("There is no ID token.");
  if (claims["email"] !== undefined || !configuration.serverMetadata().userinfo_endpoint) return claims;
  return { ...(await fetchUserInfo(configuration, tokens.access_token, claims.sub)), ...claims };
}

export class StatefulStrategy extends Strategy {
  /** One more than PKCE needs: state tells the browser that set out, nonce the token that answers it. */
  override authorizationRequestParams<T extends AuthenticateOptions>(req: Request, options: T): URLSearchParams {
    const params = new URLSearchParams(super.authorizationRequestParams(req, options));
    params.set("state", randomState());
    params.set("nonce", randomNonce());
    return params;
  }

  // Neither the Host header nor a missing code decides anything.
  override currentUrl(req: Request): URL {
    return new URL(`http://localhost/${req.originalUrl.replace(/^[^?]*/, "")}`);
  }

  override shouldInitiateAuthRequest<T extends AuthenticateOptions>(_req: Request, _currentUrl: URL, options: T): boolean {
    return (options as { isStart?: boolean }).isStart === true;
  }
}

/** Ours for what a library or the network says; a refusal by the provider's answer is not told apart further. */
export function refusalOf(error: unknown): RelataError {
  if (error instanceof RelataError) return error;
  const { code, cause, name } = error as { code?: string; cause?: { code?: string }; name?: string };
  const isAway = [code, cause?.code].some((one) => /^(?:E[A-Z]+|ABORT_ERR|CERT_.*|DEPTH_.*|SELF_SIGNED.*|UNABLE_.*)$/.test(one ?? ""));
  const isNetwork =
    isAway || error instanceof EgressRefused || cause instanceof EgressRefused || name === "TimeoutError" || code === "OAUTH_TIMEOUT";
  return new RelataError(isNetwork ? "IDENTITY_PROVIDER_UNAVAILABLE" : "SIGN_IN_REFUSED", undefined, { cause: error });
}
