/** `/graphql` for the records of a workspace, `/metadata` for its data model. */
import { callerOf, type Services } from "../src/routes.ts";

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
    add(router, { accessTokens, graphqlServer, rateLimits, records, metadata }: Services) {
      for (const [path, api] of [
        ["/graphql", records],
        ["/metadata", metadata],
      ] as const) {
        router.all(path, async (req, res) => {
          const caller = await callerOf(req, accessTokens);
          await rateLimits.request(caller, res);
          return graphqlServer.answer(req, res, api, caller);
        });
      }
    },
  },
};
