/** The operations of one object, as its routes answer them. */
import type { GraphQLInputObjectType } from "graphql";
import { getNamedType } from "graphql";
import { upperFirst } from "../../records/composites.ts";
import { argumentOf, type RestObject, type RestOperations } from "../objects.ts";
import type { Components } from "./components.ts";
import { groupBy } from "./groupBy.ts";
import { conditional, list, object, operation, pageInfo, type Spec, WANTED } from "./operation.ts";
import type { Permissions } from "./permissions.ts";
import type { Json } from "./scalars.ts";

type Kind = keyof RestOperations;
/** What of the permissions of an object an operation needs. */
const NEEDS: Record<Kind, readonly string[]> = {
  list: ["read"],
  get: ["read"],
  groupBy: ["read"],
  duplicates: ["read"],
  create: ["create"],
  createMany: ["create"],
  update: ["update"],
  updateMany: ["update"],
  delete: ["delete"],
  deleteMany: ["delete"],
  restore: ["delete"],
  restoreMany: ["delete"],
  destroy: ["destroy"],
  destroyMany: ["destroy"],
  merge: ["update", "delete"],
};

const within = (name: string, schema: Json): Json => object({ data: object({ [name]: schema }) });

/** The operations of an object that its schema has and that the caller's roles do not rule out, by their addresses. */
export function pathsOf(of: RestObject, components: Components, permissions: Permissions): Record<string, Json> {
  const { singular, plural, operations } = of;
  const may = (kind: Kind) => operations[kind] !== undefined && NEEDS[kind].every((action) => permissions.has(`${plural}.${action}`));
  const tag = plural;
  const record = components.record(of);
  const inputOf = (kind: Kind) => components.input(getNamedType(argumentOf(of, operations[kind]!, "data")!) as GraphQLInputObjectType);
  const one = (kind: Kind) => within(operations[kind]!, record);
  const many = (kind: Kind) => within(operations[kind]!, list(record));
  const ids = (kind: Kind, isMany: boolean) =>
    within(
      operations[kind]!,
      isMany ? list(object({ id: { type: "string", format: "uuid" } })) : object({ id: { type: "string", format: "uuid" } }),
    );
  const destroys = may("destroy") ? ["destroy", "softDelete"] : [];
  const paths: Record<string, Json> = {};
  const add = (path: string, method: string, kind: Kind, make: () => Json) => {
    if (may(kind)) (paths[path] ??= {})[method] = make();
  };
  const spec = (kind: Kind, verb: string, description: string, rest: Omit<Spec, "id" | "summary" | "description">, isMany = false) =>
    operation(tag, { id: operations[kind]!, summary: `${verb} ${isMany ? plural : singular}`, description, ...rest });
  const onOne = ["412"];

  add(`/${plural}`, "get", "list", () => {
    const answer = object({ data: object({ [plural]: list(record) }), totalCount: { type: "integer" }, pageInfo: pageInfo(components) }, [
      "data",
      "pageInfo",
    ]);
    const parameters = ["filter", "orderBy", "limit", "startingAfter", "endingBefore", "offset", "totalCount", ...WANTED];
    const made = spec("list", "List", "A page of records.", { parameters, answer, headers: ["Link"] }, true);
    const ok = (made["responses"] as Record<string, Json>)["200"]!;
    const text = { schema: { type: "string" } };
    ok["content"] = { ...(ok["content"] as Json), "text/csv": text, "application/x-ndjson": text };
    return made;
  });
  add(`/${plural}`, "post", "create", () =>
    spec("create", "Create", "Makes a record.", {
      parameters: ["upsert", "upsertOn", ...WANTED],
      body: inputOf("create"),
      status: "201",
      answer: one("create"),
      answers: one("create"),
      headers: ["Location", "ETag"],
      isWrite: true,
    }),
  );
  add(`/${plural}`, "patch", "updateMany", () =>
    spec(
      "updateMany",
      "Update many",
      "Changes all records that the filter means; there must be one.",
      { parameters: ["filter", ...WANTED], body: inputOf("update"), answer: many("updateMany"), isWrite: true },
      true,
    ),
  );
  add(`/${plural}`, "delete", "deleteMany", () =>
    spec(
      "deleteMany",
      "Delete many",
      "Marks all records that the filter means as deleted; there must be one.",
      { parameters: ["filter", ...destroys], answer: ids("deleteMany", true), isWrite: true },
      true,
    ),
  );
  add(`/${plural}/{id}`, "get", "get", () =>
    conditional(
      spec("get", "Get", "One record.", {
        parameters: ["id", ...WANTED, "ifNoneMatch"],
        answer: within(singular, record),
        headers: ["ETag"],
      }),
    ),
  );
  for (const method of ["patch", "put"])
    add(`/${plural}/{id}`, method, "update", () => ({
      ...spec("update", "Update", "Changes the fields that are given; the others stay.", {
        parameters: ["id", ...WANTED, "ifMatch"],
        body: inputOf("update"),
        answer: one("update"),
        headers: ["ETag"],
        isWrite: true,
        errors: onOne,
      }),
      ...(method === "put" && { operationId: `put${upperFirst(singular)}` }),
    }));
  add(`/${plural}/{id}`, "delete", "delete", () =>
    spec("delete", "Delete", "Marks a record as deleted; it can be restored.", {
      parameters: ["id", ...destroys, "ifMatch"],
      answer: ids("delete", false),
      headers: ["ETag"],
      isWrite: true,
      errors: onOne,
    }),
  );
  add(`/batch/${plural}`, "post", "createMany", () =>
    spec(
      "createMany",
      "Create many",
      "Makes records, all or none.",
      {
        parameters: ["upsert", "upsertOn", ...WANTED],
        body: list(inputOf("createMany")),
        status: "201",
        answer: many("createMany"),
        answers: many("createMany"),
        isWrite: true,
      },
      true,
    ),
  );
  add(`/restore/${plural}/{id}`, "patch", "restore", () =>
    spec("restore", "Restore", "Takes back that a record was deleted.", {
      parameters: ["id", ...WANTED, "ifMatch"],
      answer: one("restore"),
      headers: ["ETag"],
      isWrite: true,
      errors: onOne,
    }),
  );
  add(`/restore/${plural}`, "patch", "restoreMany", () =>
    spec(
      "restoreMany",
      "Restore many",
      "Takes back that the records that the filter means were deleted.",
      { parameters: ["filter", ...WANTED], answer: many("restoreMany"), isWrite: true },
      true,
    ),
  );
  add(`/${plural}/duplicates`, "post", "duplicates", () => {
    const idList = { ...list({ type: "string", format: "uuid" }) };
    const body = {
      oneOf: [
        object({ ids: idList }),
        object({ data: list(components.input(getNamedType(argumentOf(of, operations.duplicates!, "data")!) as GraphQLInputObjectType)) }),
      ],
    };
    const answer = object({
      data: list(object({ totalCount: { type: "integer" }, pageInfo: pageInfo(components), [operations.duplicates!]: list(record) })),
    });
    return spec(
      "duplicates",
      "Find duplicates of",
      "What is taken for the same as each of some records.",
      { parameters: WANTED, body, answer },
      true,
    );
  });
  add(`/${plural}/merge`, "patch", "merge", () => {
    const body = object(
      {
        ids: { ...list({ type: "string", format: "uuid" }), minItems: 2 },
        conflictPriorityIndex: { type: "integer", minimum: 0, default: 0 },
        dryRun: { type: "boolean", default: false },
      },
      ["ids"],
    );
    return spec(
      "merge",
      "Merge",
      "Makes one record of several.",
      { parameters: WANTED, body, answer: one("merge"), headers: ["ETag"], isWrite: true },
      true,
    );
  });
  add(`/${plural}/groupBy`, "get", "groupBy", () => groupBy(of, components, tag));
  return paths;
}
