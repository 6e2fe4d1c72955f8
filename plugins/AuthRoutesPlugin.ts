/** `POST /auth/login` and `POST /auth/refresh`. */
import { optionalTextOf, textOf } from "../src/auth/texts.ts";
import { readJson, type Services } from "../src/routes.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      AuthRoutesPlugin: true;
    }
  }
}

export const AuthRoutesPlugin: GraphileConfig.Plugin = {
  name: "AuthRoutesPlugin",
  description: "POST /auth/login and /auth/refresh",
  version: "1.0.0",

  routes: {
    add(router, { sessions, signIns, strategies }: Services) {
      router.post("/auth/login", readJson, async (req, res) => {
        const workspace = optionalTextOf(req.body, "workspace");
        const identity = await strategies.identify("password", req, res);
        if (identity) res.setHeader("cache-control", "no-store").json(await signIns.begin(identity, { workspace }));
      });

      router.post("/auth/token", readJson, async ({ body }, res) => {
        res.setHeader("cache-control", "no-store").json(await signIns.trade(textOf(body, "loginToken")));
      });

      router.post("/auth/refresh", readJson, async ({ body }, res) => {
        res.setHeader("cache-control", "no-store").json(await sessions.refresh(textOf(body, "refreshToken")));
      });
    },
  },
};
