/**
 * GraphiQL (Ruru) at `/graphiql`, with its own assets. On a trial it comes signed in
 * as the demo owner; the page is then only given out under a local name, as a
 * foreign page could otherwise read the token by rebinding its DNS.
 */
import { type RuruClientConfig, ruruHTML } from "ruru/server";
import { serveStatic } from "ruru/static";
import { provePassword } from "../src/auth/strategies/password.ts";
import { DEMO } from "../src/demo.ts";
import type { Services } from "../src/routes.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      GraphiqlPlugin: true;
    }
  }
}

const STATIC_PATH = "/graphiql/static/";
const LOCAL_NAMES = new Set(["localhost", "127.0.0.1", "::1"]);

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

/** Signs every request of the page, its look at the schema too, unless the user gave a header of his own. */
const signInScript = (accessToken: string) => `<script>
  const plainFetch = window.fetch;
  window.fetch = (input, init = {}) => {
    const headers = new Headers(init.headers);
    const isOurs = new URL(input, location).origin === location.origin;
    if (isOurs && !headers.has("authorization")) headers.set("authorization", "Bearer ${accessToken}");
    return plainFetch(input, { ...init, headers });
  };
</script>`;

export const GraphiqlPlugin: GraphileConfig.Plugin = {
  name: "GraphiqlPlugin",
  description: "GraphiQL at /graphiql",
  version: "1.0.0",

  routes: {
    add(router, { config, pool, signIns }: Services) {
      if (!config.GRAPHIQL_ENABLED || config.NODE_ENV === "production") return;
      const serveAssets = serveStatic(STATIC_PATH);
      router.get("/graphiql/static/*path", (req, res, next) => serveAssets(req, res, next));

      router.get("/graphiql", async (req, res) => {
        const isLocal = LOCAL_NAMES.has(req.hostname.replace(/^\[|\]$/g, ""));
        const signIn = async () => signIns.begin(await provePassword(pool, DEMO.owner, DEMO.password), { workspace: DEMO.workspace });
        const tokens = isLocal ? await signIn().catch(() => undefined) : undefined;
        const html = ruruHTML({
          staticPath: STATIC_PATH,
          endpoint: req.query["api"] === "metadata" ? "/metadata" : "/graphql",
          clientConfig: { defaultQuery: QUERY } as RuruClientConfig,
          htmlParts: {
            headerScripts: (original) => original + (tokens && "accessToken" in tokens ? signInScript(tokens.accessToken) : ""),
          },
        });
        res.setHeader("cache-control", "no-store");
        res.setHeader("x-frame-options", "DENY");
        res.type("html").send(html);
      });
    },
  },
};
