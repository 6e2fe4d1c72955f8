/** Which route an address is, by its form alone; whether there is such an object, the caller's schema says. */
import type { RestObject, RestOperations } from "../objects.ts";
import type { Operation } from "../operation.ts";
import type { Asked } from "../request.ts";
import { groupBy } from "./groups.ts";
import { duplicates, get, list } from "./reads.ts";
import { create, createMany, merge, remove, removeMany, restore, restoreMany, update, updateMany } from "./writes.ts";

export type Route = {
  /** The operation of the object that it needs. */
  needs: keyof RestOperations;
  make: (asked: Asked) => Operation;
  /** Whether it changes something, so that an Idempotency-Key counts. */
  isWrite?: boolean;
  hasBody?: boolean;
  /** Whether If-Match can be answered: it changes one record. */
  isOfOne?: boolean;
};
type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
export type Resource = Partial<Record<Method, Route>>;
export type Match = { plural: string; id: string; resource: Resource };

const write = { isWrite: true };
const one = { isWrite: true, isOfOne: true };
const UPDATE: Route = { needs: "update", make: update, hasBody: true, ...one };

const LIST: Resource = {
  GET: { needs: "list", make: list },
  POST: { needs: "create", make: create, hasBody: true, ...write },
  PATCH: { needs: "updateMany", make: updateMany, hasBody: true, ...write },
  DELETE: { needs: "deleteMany", make: removeMany, ...write },
};
const RECORD: Resource = {
  GET: { needs: "get", make: get },
  PATCH: UPDATE,
  PUT: UPDATE,
  DELETE: { needs: "delete", make: remove, ...one },
};
const BATCH: Resource = { POST: { needs: "createMany", make: createMany, hasBody: true, ...write } };
const RESTORE: Resource = { PATCH: { needs: "restore", make: restore, ...one } };
const RESTORE_MANY: Resource = { PATCH: { needs: "restoreMany", make: restoreMany, ...write } };

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
/** What stands where an id would. */
const OF_LIST: Record<string, Resource> = {
  duplicates: { POST: { needs: "duplicates", make: duplicates, hasBody: true } },
  merge: { PATCH: { needs: "merge", make: merge, hasBody: true, ...write } },
  groupBy: { GET: { needs: "groupBy", make: groupBy } },
};

/** The resource at an address behind /rest; undefined when there is none of this form. */
export function matchOf([first, second, third, ...more]: readonly string[]): Match | undefined {
  if (first === undefined || more.length) return undefined;
  if (second === undefined) return { plural: first, id: "", resource: LIST };
  if (first === "restore" && third !== undefined) return { plural: second, id: third, resource: RESTORE };
  if (third !== undefined) return undefined;
  // An object may be called "batches", none "batch" that has records: these have UUIDs.
  if (first === "batch" && !UUID.test(second)) return { plural: second, id: "", resource: BATCH };
  if (first === "restore" && !UUID.test(second)) return { plural: second, id: "", resource: RESTORE_MANY };
  const ofList = Object.hasOwn(OF_LIST, second) ? OF_LIST[second] : undefined;
  if (ofList) return { plural: first, id: "", resource: ofList };
  return { plural: first, id: second, resource: RECORD };
}

/** The methods of a resource, as Allow names them; of an object that does not let itself be written, fewer. */
export function allowOf(resource: Resource, object?: RestObject): string {
  const methods = Object.entries(resource).filter(([, { needs }]) => !object || object.operations[needs]);
  return [...methods.flatMap(([method]) => (method === "GET" ? ["GET", "HEAD"] : [method])), "OPTIONS"].join(", ");
}
