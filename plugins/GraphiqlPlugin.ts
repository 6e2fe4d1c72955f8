/**
 * GraphiQL (Ruru) at `/graphiql`, with its own assets. On a trial it comes signed in
 * as the demo owner; the page is then only given out under a local name, as a
 * foreign page could otherwise read the token by rebinding its DNS.
 */
import { type RuruClientConfig, ruruHTML } from "ruru/server";
import { serveStatic } from "ruru/static";
import { DEMO } from "../src/demo.ts";
import { demoTokenFor, signInScript } from "../src/demoSignIn.ts";
import type { Services } from "../src/routes.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      GraphiqlPlugin: true;
    }
  }
}

const STATIC_PATH = "/graphiql/static/";

const QUERY = `# Signed in as ${DEMO.owner}. Run with Ctrl-Enter.
query GetCompanies {
  companies(filter: { industry: { eq: "Technology" } }, first: 5) {
    totalCount
    edges {
      node {
        id
        name
        industry
        employees
        contacts(first: 3) { edges { node { name email } } }
      }
    }
  }
}
`;

export const GraphiqlPlugin: GraphileConfig.Plugin = {
  name: "GraphiqlPlugin",
  description: "GraphiQL at /graphiql",
  version: "1.0.0",

  routes: {
    add(router, services: Services) {
      const { config } = services;
      if (!config.GRAPHIQL_ENABLED || config.NODE_ENV === "production") return;
      const serveAssets = serveStatic(STATIC_PATH);
      router.get("/graphiql/static/*path", (req, res, next) => serveAssets(req, res, next));

      router.get("/graphiql", async (req, res) => {
        const token = await demoTokenFor(req, services);
        const html = ruruHTML({
          staticPath: STATIC_PATH,
          endpoint: req.query["api"] === "metadata" ? "/metadata" : "/graphql",
          clientConfig: { defaultQuery: QUERY } as RuruClientConfig,
          htmlParts: {
            headerScripts: (original) => original + (token ? `<script>${signInScript(token)}</script>` : ""),
          },
        });
        res.setHeader("cache-control", "no-store");
        res.setHeader("x-frame-options", "DENY");
        res.type("html").send(html);
      });
    },
  },
};
