/** The ways to sign in, in the order in which a login page shows them; each is a passport strategy in a file of its own. */
import type { Request, Response } from "express";
import passport from "passport";
import type { Pool } from "pg";
import type { Config } from "../../config.ts";
import type { Egress } from "../../egress.ts";
import { RelataError } from "../../errors.ts";
import type { Door, Identity, SignInMethod } from "../identity.ts";
import type { Sealed } from "../sealed.ts";
import { googleStrategy } from "./google.ts";
import { magicLinkStrategy } from "./magicLink.ts";
import { microsoftStrategy } from "./microsoft.ts";
import { oidcStrategy } from "./oidc.ts";
import { passwordStrategy } from "./password.ts";
import { samlStrategy } from "./saml.ts";

/** What strategies are made with. */
export type StrategyServices = { config: Config; pool: Pool; sealed: Sealed; egress: Egress };

export type SignInStrategy = {
  /** As in its route, `/auth/<name>`. */
  name: string;
  method: SignInMethod;
  /** Whether the configuration lets it be used; a workspace may switch it off for itself (authz.begin_sign_in). */
  isOn: (config: Config) => boolean;
  /**
   * Its `success` is called with an Identity and, if it knows that, the Door. passport calls it on an object
   * made from the strategy, which private (#) fields are not on.
   */
  make: (services: StrategyServices) => passport.Strategy;
};

export const strategies: readonly SignInStrategy[] = [
  passwordStrategy,
  magicLinkStrategy,
  googleStrategy,
  microsoftStrategy,
  oidcStrategy,
  samlStrategy,
];

/** The strategies that are on, ready to be asked. */
export class Strategies {
  readonly #passport = new passport.Passport();
  readonly on: readonly SignInStrategy[];

  constructor(services: StrategyServices) {
    this.on = strategies.filter(({ isOn }) => isOn(services.config));
    for (const { name, make } of this.on) this.#passport.use(name, make(services));
  }

  /**
   * Whom the strategy of that name proves the sender to be; undefined when it has sent him on to a provider instead.
   * SIGN_IN_METHOD_DISABLED when it is off, BAD_CREDENTIALS when it fails.
   */
  async identify(name: string, req: Request, res: Response, options: object = {}): Promise<Identity | undefined> {
    return (await this.prove(name, req, res, options))?.identity;
  }

  /** The same, with where he wanted in, when the strategy knows. */
  prove(name: string, req: Request, res: Response, options: object = {}): Promise<{ identity: Identity; door?: Door } | undefined> {
    if (!this.on.some((strategy) => strategy.name === name)) throw new RelataError("SIGN_IN_METHOD_DISABLED");
    return new Promise((resolve, reject) => {
      const done = (error: unknown, identity?: unknown, door?: unknown) => {
        if (error) reject(error);
        else if (identity) resolve({ identity: identity as Identity, ...(door ? { door: door as Door } : {}) });
        else reject(new RelataError("BAD_CREDENTIALS"));
      };
      res.once("finish", () => resolve(undefined));
      this.#passport.authenticate(name, { ...options, session: false }, done)(req, res, reject);
    });
  }
}
