/** The express app: an ordered list of what a request meets. */
import express, { type Express } from "express";
import { cors, Origins } from "./cors.ts";
import { RelataError } from "./errors.ts";
import { makeErrorHandler, makeRouter, type Services } from "./routes.ts";

export function makeApp(plugins: readonly GraphileConfig.Plugin[], services: Services): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("query parser", "simple");
  app.set("trust proxy", services.config.TRUST_PROXY);
  app.use((_req, res, next) => {
    res.setHeader("x-content-type-options", "nosniff");
    next();
  });
  app.use(cors(new Origins(services.config, services.pool)));
  app.use(makeRouter(plugins, services));
  app.use((_req, _res, next) => next(new RelataError("NOT_FOUND", "There is nothing at this address.")));
  app.use(makeErrorHandler(services.log));
  return app;
}
