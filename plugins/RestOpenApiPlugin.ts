/** The documents of REST, `/rest/open-api/core` and `/rest/open-api/metadata`, and the page that shows them, `/rest/docs`. */
import { randomBytes } from "node:crypto";
import type { Request, Response } from "express";
import { bearerOf } from "../src/auth/bearer.ts";
import { demoTokenFor } from "../src/demoSignIn.ts";
import { OpenApiDocuments, type Sent } from "../src/rest/openapi/documents.ts";
import { pageOf, policyOf } from "../src/rest/openapi/page.ts";
import { scalarScript, unpacked } from "../src/rest/openapi/scalar.ts";
import { makeProblemHandler } from "../src/rest/problem.ts";
import { isKnown } from "../src/rest/tags.ts";
import { admit, type Services } from "../src/routes.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RestOpenApiPlugin: true;
    }
  }
}

const SCRIPTS = "/rest/docs/static/";

function send(req: Request, res: Response, { text, etag }: Sent): void {
  const headers = { etag, "cache-control": "private, no-cache", vary: "origin, authorization" };
  if (isKnown(req.headers["if-none-match"], etag)) return void res.writeHead(304, headers).end();
  const length = Buffer.byteLength(text);
  res.writeHead(200, { ...headers, "content-type": "application/json; charset=utf-8", "content-length": length });
  res.end(text);
}

async function sendScript(req: Request, res: Response): Promise<boolean> {
  const script = await scalarScript();
  if (req.params["name"] !== script.name) return false;
  const isPacked = req.acceptsEncodings("br") === "br";
  const body = isPacked ? script.packed : await unpacked(script);
  res.writeHead(200, {
    "content-type": "text/javascript; charset=utf-8",
    "cache-control": "public, max-age=31536000, immutable",
    "content-length": body.length,
    vary: "accept-encoding",
    ...(isPacked && { "content-encoding": "br" }),
  });
  res.end(body);
  return true;
}

export const RestOpenApiPlugin: GraphileConfig.Plugin = {
  name: "RestOpenApiPlugin",
  description: "OpenAPI documents of REST, and a page that shows them",
  version: "1.0.0",

  routes: {
    add(router, services: Services) {
      const documents = new OpenApiDocuments(services);
      for (const name of ["core", "metadata"] as const) {
        router.get(`/rest/open-api/${name}`, async (req, res) =>
          send(req, res, bearerOf(req) === undefined ? documents.base() : await documents.of(name, await admit(req, res, services))),
        );
      }
      router.use("/rest/open-api", makeProblemHandler(services.log));

      router.get(`${SCRIPTS}:name`, async (req, res, next) => void ((await sendScript(req, res)) || next()));
      router.get("/rest/docs", async (req, res) => {
        const [{ name }, token] = await Promise.all([scalarScript(), demoTokenFor(req, services)]);
        const nonce = randomBytes(18).toString("base64");
        res.setHeader("cache-control", "no-store");
        res.setHeader("content-security-policy", policyOf(nonce));
        res.setHeader("referrer-policy", "no-referrer");
        res.setHeader("x-frame-options", "DENY");
        res.type("html").send(pageOf(nonce, SCRIPTS + name, token));
      });
      router.use("/rest/docs", makeProblemHandler(services.log));
    },
  },
};
