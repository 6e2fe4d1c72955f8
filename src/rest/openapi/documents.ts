/** The documents as they are sent: written once for each schema and what one may do in it, a few of them kept. */
import { hash } from "node:crypto";
import type { GraphQLSchema } from "graphql";
import { Lru } from "../../lru.ts";
import type { Services } from "../../routes.ts";
import type { Caller } from "../../schemaRegistry.ts";
import { baseDocument, coreDocument } from "./core.ts";
import { metadataDocument } from "./metadata.ts";
import { type Permissions, permissionsOf } from "./permissions.ts";

export type Sent = { text: string; etag: string };
type Name = "core" | "metadata";

const KEPT = 32;
const ASK_SCHEMA = "{ __schema { queryType { name } } }";
const make = { core: coreDocument, metadata: metadataDocument };

const toSend = (document: object): Sent => {
  const text = JSON.stringify(document);
  return { text, etag: `"${hash("sha1", text, "base64url")}"` };
};

export class OpenApiDocuments {
  readonly #services: Services;
  readonly #kept = new Lru<string, Sent>(KEPT);
  /** A number for each schema, so that what is kept keeps none alive. */
  readonly #numbers = new WeakMap<GraphQLSchema, number>();
  #last = 0;
  #base: Sent | undefined;

  constructor(services: Services) {
    this.#services = services;
  }

  /** Of whoever has no token. */
  base(): Sent {
    return (this.#base ??= toSend(baseDocument()));
  }

  async of(name: Name, caller: Caller): Promise<Sent> {
    const { graphqlServer } = this.#services;
    const permissions = await permissionsOf(graphqlServer, this.#services, caller);
    return this.#once(name, await this.#schemaOf(name, caller), permissions);
  }

  /** The schema as it is now: whoever asks for it gets what was made on another server, too. */
  async #schemaOf(name: Name, caller: Caller): Promise<GraphQLSchema> {
    const { graphqlServer } = this.#services;
    const api = this.#services[name === "core" ? "records" : "metadata"];
    if (name === "core") await graphqlServer.run(api, caller, ASK_SCHEMA, {});
    return (await api.current(caller)).schema;
  }

  #once(name: Name, schema: GraphQLSchema, permissions: Permissions): Sent {
    let number = this.#numbers.get(schema);
    if (!number) this.#numbers.set(schema, (number = ++this.#last));
    const key = `${name} ${number} ${permissions.key}`;
    let sent = this.#kept.get(key);
    if (!sent) this.#kept.set(key, (sent = toSend(make[name](schema, permissions))));
    return sent;
  }
}
