/**
 * What the strategies of OpenID Connect share: openid-client's strategy, with state,
 * nonce and PKCE always, the signature of ID tokens always checked, and all that must
 * be remembered in the browser that set out.
 */
import type { Request } from "express";
import type { Configuration } from "openid-client";
import type { Strategy } from "openid-client/passport";
import passport from "passport";
import type { Pool } from "pg";
import type { Identity } from "../identity.ts";
import type { Sealed } from "../sealed.ts";
import { type Claims, claimsOf, refusalOf, StatefulStrategy } from "../sso/openIdClient.ts";
import { runStrategy } from "../sso/runStrategy.ts";
import { type Journey, keepInBrowser, openJourney, sealJourney, takeFromBrowser, useOnce } from "../sso/state.ts";

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
