/** What every HTTP request meets: headers of ours, routes that answer before Express, and the Express app with all others. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import express, { type Express } from "express";
import { crossOrigin, Origins } from "./cors.ts";
import { RelataError } from "./errors.ts";
import { answerError, type DirectRoute, directRoutes, makeErrorHandler, makeRouter, type Services } from "./routes.ts";

function makeApp(plugins: readonly GraphileConfig.Plugin[], services: Services): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("query parser", "simple");
  app.set("trust proxy", services.config.TRUST_PROXY);
  app.use(makeRouter(plugins, services));
  app.use((_req, _res, next) => next(new RelataError("NOT_FOUND", "There is nothing at this address.")));
  app.use(makeErrorHandler(services.log));
  return app;
}

/** Answers requests of node:http. */
export function makeListener(plugins: readonly GraphileConfig.Plugin[], services: Services): RequestListener {
  const origins = new Origins(services.config, services.pool);
  const app = makeApp(plugins, services);
  const directs: readonly DirectRoute[] = directRoutes(plugins, services);

  function route(req: IncomingMessage, res: ServerResponse): void {
    try {
      for (const direct of directs) {
        const answered = direct(req, res);
        if (answered) return void answered.catch((error) => answerError(services.log, error, res));
      }
    } catch (error) {
      return void answerError(services.log, error, res); // which would end the process, and with it everybody's requests
    }
    app(req, res);
  }

  return (req, res) => {
    res.setHeader("x-content-type-options", "nosniff");
    const told = crossOrigin(origins, req, res);
    if (typeof told === "boolean") return told || route(req, res);
    told.then(
      (isAnswered) => isAnswered || route(req, res),
      (error) => answerError(services.log, error, res),
    );
  };
}
