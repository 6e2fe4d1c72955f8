/** `/rest`: the records of a workspace for who does not speak GraphQL, by the same schema. */
import type { Request, Response } from "express";
import { handle } from "../src/rest/handle.ts";
import { makeProblemHandler } from "../src/rest/problem.ts";
import { BASE, takesJson } from "../src/rest/request.ts";
import type { Services } from "../src/routes.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RestRoutesPlugin: true;
    }
  }
}

/** What other plugins answer. */
const OTHERS = /^\/rest\/(?:metadata|open-api|docs)(?:[/?]|$)/i;

export const RestRoutesPlugin: GraphileConfig.Plugin = {
  name: "RestRoutesPlugin",
  description: "Records by addresses, at /rest",
  version: "1.0.0",

  routes: {
    add(router, services: Services) {
      router.use(BASE, (req, res) => handle(req, res, services));
      router.use(BASE, makeProblemHandler(services.log));
    },
    // Nearly all ask for JSON, of records: Express would take as long as all else together.
    direct(services: Services) {
      const fail = makeProblemHandler(services.log);
      return (req, res) => {
        if (!req.url!.startsWith(`${BASE}/`) || OTHERS.test(req.url!) || !takesJson(req)) return undefined;
        return handle(req, res as Response, services).catch((error) => fail(error, req as Request, res as Response, () => {}));
      };
    },
  },
};
