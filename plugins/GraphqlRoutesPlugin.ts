/** `/graphql` for the records of a workspace, `/metadata` for its data model. */
import { admit, type Services } from "../src/routes.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      GraphqlRoutesPlugin: true;
    }
  }
}

export const GraphqlRoutesPlugin: GraphileConfig.Plugin = {
  name: "GraphqlRoutesPlugin",
  description: "/graphql and /metadata",
  version: "1.0.0",

  routes: {
    add(router, services: Services) {
      const { graphqlServer, records, metadata } = services;
      router.all("/graphql", async (req, res) => graphqlServer.answer(req, res, records, await admit(req, res, services)));
      router.all("/metadata", async (req, res) => graphqlServer.answer(req, res, metadata, await admit(req, res, services)));
    },
  },
};
