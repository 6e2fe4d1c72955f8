/** `/rest/metadata/objects`, `fields`, `views`, … : the data model for programs that do not speak GraphQL. */
import type { Request, Response } from "express";
import { RelataError } from "../src/errors.ts";
import { type MetadataResource, metadataResources } from "../src/rest/metadata/resources.ts";
import { MetadataRoutes } from "../src/rest/metadata/routes.ts";
import { makeProblemHandler } from "../src/rest/problem.ts";
import type { Services } from "../src/routes.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RestMetadataPlugin: true;
    }
  }
}

export const RestMetadataPlugin: GraphileConfig.Plugin = {
  name: "RestMetadataPlugin",
  description: "The data model by REST",
  version: "1.0.0",

  routes: {
    add(router, services: Services) {
      const routes = new MetadataRoutes(services);
      const on =
        (resource: MetadataResource, answer: (req: Request, res: Response, resource: MetadataResource) => Promise<void>) =>
        (req: Request, res: Response) =>
          answer.call(routes, req, res, resource);
      for (const resource of metadataResources) {
        const { plural, writes } = resource;
        const all = router.route(`/rest/metadata/${plural}`).get(on(resource, routes.list));
        const one = router.route(`/rest/metadata/${plural}/:id`).get(on(resource, routes.get));
        const write = (action: "create" | "update" | "delete") => on(resource, (req, res) => routes.write(req, res, resource, action));
        if (writes.create) all.post(write("create"));
        if (writes.update) one.patch(write("update")).put(write("update"));
        if (writes.delete) one.delete(write("delete"));
        if (plural === "apiKeys") router.post(`/rest/metadata/${plural}/:id/token`, on(resource, routes.token));
      }
      router.use("/rest/metadata", () => {
        throw new RelataError("NOT_FOUND", "There is nothing at this address.");
      });
      router.use("/rest/metadata", makeProblemHandler(services.log));
    },
  },
};
