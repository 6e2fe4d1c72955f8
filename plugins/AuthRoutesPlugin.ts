/** `POST /auth/login` and `POST /auth/refresh`. */
import { RelataError } from "../src/errors.ts";
import { addressOf } from "../src/rateLimits/rateLimits.ts";
import { readJson, type Services } from "../src/routes.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      AuthRoutesPlugin: true;
    }
  }
}

/** A text of the body; BAD_INPUT when it is missing, of another type or too long. */
function textOf(body: unknown, field: string): string {
  const value = (body as Record<string, unknown> | undefined)?.[field];
  if (typeof value !== "string" || value === "" || value.length > 1024) {
    throw new RelataError("BAD_INPUT", `${field} is a text of 1 to 1024 characters.`, { field });
  }
  return value;
}

export const AuthRoutesPlugin: GraphileConfig.Plugin = {
  name: "AuthRoutesPlugin",
  description: "POST /auth/login and /auth/refresh",
  version: "1.0.0",

  routes: {
    add(router, { sessions, rateLimits }: Services) {
      router.post("/auth/login", readJson, async (req, res) => {
        const { body } = req;
        const workspace = (body as { workspace?: unknown })?.workspace == null ? undefined : textOf(body, "workspace");
        const [email, password] = [textOf(body, "email"), textOf(body, "password")];
        const tokens = await rateLimits.guess(email, addressOf(req), () => sessions.signIn(email, password, workspace));
        res.setHeader("cache-control", "no-store").json(tokens);
      });

      router.post("/auth/refresh", readJson, async ({ body }, res) => {
        res.setHeader("cache-control", "no-store").json(await sessions.refresh(textOf(body, "refreshToken")));
      });
    },
  },
};
