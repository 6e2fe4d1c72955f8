/** `/graphql` for the records of a workspace, `/metadata` for its data model. */
import { bearerOf } from "../src/auth/bearer.ts";
import { NOBODY } from "../src/auth/openFields.ts";
import { toRelataError } from "../src/errors.ts";
import { addressOf } from "../src/rateLimits/rateLimits.ts";
import { admit, type DirectRoute, type Services } from "../src/routes.ts";
import type { Caller } from "../src/schemaRegistry.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      GraphqlRoutesPlugin: true;
    }
  }
}

/** Who has no token, or none that holds, may do what is open to everybody. */
function orNobody(error: unknown): Caller {
  if (toRelataError(error)?.code === "LOGIN_REQUIRED") return NOBODY;
  throw error;
}

export const GraphqlRoutesPlugin: GraphileConfig.Plugin = {
  name: "GraphqlRoutesPlugin",
  description: "/graphql and /metadata",
  version: "1.0.0",

  routes: {
    add(router, services: Services) {
      const { graphqlServer, records, metadata } = services;
      router.all("/graphql", async (req, res) => graphqlServer.answer(req, res, records, await admit(req, res, services)));
      router.all("/metadata", async (req, res) =>
        graphqlServer.answer(req, res, metadata, await admit(req, res, services).catch(orNobody), {
          address: () => addressOf(req),
          token: () => bearerOf(req),
        }),
      );
    },
    direct(services: Services) {
      const { graphqlServer, records } = services;
      const answer: DirectRoute = async (req, res) => graphqlServer.answer(req, res, records, await admit(req, res, services));
      return (req, res) => (req.method === "POST" && req.url === "/graphql" ? answer(req, res) : undefined);
    },
  },
};
