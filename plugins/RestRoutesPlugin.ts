/** `/rest`: the records of a workspace for who does not speak GraphQL, by the same schema. */

import { handle } from "../src/rest/handle.ts";
import { makeProblemHandler } from "../src/rest/problem.ts";
import type { Services } from "../src/routes.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RestRoutesPlugin: true;
    }
  }
}

export const RestRoutesPlugin: GraphileConfig.Plugin = {
  name: "RestRoutesPlugin",
  description: "/rest",
  version: "1.0.0",

  routes: {
    add(router, services: Services) {
      router.use("/rest", (req, res) => handle(req, res, services));
      router.use("/rest", makeProblemHandler(services.log));
    },
  },
};
