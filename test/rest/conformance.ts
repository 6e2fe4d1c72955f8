/** Whether an answer, or a request, is what the document says. */
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { Document, Json } from "./openapiSupport.ts";
import type { Sent } from "./requests.ts";

/** What an answer holds is to be told: here, what no schema names is a difference. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, key === "examples" || key === "example" ? value : closed(value)]),
  );
  return "properties" in inner && (inner as Json)["type"] !== undefined && !("additionalProperties" in inner)
    ? { ...inner, additionalProperties: false }
    : inner;
}

type Answer = { status: number; type: string; text: string };

export class Conformance {
  readonly #document: Document;
  readonly #ajv: Ajv2020;

  constructor(document: Document) {
    this.#document = closed(document) as Document;
    this.#ajv = new Ajv2020({ strict: false, allErrors: false });
    (addFormats as unknown as (ajv: Ajv2020) => void)(this.#ajv);
    this.#ajv.addSchema(this.#document as never, "document");
  }

  #validate(pointer: string, value: unknown): string | undefined {
    const validate = this.#ajv.getSchema(`document#/${pointer}`)!;
    if (validate(value)) return undefined;
    const [error] = validate.errors!;
    return `${error!.instancePath} ${error!.message} ${JSON.stringify(error!.params)}`;
  }

  /** Whether the document lets the body be sent. */
  takes({ path, method, json }: Sent): boolean {
    const operation = this.#document.paths[path]![method]!;
    if (!operation.requestBody) return json === undefined;
    if (json === undefined) return !operation.requestBody.required;
    return this.#validate(`${pointerOf(path, method)}/requestBody/content/application~1json/schema`, json) === undefined;
  }

  /** What of an answer is not as the document says. */
  difference({ path, method }: Sent, { status, type, text }: Answer): string | undefined {
    const given = this.#document.paths[path]![method]!.responses[status] as Json | undefined;
    if (!given) return `the status ${status} is not told`;
    const ref = given["$ref"] as string | undefined;
    const at = ref ? ref.slice(2) : `${pointerOf(path, method)}/responses/${status}`;
    const response = (ref ? this.#document.components.responses[ref.split("/").at(-1)!] : given) as { content?: Record<string, unknown> };
    const media = type.split(";")[0]!;
    if (!response.content?.[media]) return `the type ${media} is not told of ${status}`;
    return this.#validate(`${at}/content/${media.replace("/", "~1")}/schema`, JSON.parse(text));
  }
}

const pointerOf = (path: string, method: string): string =>
  `paths/${path.replaceAll("~", "~0").replaceAll("/", "~1").replaceAll("{", "%7B").replaceAll("}", "%7D")}/${method}`;
