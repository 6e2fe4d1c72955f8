/**
 * What the strategies of OpenID Connect share: openid-client's strategy, with state,
 * nonce and PKCE always, the signature of ID tokens always checked, and all that must
 * be remembered in the browser that set out.
 */
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
import passport from "passport";
import type { Pool } from "pg";
import { type Egress, type EgressInit, EgressRefused } from "../../egress.ts";
import { RelataError } from "../../errors.ts";
import type { Identity } from "../identity.ts";
import type { Sealed } from "../sealed.ts";
import { runStrategy } from "../sso/runStrategy.ts";
import { type Journey, keepInBrowser, openJourney, sealJourney, takeFromBrowser, useOnce } from "../sso/state.ts";

export type Claims = { sub: string; iss: string } & Record<string, unknown>;

/** A provider to send people to, and what its claims mean. */
export type OpenIdClient = {
  configuration: Configuration;
  identityOf: (claims: Claims) => Identity;
  /** The one workspace that it signs in to, if it is a workspace's own. */
  workspace?: string;
};

/** For setting out, `start`; for coming back, nothing. */
export type OpenIdOptions = { start?: Journey & { /** Of several providers, which. */ provider?: string }; callbackUrl: string };

type StateData = { state: string; nonce: string; code_verifier: string };
type Kept = Journey & { provider?: string; stateData: StateData };

const SESSION = "relata";
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
async function claimsOf(configuration: Configuration, tokens: TokenEndpointResponse & TokenEndpointResponseHelpers): Promise<Claims> {
  const claims = tokens.claims() as Claims | undefined;
  if (!claims) throw new Error("There is no ID token.");
  if (claims["email"] !== undefined || !configuration.serverMetadata().userinfo_endpoint) return claims;
  return { ...(await fetchUserInfo(configuration, tokens.access_token, claims.sub)), ...claims };
}

class StatefulStrategy extends Strategy {
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

/** A passport strategy (which passport copies, so that nothing of it may be `#private`) whose `success` is called with an Identity. Where the person wanted to go is left in `res.locals.journey`. */
export class OpenIdStrategy extends passport.Strategy {
  private readonly provider: string;
  private readonly pool: Pool;
  private readonly sealed: Sealed;
  private readonly clientOf: (provider: string | undefined) => Promise<OpenIdClient>;

  constructor(
    name: string,
    { pool, sealed }: { pool: Pool; sealed: Sealed },
    clientOf: (provider: string | undefined) => Promise<OpenIdClient>,
  ) {
    super();
    this.provider = name;
    this.pool = pool;
    this.sealed = sealed;
    this.clientOf = clientOf;
  }

  override authenticate(req: Request, { start, callbackUrl }: OpenIdOptions): void {
    if (start)
      this.setOut(req, start, callbackUrl).then(
        (url) => this.redirect(url),
        (error) => this.error(refusalOf(error)),
      );
    else
      this.comeBack(req, callbackUrl).then(
        (identity) => this.success(identity),
        (error) => this.error(refusalOf(error)),
      );
  }

  private strategyOf({ configuration, identityOf }: OpenIdClient): Strategy {
    const options = { config: configuration, name: this.provider, sessionKey: SESSION, scope: "openid email profile" };
    return new StatefulStrategy(options, (tokens, done) => {
      claimsOf(configuration, tokens)
        .then((claims) => done(null, identityOf(claims) as never))
        .catch(done);
    });
  }

  private async setOut(req: Request, { provider, ...journey }: NonNullable<OpenIdOptions["start"]>, callbackUrl: string): Promise<string> {
    const session: { [SESSION]?: StateData } = {};
    const client = await this.clientOf(provider);
    if (client.workspace) journey.door.workspace = client.workspace;
    const strategy = this.strategyOf(client) as never;
    const outcome = await runStrategy<Identity>(strategy, withSession(req, session), { callbackURL: callbackUrl, isStart: true });
    if (!("redirect" in outcome)) throw new Error("expected to be sent on");
    const stateData = session[SESSION]!;
    const kept: Kept = { ...journey, ...(provider && { provider }), stateData };
    keepInBrowser(req.res!, stateData.state, sealJourney(this.sealed, `${this.provider}:${stateData.state}`, kept));
    return outcome.redirect;
  }

  private async comeBack(req: Request, callbackUrl: string): Promise<Identity> {
    const { state } = req.query;
    if (typeof state !== "string") throw new Error("There is no state.");
    const kept = openJourney<Kept>(this.sealed, `${this.provider}:${state}`, takeFromBrowser(req, req.res!, state));
    if (!kept) throw new Error("This browser did not set out with this state.");
    await useOnce(this.pool, "OAUTH_STATE", state);
    const { stateData, provider, ...journey } = kept;
    const strategy = this.strategyOf(await this.clientOf(provider)) as never;
    const outcome = await runStrategy<Identity>(strategy, withSession(req, { [SESSION]: stateData }), { callbackURL: callbackUrl });
    if (!("user" in outcome)) throw new Error("expected an identity");
    req.res!.locals["journey"] = journey;
    return outcome.user;
  }
}

/** The request, with the session that openid-client's strategy asks for and that we keep elsewhere. */
const withSession = (req: Request, session: object): Request => Object.create(req, { session: { value: session } }) as Request;
