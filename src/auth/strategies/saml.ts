/**
 * A workspace's own identity provider, by SAML 2.0. @node-saml/passport-saml makes the
 * request and checks the signature; what it lets pass (SHA-1, any issuer, recipient and
 * destination, wrapped documents) is refused before and after (src/auth/saml/).
 *
 * The answer comes by a form from another site, to which the browser sends no cookie
 * of ours. So it is kept under a token, and the browser, sent on to us with that, shows
 * that it is the one that set out (plugins/SsoRoutesPlugin.ts).
 */
import { Strategy as SamlStrategy, ValidateInResponseTo } from "@node-saml/passport-saml";
import type { Request } from "express";
import passport from "passport";
import { RelataError } from "../../errors.ts";
import type { Identity } from "../identity.ts";
import { readAssertion } from "../saml/assertion.ts";
import { personOf } from "../saml/person.ts";
import { checkResponse, type Expected } from "../saml/response.ts";
import { decode, refuseUnless } from "../saml/xml.ts";
import type { Sealed } from "../sealed.ts";
import { samlAddresses } from "../sso/addresses.ts";
import { type IdentityProvider, providerOf } from "../sso/providers.ts";
import { runStrategy } from "../sso/runStrategy.ts";
import { JOURNEY_SECONDS, type Journey, keepInBrowser, sealJourney, useOnce } from "../sso/state.ts";
import type { SignInStrategy, StrategyServices } from "./index.ts";

/** For setting out, `start`; for an answer, the body of its form. */
export type SamlOptions = { provider: string; baseUrl: string; start?: Journey };

type Cache = {
  saveAsync(id: string, value: string): Promise<null>;
  getAsync(id: string): Promise<string | null>;
  removeAsync(): Promise<null>;
};
type Profile = { getAssertionXml?(): string };

/** An id of a request that we alone can make (random by how it is sealed), of one provider and for a while. So nothing need be kept of who only sets out. */
const newId = (sealed: Sealed, { id }: IdentityProvider): string => `_${sealed.seal(`saml:${id}`, String(Date.now())).toString("hex")}`;

/** When an id of that provider's was made, in milliseconds; undefined for any that we did not make, or too long ago. */
function madeAt(sealed: Sealed, { id }: IdentityProvider, requestId: string): number | undefined {
  if (!/^_(?:[0-9a-f]{2})+$/.test(requestId)) return undefined; // one way to write each
  try {
    const made = Number(sealed.open(`saml:${id}`, Buffer.from(requestId.slice(1), "hex")));
    return made > Date.now() - JOURNEY_SECONDS * 1000 ? made : undefined;
  } catch {
    return undefined;
  }
}

/** Asked for once, an id is used up, whatever comes of the answer; PostgreSQL remembers that for all servers. */
function requestIds({ pool, sealed }: StrategyServices, provider: IdentityProvider): Cache {
  const found = new Map<string, string | null>();
  return {
    saveAsync: async () => null,
    async getAsync(id) {
      if (!found.has(id)) {
        const made = madeAt(sealed, provider, id);
        if (made !== undefined) await useOnce(pool, "SAML_ID", id);
        found.set(id, made === undefined ? null : new Date(made).toISOString());
      }
      return found.get(id)!;
    },
    removeAsync: async () => null,
  };
}

function libraryOf(
  provider: IdentityProvider,
  { destination, issuer, audience }: Expected,
  cacheProvider: Cache,
  requestId: string,
  isSigned = false,
): passport.Strategy {
  const options = {
    callbackUrl: destination,
    entryPoint: provider.sso_url!,
    issuer: audience,
    audience,
    idpIssuer: issuer,
    idpCert: provider.certificates,
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: isSigned, // most sign one of the two; where both are signed, both must hold
    signatureAlgorithm: "sha256" as const,
    digestAlgorithm: "sha256",
    identifierFormat: null,
    disableRequestedAuthnContext: true,
    acceptedClockSkewMs: 60_000,
    validateInResponseTo: ValidateInResponseTo.always,
    requestIdExpirationPeriodMs: JOURNEY_SECONDS * 1000,
    generateUniqueId: () => requestId,
    cacheProvider: cacheProvider as never,
  };
  const found = (profile: unknown, done: (error: null, user: Record<string, unknown>) => void) => done(null, profile as never);
  return new SamlStrategy(options, found as never, found as never) as unknown as passport.Strategy;
}

/** What the library sees of a request: nothing but what is meant for it. */
const bare = (body: object): Request => ({ query: {}, body, headers: {} }) as unknown as Request;

class SamlSignIn extends passport.Strategy {
  private readonly services: StrategyServices;

  constructor(services: StrategyServices) {
    super();
    this.services = services;
  }

  override authenticate(req: Request, options: SamlOptions): void {
    const refuse = (error: unknown) =>
      this.error(error instanceof RelataError ? error : new RelataError("SIGN_IN_REFUSED", undefined, { cause: error }));
    if (options.start)
      this.setOut(req, options, options.start)
        .then((url) => this.redirect(url))
        .catch(refuse);
    else
      this.read(req, options)
        .then((identity) => this.success(identity))
        .catch(refuse);
  }

  private async ask({ provider: id, baseUrl }: SamlOptions) {
    const provider = await providerOf(this.services.pool, id, "SAML");
    const { entityId, callback } = samlAddresses(baseUrl, provider.id);
    const expected: Expected = { destination: callback, issuer: provider.issuer, audience: entityId };
    return { provider, expected, ids: requestIds(this.services, provider) };
  }

  private async setOut(req: Request, options: SamlOptions, { door, returnTo }: Journey): Promise<string> {
    const { provider, expected, ids } = await this.ask(options);
    const requestId = newId(this.services.sealed, provider);
    const outcome = await runStrategy(libraryOf(provider, expected, ids, requestId), bare({}), {});
    if (!("redirect" in outcome)) throw new Error("expected to be sent on");
    const journey: Journey = { door: { ...door, workspace: provider.subdomain }, ...(returnTo && { returnTo }) };
    keepInBrowser(req.res!, requestId, sealJourney(this.services.sealed, `saml:${requestId}`, journey));
    return outcome.redirect;
  }

  /** Leaves the id of the request that it answers in `res.locals.samlRequest`: by that the browser is known. */
  private async read(req: Request, options: SamlOptions): Promise<Identity> {
    const { provider, expected, ids } = await this.ask(options);
    const xml = decode((req.body as { SAMLResponse?: unknown } | undefined)?.SAMLResponse);
    const { answered, isSigned } = checkResponse(xml, expected);
    const outcome = await runStrategy<Profile>(
      libraryOf(provider, expected, ids, answered, isSigned),
      bare({ SAMLResponse: Buffer.from(xml).toString("base64") }),
      {},
    );
    const signed = "user" in outcome ? outcome.user.getAssertionXml?.() : undefined;
    refuseUnless(signed !== undefined, "nothing signed");
    const assertion = readAssertion(signed, expected, answered);
    await useOnce(
      this.services.pool,
      "SAML_ASSERTION",
      `${provider.id} ${assertion.id}`,
      Math.ceil((assertion.endsAt - Date.now()) / 1000),
    );
    req.res!.locals["samlRequest"] = answered;
    return personOf(assertion, provider.issuer, provider.id);
  }
}

export const samlStrategy: SignInStrategy = {
  name: "saml",
  method: "SAML",
  isOn: () => true,
  make: (services) => new SamlSignIn(services),
};
