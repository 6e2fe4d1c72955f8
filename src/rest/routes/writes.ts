/** Routes that write, one record or several; each is one mutation of the schema, which decides who may. */
import { takeVersion, writeDocument } from "../documents.ts";
import type { RestObject } from "../objects.ts";
import type { Operation } from "../operation.ts";
import { filterVariable, WANTED, wantedOf } from "../query/listQuery.ts";
import { meaningOf } from "../query/meanings.ts";
import { Parameters } from "../query/parameters.ts";
import { assertList, refuse } from "../query/tree.ts";
import { type Asked, BASE, demandedVersion } from "../request.ts";
import { type Depth, unwrap, type Wanted } from "../selection.ts";
import { fieldsOf } from "./reads.ts";

type Row = Record<string, unknown>;
const ID: Wanted = { depth: 0, fields: ["id"] };

const parametersOf = (search: string, ...names: string[]): Parameters => new Parameters(search, new Set(names));

function recordOf(body: unknown): Row {
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Row;
  return refuse("The body is a record: an object of its fields.", "body");
}

/** A mutation with these variables; `key` is what its answer is called. */
function mutation(
  object: RestObject,
  operation: string,
  variables: Row,
  wanted: Wanted,
  { key = operation, status = 200 } = {},
): Operation {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined));
  const document = writeDocument(object, operation, Object.keys(given), wanted);
  return {
    text: document.text,
    variables: given,
    names: { version: "If-Match" },
    toAnswer(data) {
      const answer = data["answer"] as Row | Row[];
      if (!Array.isArray(answer)) {
        unwrap(answer, document.lists);
        return { status, version: takeVersion(answer, document), body: { data: { [key]: answer } } };
      }
      for (const row of answer) {
        unwrap(row, document.lists);
        takeVersion(row, document);
      }
      return { status, body: { data: { [key]: answer } } };
    },
  };
}

function creation(asked: Asked, operation: string, data: unknown, depth: Depth): Operation {
  const { object, search } = asked;
  const { upsert, upsertOn, wanted } = meaningOf(object, `create ${depth}`, search, () => {
    const parameters = parametersOf(search, "upsert", "upsert_on", ...WANTED);
    return { upsert: parameters.flag("upsert"), upsertOn: parameters.names("upsert_on"), wanted: wantedOf(parameters, depth) };
  });
  const made = mutation(object, operation, { data, upsert, upsertOn }, wanted, { status: 201 });
  const toAnswer: Operation["toAnswer"] = (found, extensions) => {
    const answer = made.toAnswer(found, extensions);
    const row = found["answer"] as Row | Row[];
    // Of an upsert, the schema says which records are new.
    const isNew = !upsert || (extensions["created"] as string[] | undefined)?.length;
    if (!isNew) answer.status = 200;
    const id = !Array.isArray(row) && row["id"];
    return id ? { ...answer, headers: { location: `${BASE}/${object.plural}/${id}` } } : answer;
  };
  return { ...made, toAnswer, names: { upsertOn: "upsert_on" } };
}

export const create = (asked: Asked): Operation => creation(asked, asked.object.operations.create!, recordOf(asked.body), 1);

export function createMany(asked: Asked): Operation {
  const { body, object } = asked;
  if (!Array.isArray(body)) return refuse("The body is a list of records.", "body");
  return creation(asked, object.operations.createMany!, body, 0);
}

export function update({ req, object, search, id, body }: Asked): Operation {
  const wanted = wantedOf(parametersOf(search, ...WANTED), 1);
  return mutation(object, object.operations.update!, { id, data: recordOf(body), version: demandedVersion(req) }, wanted);
}

/** The filter of what changes several; a forgotten one must not mean all. */
function mandatoryFilter(object: RestObject, parameters: Parameters, what: string): Row {
  const filter = filterVariable(object, parameters);
  return filter ?? refuse(`Filters are mandatory for bulk ${what} operations.`, "filter");
}

export function updateMany({ object, search, body }: Asked): Operation {
  const parameters = parametersOf(search, "filter", ...WANTED);
  const filter = mandatoryFilter(object, parameters, "update");
  return mutation(object, object.operations.updateMany!, { filter, data: recordOf(body) }, wantedOf(parameters, 0));
}

/** Whether records go for good: `destroy=true`, or `soft_delete=false` as the reference has it. */
function isForGood(parameters: Parameters): boolean {
  const [destroy, soft] = [parameters.flag("destroy"), parameters.flag("soft_delete")];
  if (destroy !== undefined && soft !== undefined && destroy === soft) refuse("destroy and soft_delete exclude each other.", "soft_delete");
  return destroy ?? (soft === undefined ? false : !soft);
}

export function remove({ req, object, search, id }: Asked): Operation {
  const { operations } = object;
  const isDestroyed = isForGood(parametersOf(search, "destroy", "soft_delete"));
  const operation = isDestroyed ? operations.destroy! : operations.delete!;
  const made = mutation(object, operation, { id, version: demandedVersion(req) }, ID, { key: operations.delete! });
  if (!isDestroyed) return made;
  return { ...made, toAnswer: (...args) => ({ ...made.toAnswer(...args), version: undefined }) };
}

export function removeMany({ object, search }: Asked): Operation {
  const { operations } = object;
  const parameters = parametersOf(search, "filter", "destroy", "soft_delete");
  const isDestroyed = isForGood(parameters);
  const filter = mandatoryFilter(object, parameters, isDestroyed ? "destroy" : "delete");
  const operation = isDestroyed ? operations.destroyMany! : operations.deleteMany!;
  return mutation(object, operation, { filter }, ID, { key: operations.deleteMany! });
}

export function restore({ req, object, search, id }: Asked): Operation {
  const wanted = wantedOf(parametersOf(search, ...WANTED), 1);
  return mutation(object, object.operations.restore!, { id, version: demandedVersion(req) }, wanted);
}

export function restoreMany({ object, search }: Asked): Operation {
  const parameters = parametersOf(search, "filter", ...WANTED);
  const filter = mandatoryFilter(object, parameters, "restore");
  return mutation(object, object.operations.restoreMany!, { filter }, wantedOf(parameters, 0));
}

export function merge({ object, search, body }: Asked): Operation {
  const { ids, conflictPriorityIndex = 0, dryRun } = fieldsOf(body, ["ids", "conflictPriorityIndex", "dryRun"]);
  if (ids !== undefined) assertList(ids, "ids");
  const wanted = wantedOf(parametersOf(search, ...WANTED), 1);
  return mutation(object, object.operations.merge!, { ids, conflictPriorityIndex, dryRun }, wanted);
}
