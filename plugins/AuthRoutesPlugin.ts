/**
 * Signing in and staying so: `POST /auth/login`, `/auth/token`, `/auth/refresh`,
 * `/auth/logout`, `/auth/logout-all`, and `GET /auth/methods` for a login page.
 */
import type { Door } from "../src/auth/identity.ts";
import { optionalTextOf, textOf } from "../src/auth/texts.ts";
import { addressOf } from "../src/rateLimits/rateLimits.ts";
import { callerOf, readJson, type Services } from "../src/routes.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      AuthRoutesPlugin: true;
    }
  }
}

export const AuthRoutesPlugin: GraphileConfig.Plugin = {
  name: "AuthRoutesPlugin",
  description: "/auth/login, /auth/token, /auth/refresh, /auth/logout, /auth/methods",
  version: "1.0.0",

  routes: {
    add(router, services: Services) {
      const { accessTokens, rateLimits, sessions, signIns, strategies } = services;
      router.use("/auth", (_req, res, next) => {
        res.setHeader("cache-control", "no-store");
        next();
      });

      router.post("/auth/login", readJson, async (req, res) => {
        const door: Door = { workspace: optionalTextOf(req.body, "workspace"), invitation: optionalTextOf(req.body, "invitation") };
        const enter = async () => {
          const identity = await strategies.identify("password", req, res);
          return identity && signIns.enter(identity, door);
        };
        const entered = await rateLimits.guess(textOf(req.body, "email").toLowerCase(), addressOf(req), enter);
        if (entered) res.json(entered);
      });

      // What a browser was sent back with, or the token of a user who has chosen his workspace.
      router.post("/auth/token", readJson, async ({ body }, res) => {
        const userToken = optionalTextOf(body, "userToken");
        if (!userToken) return void res.json(await signIns.trade(textOf(body, "loginToken")));
        res.json(await signIns.goOn(await accessTokens.verifyUser(userToken), { workspace: textOf(body, "workspace") }));
      });

      router.post("/auth/refresh", readJson, async ({ body }, res) => {
        res.json(await sessions.refresh(textOf(body, "refreshToken")));
      });

      router.post("/auth/logout", readJson, async (req, res) => {
        const refreshToken = optionalTextOf(req.body, "refreshToken");
        if (refreshToken) await sessions.endOf(refreshToken);
        else await sessions.end(await callerOf(req, services));
        res.status(204).end();
      });

      router.post("/auth/logout-all", readJson, async (req, res) => {
        await sessions.end(await callerOf(req, services), true);
        res.status(204).end();
      });

      router.get("/auth/methods", async ({ query }, res) => {
        const workspace = typeof query["workspace"] === "string" ? query["workspace"] : undefined;
        res.json(await signIns.methods(strategies.on, workspace));
      });
    },
  },
};
