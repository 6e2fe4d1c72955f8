/** One operation of a document: what it takes, what it answers, and how it fails. */
import { errorsOf, header, json, parameter } from "./common.ts";
import type { Components } from "./components.ts";
import type { Json } from "./scalars.ts";

export const object = (properties: Json, required = Object.keys(properties)): Json => ({
  type: "object",
  properties,
  ...(required.length && { required }),
});
export const list = (items: Json): Json => ({ type: "array", items });
export const WANTED = ["depth", "fields"];

export function pageInfo(components: Components): Json {
  const cursor = { type: ["string", "null"] };
  const flags = { hasNextPage: { type: "boolean" }, hasPreviousPage: { type: "boolean" } };
  return components.ref("PageInfo", () => ({
    ...object({ ...flags, startCursor: cursor, endCursor: cursor }),
    description: "Where a page stands in its list.",
  }));
}

export type Spec = {
  id: string;
  summary: string;
  description: string;
  parameters?: readonly string[];
  more?: Json[];
  body?: Json;
  status?: string;
  answer: Json;
  answers?: Json;
  headers?: readonly string[];
  isWrite?: boolean;
  errors?: readonly string[];
};

/** One operation of a document. */
export function operation(
  tag: string,
  {
    id,
    summary,
    description,
    parameters = [],
    more = [],
    body,
    status = "200",
    answer,
    answers,
    headers = [],
    isWrite = false,
    errors = [],
  }: Spec,
): Json {
  const all = [...parameters, ...(isWrite ? ["idempotencyKey"] : [])];
  const told = [...headers, ...(isWrite ? ["Idempotency-Replayed"] : []), "RateLimit", "RateLimit-Policy"];
  const success = (schema: Json, text = "Done.") => ({
    description: text,
    headers: Object.assign({}, ...told.map(header)),
    content: schema,
  });
  return {
    operationId: id,
    summary,
    description,
    tags: [tag],
    ...((all.length || more.length) && { parameters: [...all.map(parameter), ...more] }),
    ...(body && { requestBody: { required: true, content: json(body) } }),
    responses: {
      [status]: success(json(answer)),
      ...(answers && { 200: success(json(answers), "The record that was there was changed.") }),
      ...errorsOf(isWrite, errors),
    },
  };
}

const NOT_MODIFIED = { 304: { description: "It is still as you have it.", headers: header("ETag") } };

/** Adds the answer to who has it already. */
export const conditional = (made: Json): Json => ({ ...made, responses: { ...(made["responses"] as Json), ...NOT_MODIFIED } });
