/** The routes of the app as it has them: asked of the plugins themselves, so that no route is forgotten. */
import { routePlugins } from "../../plugins/index.ts";
import { makeRouter, type Services } from "../../src/routes.ts";

export type Route = { method: string; path: string };

/** Whatever a plugin asks of its services while it adds its routes. */
const anything: object = new Proxy(() => {}, {
  get: (_target, name) => (name === Symbol.toPrimitive ? () => "" : anything),
  apply: () => anything,
});

export function routesOf(): Route[] {
  const { stack } = makeRouter(routePlugins, anything as Services) as unknown as {
    stack: { route?: { path: string | string[]; methods: Record<string, boolean> } }[];
  };
  return stack.flatMap(({ route }) =>
    route
      ? [route.path]
          .flat()
          .flatMap((path) => Object.keys(route.methods).map((name) => ({ method: name === "_all" ? "POST" : name.toUpperCase(), path })))
      : [],
  );
}
