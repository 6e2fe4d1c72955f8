/**
 * A workspace's own identity provider, by SAML 2.0. @node-saml/passport-saml makes the
 * request and checks the signature; what it lets pass (SHA-1, any issuer, recipient and
 * destination, wrapped documents) is refused before and after (src/auth/saml/).
 *
 * The answer comes by a form from another site, to which the browser sends no cookie
 * of ours. So it is kept under a token, and the browser, sent on to us with that, shows
 * that it is the one that set out (plugins/SsoRoutesPlugin.ts).
 */
import type { Request } from "express";
import passport from "passport";
import { RelataError } from "../../errors.ts";
import type { Identity } from "../identity.ts";
import { readAssertion } from "../saml/assertion.ts";
import { libraryOf, newId, requestIds } from "../saml/library.ts";
import { personOf } from "../saml/person.ts";
import { checkResponse, type Expected } from "../saml/response.ts";
import { decode, refuseUnless } from "../saml/xml.ts";
import { samlAddresses } from "../sso/addresses.ts";
import { providerOf } from "../sso/providers.ts";
import { runStrategy } from "../sso/runStrategy.ts";
import { type Journey, keepInBrowser, sealJourney, useOnce } from "../sso/state.ts";
import type { SignInStrategy, StrategyServices } from "./index.ts";

/** For setting out, `start`; for an answer, the body of its form. */
export type SamlOptions = { provider: string; baseUrl: string; start?: Journey };

type Profile = { getAssertionXml?(): string };

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
