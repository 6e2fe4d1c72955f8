/** What the routes share that a browser walks through on its way to a provider and back. */
import type { Request, Response } from "express";
import { toRelataError } from "../../errors.ts";
import { networkOf } from "../../rateLimits/address.ts";
import { addressOf } from "../../rateLimits/rateLimits.ts";
import type { Services } from "../../routes.ts";
import { frontendOf } from "../frontend.ts";
import type { Door } from "../identity.ts";
import { type Journey, pathOf } from "./state.ts";

/** A text of the query, if there is one of a sensible length; of two with one name, none. */
const queryText = (req: Request, name: string): string | undefined => {
  const value = req.query[name];
  return typeof value === "string" && value !== "" && value.length <= 1024 ? value : undefined;
};

/** Where somebody wants to come in, by the query of the address he set out with. */
export function journeyOf(req: Request): Journey {
  const [workspace, invitation] = [queryText(req, "workspace"), queryText(req, "invitation")];
  const returnTo = pathOf(req.query["returnTo"]);
  const door: Door = { ...(workspace && { workspace }), ...(invitation && { invitation }), ...(req.ip && { address: req.ip }) };
  return { door, ...(returnTo && { returnTo }) };
}

/** All that is behind an error: libraries wrap what went wrong in their own words. */
function reasonOf(error: unknown): string | undefined {
  const words: string[] = [];
  for (let one = error; one instanceof Error && words.length < 4; one = one.cause) words.push(one.message);
  return words.length ? words.join(": ").slice(0, 300) : undefined;
}

/** Lets a browser come back: a try that fails counts for the address it comes from. */
async function asTry({ rateLimits }: Services, req: Request, walk: () => Promise<void>): Promise<void> {
  const from = networkOf(addressOf(req));
  await rateLimits.consume("ssoAddress", from);
  try {
    await walk();
  } catch (error) {
    if (toRelataError(error)?.code === "IDENTITY_PROVIDER_UNAVAILABLE") await rateLimits.giveBack("ssoAddress", from);
    throw error;
  }
  await rateLimits.giveBack("ssoAddress", from);
}

/**
 * A step of a browser; on the way back it is a try to sign in. What goes wrong on it is noted, as the person cannot be told why
 * without telling others; a browser is sent on to the frontend with the error's code,
 * where there is a frontend, and anybody else gets the error itself.
 */
export const browserStep =
  (services: Services, walk: (req: Request, res: Response) => Promise<void>, { isTry = false } = {}) =>
  async (req: Request, res: Response): Promise<void> => {
    res.setHeader("cache-control", "no-store");
    res.setHeader("referrer-policy", "no-referrer");
    const { config, log } = services;
    try {
      await (isTry ? asTry(services, req, () => walk(req, res)) : walk(req, res));
    } catch (thrown) {
      const error = toRelataError(thrown);
      const cause = reasonOf(error?.cause);
      // The pattern of the route: anybody may put anything into a path.
      const path = String((req.route as { path?: unknown } | undefined)?.path);
      if (error) log.info("A sign-in by a provider was refused", { path, code: error.code, ...(cause && { cause }) });
      if (!error || !config.FRONTEND_URL || res.headersSent || req.accepts(["json", "html"]) !== "html") throw thrown;
      const url = frontendOf(config);
      url.pathname = "/verify";
      url.searchParams.set("error", error.code);
      res.redirect(303, url.href);
    }
  };
