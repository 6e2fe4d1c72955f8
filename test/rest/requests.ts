/** Requests made of an OpenAPI document with fast-check: valid ones, broken ones and hostile ones. */
import fc from "fast-check";
import type { Document, Json, Operation } from "./openapiSupport.ts";

export type Sent = {
  kind: "valid" | "broken" | "hostile";
  method: string;
  path: string;
  url: string;
  headers: Record<string, string>;
  body: string | undefined;
  json: unknown;
};
/** Ids that are there, by the path they stand in. */
export type Ids = (path: string) => readonly string[];

const HOSTILE = [
  "'; drop table company; --",
  '" or 1=1 --',
  "$(id)",
  "../../etc/passwd",
  "%00",
  "\u0000",
  "\ud800",
  "😀".repeat(50),
  "a".repeat(5000),
  "__proto__",
  "constructor",
  "{{7*7}}",
  "<script>alert(1)</script>",
  "%",
  "\\",
  "-1e999",
  "99999999999999999999",
  "NaN",
  "filter[a][b]",
  "and(".repeat(200),
  "[".repeat(500),
  'name[eq]:"x",'.repeat(100),
  "pg_sleep(10)",
  "workspace_%",
];
const hostile = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: "binary", maxLength: 30 }));
const FILTERS = [
  'createdAt[gt]:"2020-01-01"',
  'id[in]:["0198f2c4-7b1e-7c3a-9d55-2f6a1c0e8b47"]',
  "not(deletedAt[is]:NOT_NULL)",
  'or(id[is]:NULL,createdAt[lt]:"2030-01-01")',
];
const TEXTS: Record<string, fc.Arbitrary<string>> = {
  order_by: fc.constantFrom("id", "createdAt[DescNullsLast],id"),
  order_by_for_records: fc.constantFrom("id", "createdAt[DescNullsLast],id"),
  fields: fc.constantFrom("id", "id,createdAt", "updatedAt"),
  group_by: fc.constantFrom("id", '[{"createdAt":{"granularity":"YEAR","timeZone":"UTC"}}]'),
  aggregate: fc.constantFrom("totalCount", '["totalCount","countEmptyId"]'),
  upsert_on: fc.constant("id"),
  q: fc.constantFrom("a", "acme", ""),
  included_objects: fc.constant("company"),
  excluded_objects: fc.constant("person"),
};
const WORDS = fc.constantFrom("Acme", "north", "ada@acme.test", "Ünïcode 漢字", "x");

function resolve(document: Document, schema: Json): Json {
  const ref = schema["$ref"] as string | undefined;
  return ref
    ? (ref
        .slice(2)
        .split("/")
        .reduce<unknown>((at, key) => (at as Json)[key], document) as Json)
    : schema;
}

/** Values of a schema. */
function arbitraryOf(document: Document, given: Json, depth: number): fc.Arbitrary<unknown> {
  const schema = resolve(document, given);
  const { oneOf, enum: values, format } = schema as { oneOf?: Json[]; enum?: unknown[]; format?: string };
  if (values) return fc.constantFrom(...values);
  if (oneOf) return fc.oneof(...oneOf.map((one) => arbitraryOf(document, one, depth)));
  const types = [schema["type"] ?? "any"].flat() as string[];
  return fc.oneof(...types.map((type) => typed(document, schema, type, format, depth)));
}

function typed(document: Document, schema: Json, type: string, format: string | undefined, depth: number): fc.Arbitrary<unknown> {
  if (type === "null") return fc.constant(null);
  if (type === "boolean") return fc.boolean();
  if (type === "integer")
    return fc.integer({ min: (schema["minimum"] as number) ?? -1000, max: Math.min((schema["maximum"] as number) ?? 1000, 100) });
  if (type === "number") return fc.double({ min: -1e6, max: 1e6, noNaN: true });
  if (type === "array")
    return fc.array(arbitraryOf(document, schema["items"] as Json, depth - 1), {
      maxLength: depth > 0 ? 2 : 0,
      minLength: depth > 0 ? ((schema["minItems"] as number) ?? 0) : 0,
    });
  if (type === "object") return objectOf(document, schema, depth);
  if (type === "any") return fc.jsonValue({ maxDepth: 2 });
  if (format === "uuid") return fc.uuid();
  if (format === "date-time")
    return fc.date({ min: new Date("1990-01-01"), max: new Date("2040-01-01"), noInvalidDate: true }).map((date) => date.toISOString());
  if (format === "date") return fc.constant("2026-03-01");
  if (schema["pattern"]) return fc.constantFrom("12", "7");
  return WORDS;
}

function objectOf(document: Document, schema: Json, depth: number): fc.Arbitrary<unknown> {
  const properties = Object.entries((schema["properties"] ?? {}) as Record<string, Json>);
  const required = (schema["required"] ?? []) as string[];
  // What refers to other inputs leads on and on.
  const leads = (one: Json) => JSON.stringify(one).includes("RelationInput") || JSON.stringify(one).includes("ChildrenInput");
  const kept = properties.filter(([name, one]) => required.includes(name) || (depth > 0 && !leads(one)));
  return fc.record(Object.fromEntries(kept.map(([name, one]) => [name, arbitraryOf(document, one, depth - 1)])), {
    requiredKeys: required,
  });
}

const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** A broken form of a body: another type, a field that is none, one that is missing. */
const breakBody = (body: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    body.map((value) => ({ ...(value as object), noSuchField: 1 })),
    fc
      .tuple(body, fc.jsonValue({ maxDepth: 1 }))
      .map(([value, other]) => Object.fromEntries(Object.keys((value as object) ?? {}).map((key) => [key, other]))),
  );
const spoilBody = (body: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.tuple(body, hostile, hostile).map(([value, text, key]) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return text;
    const keys = Object.keys(value);
    return Object.fromEntries([...keys.map((name) => [name, text]), [key, text]]);
  });

function parametersOf(
  document: Document,
  operation: Operation,
  method: string,
  kind: Sent["kind"],
  ids: readonly string[],
): fc.Arbitrary<Record<string, [place: string, value: string]>> {
  const all = (operation.parameters ?? []).map((one) => resolve(document, one));
  const entries = all.map((parameter) => {
    const { name, in: place, schema } = parameter as { name: string; in: string; schema: Json };
    const unknownId = fc.uuid({ version: 7 });
    let value: fc.Arbitrary<unknown> = TEXTS[name] ?? arbitraryOf(document, schema, 1);
    if (name === "id")
      value =
        ids.length && kind !== "hostile"
          ? fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...ids) }, { weight: 1, arbitrary: unknownId })
          : unknownId;
    // Who deletes all there is leaves nothing to ask for.
    if (name === "filter") value = fc.constantFrom(...(method === "delete" && ids.length ? ids.map((id) => `id[eq]:"${id}"`) : FILTERS));
    if (name === "order_by" && all.some((other) => other["name"] === "group_by")) value = fc.constant("id");
    if (/starting_after|ending_before|^If-/.test(name)) value = fc.constant(undefined);
    if (name === "Idempotency-Key") value = fc.uuid();
    if (kind !== "valid" && place === "query")
      value = fc.oneof(value, kind === "hostile" ? hostile : fc.constantFrom("", "x", "-1", "true,false", "[1"));
    if (kind === "hostile" && place === "path") value = fc.oneof(value, hostile);
    return [name, value.map((one) => [place, asText(one)] as [string, string])] as const;
  });
  const required = all.filter((one) => one["required"]).map((one) => String(one["name"]));
  // Both of these at once are refused, which is right and says nothing.
  return fc
    .record(Object.fromEntries(entries), {
      requiredKeys: kind === "valid" ? [...required, "filter"].filter((name) => entries.some(([one]) => one === name)) : required,
    })
    .map((given) => {
      const { destroy: _destroy, ...rest } = given;
      return "soft_delete" in given ? rest : given;
    }) as never;
}

/** Requests of one operation. */
function requestOf(document: Document, path: string, method: string, operation: Operation, ids: Ids): fc.Arbitrary<Sent> {
  return fc.constantFrom<Sent["kind"]>("valid", "valid", "broken", "hostile").chain((kind) => {
    const schema = operation.requestBody?.content["application/json"]?.schema;
    const good = schema ? arbitraryOf(document, schema, 3) : fc.constant(undefined);
    const body = !schema || kind === "valid" ? good : kind === "broken" ? breakBody(good) : spoilBody(good);
    return fc.tuple(parametersOf(document, operation, method, kind, ids(path)), body).map(([parameters, json]) => {
      const query = new URLSearchParams();
      const headers: Record<string, string> = {};
      let address = path;
      for (const [name, [place, value]] of Object.entries(parameters)) {
        if (value === undefined) continue;
        if (place === "path") address = address.replace(`{${name}}`, encodeURIComponent(value.replace(/[\ud800-\udfff]/g, "?")) || "x");
        else if (place === "header") headers[name.toLowerCase()] = value;
        else query.set(name, value);
      }
      const text = json === undefined ? undefined : JSON.stringify(json);
      if (text !== undefined) headers["content-type"] = "application/json";
      const search = query.toString();
      return { kind, method, path, url: address + (search && `?${search}`), headers, body: text, json };
    });
  });
}

/** Any request that the document knows of; `weight` says how often a path is asked. */
export function requestsOf(document: Document, ids: Ids, weight: (path: string, method: string) => number): fc.Arbitrary<Sent> {
  const all = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => {
      const arbitrary = requestOf(document, path, method, operation, ids);
      const often = weight(path, method);
      return often ? [{ weight: often, arbitrary }] : [];
    }),
  );
  return fc.oneof(...all);
}
