/** The way of a request of REST: what is meant, by whom, its operation on his schema, and the answer. */
import type { Response } from "express";
import { RelataError } from "../errors.ts";
import { idempotencyKeyOf } from "../graphql/idempotency.ts";
import { asRequest, orWait, whileWaiting } from "../graphql/inFlight.ts";
import { admit, type Services } from "../routes.ts";
import { exportList } from "./export/exportList.ts";
import { restObjectsOf } from "./objects.ts";
import { type Make, run } from "./operation.ts";
import { sendProblem } from "./problem.ts";
import { addressOf, BASE, formatOf, type Incoming, readJson, urlOf } from "./request.ts";
import { search as searchOperation } from "./routes/search.ts";
import { allowOf, type Match, matchOf, type Resource, type Route } from "./routes/table.ts";
import { send } from "./send.ts";

const NOWHERE = "There is nothing at this address.";
const SEARCH: Resource = { GET: { needs: "list", make: () => undefined as never } };

function refuseMethod(method: string, allow: string): never {
  throw new RelataError("METHOD_NOT_ALLOWED", `${method} cannot be done at this address; ${allow} can.`, { headers: { allow } });
}

function routeFor({ method: asked = "" }: Incoming, resource: Resource): Route {
  const method = asked === "HEAD" ? "GET" : asked;
  return (Object.hasOwn(resource, method) && resource[method as keyof Resource]) || refuseMethod(asked, allowOf(resource));
}

export async function handle(req: Incoming, res: Response, services: Services): Promise<void> {
  const { segments, search } = addressOf(urlOf(req).slice(BASE.length));
  const isSearch = segments.length === 1 && segments[0] === "search";
  const match: Match | undefined = isSearch ? { plural: "", id: "", resource: SEARCH } : matchOf(segments);
  if (!match) throw new RelataError("NOT_FOUND", NOWHERE);
  if (req.method === "OPTIONS") {
    res.writeHead(204, { allow: allowOf(match.resource) });
    return void res.end();
  }
  const route = routeFor(req, match.resource);
  const caller = await admit(req, res, services);
  const format = formatOf(req, route.needs === "list" && !isSearch);
  if (format !== "json") return exportList(services, caller, match.plural, search, format, res);
  await asRequest(async () => {
    const known = await orWait(services.records.current(caller));
    const read = route.hasBody ? await whileWaiting(() => readJson(req, caller, known.limits.bodyBytes)) : undefined;
    if (route.isWrite && !route.isOfOne && req.headers["if-match"] !== undefined)
      throw new RelataError("BAD_INPUT", "If-Match is for what changes one record.", { field: "If-Match" });
    const asked = [req.method!, urlOf(req), req.headers["if-match"] ?? "", read?.bytes ?? ""];
    const key = route.isWrite ? idempotencyKeyOf(req.headers, asked, services.config.IDEMPOTENCY_KEYS_EXPIRE_IN) : undefined;
    const context = { req, res, services, caller, known, key };

    const make: Make = (current) => {
      if (isSearch) return searchOperation(current.schema, search);
      const object = restObjectsOf(current.schema).get(match.plural);
      if (!object) throw new RelataError("NOT_FOUND", NOWHERE);
      if (!object.operations[route.needs]) refuseMethod(req.method!, allowOf(match.resource, object));
      return route.make({ req, res, services, caller, known: current, object, id: match.id, search, body: read?.body });
    };
    const done = await run(context, make);
    if ("problem" in done) sendProblem(res, done.problem);
    else await send(req, res, done.answer);
  });
}
