/**
 * The way of a browser to a provider and back: `/auth/google`, `/auth/microsoft`, and of
 * workspaces' own providers `/auth/oidc` and `/auth/saml`. Each ends at the frontend with
 * a login token.
 */
import type { Request, Response, Router } from "express";
import type { Identity } from "../src/auth/identity.ts";
import { digest, newToken } from "../src/auth/oneTimeTokens.ts";
import { metadataOf } from "../src/auth/saml/metadata.ts";
import { samlAddresses, serverUrl } from "../src/auth/sso/addresses.ts";
import { browserStep, journeyOf } from "../src/auth/sso/browser.ts";
import { findProvider } from "../src/auth/sso/findProvider.ts";
import { providerOf } from "../src/auth/sso/providers.ts";
import { type Journey, openJourney, takeFromBrowser } from "../src/auth/sso/state.ts";
import { RelataError } from "../src/errors.ts";
import { readForm, readJson, type Services } from "../src/routes.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      SsoRoutesPlugin: true;
    }
  }
}

const ANSWER_SECONDS = 120;

type Answered = { identity: Identity; request: string };

/** Sets out to a provider of OpenID Connect, and comes back. */
function addOpenId(router: Router, services: Services, name: string, [away, back]: [string, string]): void {
  const { config, strategies, signIns } = services;
  const callbackOf = (req: Request) => serverUrl(config, req) + back;
  const setOut = async (req: Request, res: Response) => {
    const { idp } = req.params;
    const start = { ...journeyOf(req), ...(typeof idp === "string" && { provider: idp }) };
    await strategies.identify(name, req, res, { start, callbackUrl: callbackOf(req) });
  };
  const comeBack = async (req: Request, res: Response) => {
    const identity = await strategies.identify(name, req, res, { callbackUrl: callbackOf(req) });
    const { door, returnTo } = res.locals["journey"] as Journey;
    await signIns.redirect(res, identity!, door, returnTo);
  };
  router.get(away, browserStep(services, setOut));
  router.get(back, browserStep(services, comeBack, { isTry: true }));
}

/** Sets out to a provider of SAML; its answer comes as a form, from which the browser is sent on to show that it is the same. */
function addSaml(router: Router, services: Services): void {
  const { config, pool, sealed, strategies, signIns } = services;
  const identify = (req: Request, res: Response, start?: Journey) =>
    strategies.identify("saml", req, res, { provider: req.params["idp"], baseUrl: serverUrl(config, req), start });

  const setOut = async (req: Request, res: Response) => void (await identify(req, res, journeyOf(req)));

  const takeAnswer = async (req: Request, res: Response) => {
    const identity = (await identify(req, res))!;
    const token = newToken();
    const answered: Answered = { identity, request: res.locals["samlRequest"] as string };
    const values = [digest(token), JSON.stringify(answered), ANSWER_SECONDS];
    await pool.query("select authz.keep_token('SAML_ANSWER', $1, null, null, $2, make_interval(secs => $3))", values);
    res.redirect(303, `/auth/saml/finish?token=${token}`);
  };

  const finish = async (req: Request, res: Response) => {
    const { token } = req.query;
    const { rows } = await pool.query<{ data: Answered }>("select data from authz.use_token('SAML_ANSWER', $1)", [digest(String(token))]);
    const { identity, request } = rows[0]?.data ?? {};
    const journey = request && openJourney<Journey>(sealed, `saml:${request}`, takeFromBrowser(req, res, request));
    if (!identity || !journey) throw new RelataError("SIGN_IN_REFUSED", undefined, { cause: new Error("another browser set out") });
    await signIns.redirect(res, identity, journey.door, journey.returnTo);
  };

  router.get("/auth/saml/login/:idp", browserStep(services, setOut));
  router.post("/auth/saml/callback/:idp", readForm, browserStep(services, takeAnswer, { isTry: true }));
  router.get("/auth/saml/finish", browserStep(services, finish, { isTry: true }));
  router.get("/auth/saml/metadata/:idp", async (req, res) => {
    const provider = await providerOf(pool, req.params["idp"], "SAML");
    res.type("application/samlmetadata+xml").send(metadataOf(samlAddresses(serverUrl(config, req), provider.id)));
  });
}

export const SsoRoutesPlugin: GraphileConfig.Plugin = {
  name: "SsoRoutesPlugin",
  description: "Signing in with Google, Microsoft, and workspaces' own providers",
  version: "1.0.0",

  routes: {
    add(router, services: Services) {
      addOpenId(router, services, "google", ["/auth/google", "/auth/google/redirect"]);
      addOpenId(router, services, "microsoft", ["/auth/microsoft", "/auth/microsoft/redirect"]);
      addOpenId(router, services, "oidc", ["/auth/oidc/login/:idp", "/auth/oidc/callback"]);
      addSaml(router, services);
      router.post("/auth/saml/login", readJson, async (req, res) => {
        res.setHeader("cache-control", "no-store").json(await findProvider(services.pool, serverUrl(services.config, req), req.body));
      });
    },
  },
};
