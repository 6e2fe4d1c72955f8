/**
 * Accounts over HTTP: `POST /auth/sign-up`, `/auth/verify-email`, `/auth/magic-link`,
 * `/auth/password-reset`, `/auth/password`. Whoever asks for a mail is told the same,
 * whether the address is known or not.
 */
import type { Request } from "express";
import type { Door } from "../src/auth/identity.ts";
import { optionalTextOf, textOf } from "../src/auth/texts.ts";
import { RelataError } from "../src/errors.ts";
import { addressOf } from "../src/rateLimits/rateLimits.ts";
import { callerOf, readJson, type Services } from "../src/routes.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      AccountRoutesPlugin: true;
    }
  }
}

const ON_ITS_WAY = { message: "If this address can come in, a mail is on its way to it." };

const doorOf = (body: unknown): Door => ({ workspace: optionalTextOf(body, "workspace"), invitation: optionalTextOf(body, "invitation") });

export const AccountRoutesPlugin: GraphileConfig.Plugin = {
  name: "AccountRoutesPlugin",
  description: "/auth/sign-up, /auth/verify-email, /auth/magic-link, /auth/password-reset, /auth/password",
  version: "1.0.0",

  routes: {
    add(router, services: Services) {
      const { accounts, config, rateLimits, signIns, strategies } = services;
      /** Each address is mailed to so often and no more, and each asker has so many mails sent. */
      const mayMail = (req: Request) => rateLimits.mail(textOf(req.body, "email").trim().toLowerCase(), addressOf(req));
      const requireOn = (isOn: boolean) => {
        if (!isOn) throw new RelataError("SIGN_IN_METHOD_DISABLED");
      };

      router.post("/auth/sign-up", readJson, async (req, res) => {
        const { body } = req;
        requireOn(config.AUTH_PASSWORD_ENABLED);
        const person = { firstName: optionalTextOf(body, "firstName"), lastName: optionalTextOf(body, "lastName") };
        await mayMail(req);
        await accounts.signUp(textOf(body, "email"), textOf(body, "password"), person, doorOf(body));
        res.status(202).json(ON_ITS_WAY);
      });
      router.post("/auth/verify-email", readJson, async ({ body }, res) => {
        const { identity, door } = await accounts.verifyEmail(textOf(body, "token"));
        res.json(await signIns.enter(identity, door));
      });

      router.post("/auth/magic-link", readJson, async (req, res) => {
        const { body } = req;
        requireOn(config.AUTH_MAGIC_LINK_ENABLED);
        await mayMail(req);
        await accounts.askMagicLink(textOf(body, "email"), doorOf(body));
        res.status(202).json(ON_ITS_WAY);
      });
      router.post("/auth/magic-link/sign-in", readJson, async (req, res) => {
        const proven = await strategies.prove("magicLink", req, res);
        if (proven) res.json(await signIns.enter(proven.identity, proven.door));
      });

      router.post("/auth/password-reset", readJson, async (req, res) => {
        const { body } = req;
        requireOn(config.AUTH_PASSWORD_ENABLED);
        await mayMail(req);
        await accounts.askPasswordReset(textOf(body, "email"), optionalTextOf(body, "workspace"));
        res.status(202).json(ON_ITS_WAY);
      });
      router.post("/auth/password-reset/confirm", readJson, async ({ body }, res) => {
        await accounts.resetPassword(textOf(body, "token"), textOf(body, "password"));
        res.status(204).end();
      });
      router.post("/auth/password", readJson, async (req, res) => {
        const caller = await callerOf(req, services);
        const change = () => accounts.changePassword(caller, textOf(req.body, "currentPassword"), textOf(req.body, "newPassword"));
        await rateLimits.guess(caller.userId, addressOf(req), change);
        res.status(204).end();
      });
    },
  },
};
