/** The demo data, two servers on one database, and changes of the data model. */

import type { Answer } from "../../helpers/server.ts";
import { post, startTestServer, type TestServer } from "../../helpers/server.ts";
import { assert, type Options } from "../group.ts";
import type { Seen } from "../scanner.ts";
import { type Basics, makeServerWorld, type ServerWorld } from "../serverWorld.ts";

export const OWNER = "owner@acme.test";
export const MEMBER = "member@acme.test";
export type Change = { kind: string; data: Record<string, unknown> };
export type Applied = { applyChanges: { changes: { id: string }[] } };
const APPLY = "mutation ($changes: [ChangeInput!]!) { applyChanges(changes: $changes) { changes { id } } }";

export type MetadataWorld = ServerWorld & {
  other: TestServer;
  graphql: <T = Record<string, unknown>>(query: string, variables?: object, email?: string) => Promise<Answer<T>>;
  metadata: <T = Record<string, unknown>>(query: string, variables?: object, email?: string) => Promise<Answer<T>>;
  /** The same of the other server's. */
  there: <T = Record<string, unknown>>(query: string, variables?: object, email?: string) => Promise<Answer<T>>;
  apply: (...changes: Change[]) => Promise<Answer<Applied>>;
  /** As `apply`, for changes that have to be made; asks again while somebody else is at it. */
  make: (...changes: Change[]) => Promise<string[]>;
  objectId: (name: string) => Promise<string>;
};

export async function makeMetadataWorld(options: Options, basics: Basics): Promise<MetadataWorld> {
  const world = await makeServerWorld(options, basics);
  const other = await startTestServer({ PG_DATABASE_URL: world.adminUrl });
  const { end, heard } = world;
  let heardThere = 0;
  const apply = async (...changes: Change[]) => world.ask<Applied>("/metadata", await world.tokenOf(OWNER), APPLY, { changes });
  return Object.assign(world, {
    other,
    graphql: async <T>(query: string, variables = {}, email = OWNER) =>
      world.ask<T>("/graphql", await world.tokenOf(email), query, variables),
    metadata: async <T>(query: string, variables = {}, email = OWNER) =>
      world.ask<T>("/metadata", await world.tokenOf(email), query, variables),
    there: async <T>(query: string, variables = {}, email = OWNER) =>
      post<T>(other.url, "/graphql", await world.tokenOf(email), query, variables),
    apply,
    async make(...changes: Change[]) {
      for (let n = 0; ; n++) {
        const { data, errors } = await apply(...changes);
        if (!errors) return data!.applyChanges.changes.map(({ id }) => id);
        assert(
          n < 20 && errors[0]!.extensions.code === "BUSY",
          () => `${JSON.stringify(changes).slice(0, 200)}: ${JSON.stringify(errors)}`,
        );
      }
    },
    objectId: async (name: string) =>
      (
        await world.sql<{ id: string }>("select id from core.objects where name_singular = $1 and workspace_id = authz.workspace_id()", [
          name,
        ])
      )[0]!.id,
    async heard(): Promise<Seen[]> {
      const said = other.output().slice(heardThere);
      heardThere += said.length;
      return [...(await heard()), { where: "the other server's log", text: said }];
    },
    async end() {
      await other.stop();
      await end();
    },
  });
}
