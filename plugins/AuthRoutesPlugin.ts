/** `POST /auth/login` and `POST /auth/refresh`. */
import { RelataError } from "../src/errors.ts";
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
    add(router, { sessions }: Services) {
      router.post("/auth/login", readJson, async ({ body }, res) => {
        const workspace = (body as { workspace?: unknown })?.workspace == null ? undefined : textOf(body, "workspace");
        const tokens = await sessions.signIn(textOf(body, "email"), textOf(body, "password"), workspace);
        res.setHeader("cache-control", "no-store").json(tokens);
      });

      router.post("/auth/refresh", readJson, async ({ body }, res) => {
        res.setHeader("cache-control", "no-store").json(await sessions.refresh(textOf(body, "refreshToken")));
      });
    },
  },
};
