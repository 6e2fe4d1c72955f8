/** What the caller's roles let him do, as far as a document shows it: whether an operation is there at all. */
import type { GraphqlServer } from "../../graphqlServer.ts";
import type { Services } from "../../routes.ts";
import type { Caller } from "../../schemaRegistry.ts";

const ASK = "{ myPermissions }";

export class Permissions {
  readonly #held: ReadonlySet<string>;
  /** The same for all who may do the same. */
  readonly key: string;

  constructor(held: readonly string[]) {
    this.#held = new Set(held);
    this.key = [...this.#held].sort().join();
  }

  /** `companies.read`, or a flag such as `data_model`; as authz.has_permission has it. */
  has(permission: string): boolean {
    const [, action] = permission.split(".");
    return this.#held.has("*") || this.#held.has(permission) || (action !== undefined && this.#held.has(`*.${action}`));
  }
}

export async function permissionsOf(graphqlServer: GraphqlServer, { metadata }: Services, caller: Caller): Promise<Permissions> {
  const { data, errors } = await graphqlServer.run(metadata, caller, ASK, {});
  if (errors?.length) throw errors[0]!.originalError ?? errors[0]!;
  return new Permissions((data as { myPermissions: string[] }).myPermissions);
}
