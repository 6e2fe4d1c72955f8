/**
 * Second factors over HTTP: `POST /auth/second-factor` ends a sign-in that waits for
 * one; the others enrol, show and take away. Who is asked to enrol before he is let in
 * brings his challenge's `token` in place of a bearer token.
 */
import type { Request, Response } from "express";
import { codeOf, newPasskeyOf, passkeyAnswerOf, proofOf } from "../src/auth/factorInputs.ts";
import { digest } from "../src/auth/oneTimeTokens.ts";
import type { Asker, SignedIn } from "../src/auth/secondFactors.ts";
import { optionalTextOf, textOf } from "../src/auth/texts.ts";
import { RelataError } from "../src/errors.ts";
import { addressOf } from "../src/rateLimits/rateLimits.ts";
import { callerOf, readJson, type Services } from "../src/routes.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      SecondFactorRoutesPlugin: true;
    }
  }
}

export const SecondFactorRoutesPlugin: GraphileConfig.Plugin = {
  name: "SecondFactorRoutesPlugin",
  description: "/auth/second-factor, /auth/totp, /auth/recovery-codes and /auth/passkeys",
  version: "1.0.0",

  routes: {
    add(router, services: Services) {
      const { config, secondFactors, passkeys, rateLimits, signIns, strategies } = services;
      const signedIn = async (req: Request): Promise<SignedIn> => {
        const { userId, workspaceId, sessionId } = await callerOf(req, services);
        return { userId, workspaceId, sessionId };
      };
      const challenged = (body: unknown): Asker => ({ challenge: digest(textOf(body, "token")).toString("hex") });
      const asker = async (req: Request): Promise<Asker> => (optionalTextOf(req.body, "token") ? challenged(req.body) : signedIn(req));
      /** Whoever enrols may give his password once more, when his sign-in is not young. */
      const enroller = async (req: Request): Promise<Asker> => {
        const who = await asker(req);
        const password = optionalTextOf(req.body, "password");
        return password && "userId" in who ? secondFactors.withPassword(who, password) : who;
      };
      /** A challenge that was passed by enrolling becomes tokens. */
      const letIn = async (body: unknown, enrolled: object): Promise<object> => {
        const token = optionalTextOf(body, "token");
        return token ? { ...(await signIns.finish(token)), ...enrolled } : enrolled;
      };
      const post = (path: string, answer: (req: Request, res: Response) => Promise<unknown>) =>
        router.post(path, readJson, async (req, res) => void res.json(await answer(req, res)));

      post("/auth/second-factor", async ({ body }) => {
        await secondFactors.pass(challenged(body), proofOf(body));
        return signIns.finish(textOf(body, "token"));
      });
      post("/auth/second-factor/options", async (req) => passkeys.ask(await asker(req)));
      router.get("/auth/second-factors", async (req, res) => void res.json(await secondFactors.list(await signedIn(req))));

      post("/auth/totp/enrol", async (req) => secondFactors.beginTotp(await enroller(req)));
      post("/auth/totp/verify", async (req) => {
        return letIn(req.body, await secondFactors.confirmTotp(await asker(req), codeOf(req.body)));
      });
      post("/auth/totp/disable", async (req) => {
        const who = await signedIn(req);
        await secondFactors.disableTotp(who, proofOf(req.body));
        return secondFactors.list(who);
      });
      post("/auth/recovery-codes", async (req) => secondFactors.renewRecoveryCodes(await signedIn(req), proofOf(req.body)));

      post("/auth/passkeys/options", async (req) => passkeys.offer(await enroller(req)));
      post("/auth/passkeys", async (req) => {
        const name = optionalTextOf(req.body, "name")?.slice(0, 100) ?? "Passkey";
        return letIn(req.body, await passkeys.add(await asker(req), newPasskeyOf(req.body), name));
      });
      post("/auth/passkeys/remove", async (req) => {
        const who = await signedIn(req);
        await secondFactors.removePasskey(who, proofOf(req.body), textOf(req.body, "id"));
        return secondFactors.list(who);
      });

      post("/auth/passkeys/sign-in/options", async () => {
        if (!config.AUTH_PASSKEY_ENABLED) throw new RelataError("SIGN_IN_METHOD_DISABLED");
        return passkeys.askAnybody();
      });
      router.post("/auth/passkeys/sign-in", readJson, async (req, res) => {
        const workspace = optionalTextOf(req.body, "workspace");
        const enter = async () => {
          const identity = await strategies.identify("passkey", req, res);
          return identity && signIns.enter(identity, { workspace });
        };
        const entered = await rateLimits.guess(`passkey ${passkeyAnswerOf(req.body).id}`, addressOf(req), enter);
        if (entered) res.json(entered);
      });
    },
  },
};
