/** `/rest/metadata/objects`, `fields`, `views`, … : the data model for programs that do not speak GraphQL. */
import type { Request, Response } from "express";
import { RelataError } from "../src/errors.ts";
import { metadataResources } from "../src/rest/metadata/resources.ts";
import { answer, get, list, token, write } from "../src/rest/metadata/routes.ts";
import { makeProblemHandler } from "../src/rest/problem.ts";
import type { Services } from "../src/routes.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RestMetadataPlugin: true;
    }
  }
}

/** What is left when no route took the request: OPTIONS, or a method that is none here. */
const refuseMethod = (methods: string[]) => (req: Request, res: Response) => {
  const allow = [...methods, "OPTIONS"].join(", ");
  if (req.method === "OPTIONS") return void res.setHeader("allow", allow).status(204).end();
  throw new RelataError("METHOD_NOT_ALLOWED", `${req.method} cannot be done at this address; ${allow} can.`, { headers: { allow } });
};

export const RestMetadataPlugin: GraphileConfig.Plugin = {
  name: "RestMetadataPlugin",
  description: "The data model by REST",
  version: "1.0.0",

  routes: {
    add(router, services: Services) {
      const on = (make: Parameters<typeof answer>[3], wants: Parameters<typeof answer>[4]) => (req: Request, res: Response) =>
        answer(req, res, services, make, wants);
      for (const resource of metadataResources) {
        const path = `/rest/metadata/${resource.plural}`;
        const { create, update, delete: remove } = resource.writes;
        const all = router.route(path).get(on(list(resource, services.config.MAX_PAGE_SIZE), "none"));
        if (create) all.post(on(write(resource, "create"), "body"));
        all.all(refuseMethod(["GET", "HEAD", ...(create ? ["POST"] : [])]));
        const one = router.route(`${path}/:id`).get(on(get(resource), "none"));
        if (update) one.patch(on(write(resource, "update"), "body")).put(on(write(resource, "update"), "body"));
        if (remove) one.delete(on(write(resource, "delete"), "none"));
        one.all(refuseMethod(["GET", "HEAD", ...(update ? ["PATCH", "PUT"] : []), ...(remove ? ["DELETE"] : [])]));
        if (resource.plural === "apiKeys")
          router
            .route(`${path}/:id/token`)
            .post(on(token(resource), "either"))
            .all(refuseMethod(["POST"]));
      }
      router.use("/rest/metadata", () => {
        throw new RelataError("NOT_FOUND", "There is nothing at this address.");
      });
      router.use("/rest/metadata", makeProblemHandler(services.log));
    },
  },
};
