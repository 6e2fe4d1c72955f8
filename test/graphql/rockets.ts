/** Three objects joined in every way there is: rockets, engines and pilots. */
import { type Api, type Connection, useApi } from "../helpers/server.ts";

export type Id = { id: string };
export type List = Connection<Id & { name: string }> & { nodes: { name: string }[] };

export const names = (list: { nodes: { name: string }[] }): string[] => list.nodes.map(({ name }) => name);

/** A server whose workspace acme has them, and short ways to write records. */
export function useRockets() {
  const api: Api = useApi();
  const objects: Record<string, string> = {};
  const FIELD = "mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id name columnName } }";
  const addField = (data: object) => api.metadata(FIELD, { data });

  async function addObject(nameSingular: string): Promise<void> {
    const { data } = await api.metadata<{ createOneObject: Id }>(
      "mutation ($data: CreateObjectInput!) { createOneObject(data: $data) { id } }",
      { data: { nameSingular, namePlural: `${nameSingular}s` } },
    );
    objects[nameSingular] = data!.createOneObject.id;
  }

  /** Does an operation that must succeed; answers its one field. */
  async function run<T = Id>(query: string, variables: object = {}): Promise<T> {
    const { data, errors } = await api.graphql<Record<string, T>>(query, variables as Record<string, unknown>);
    expect(errors).toBeUndefined();
    return Object.values(data!)[0]!;
  }
  const create = async (type: string, data: object) =>
    (await run(`mutation ($data: ${type}CreateInput!) { create${type}(data: $data) { id } }`, { data })).id;
  const remove = (type: string, id: string) => run(`mutation ($id: UUID!) { delete${type}(id: $id) { id } }`, { id });
  const restore = (type: string, id: string) =>
    run(`mutation ($id: UUID!) { update${type}(id: $id, data: { deletedAt: null }) { id } }`, { id });

  beforeAll(async () => {
    for (const name of ["rocket", "engine", "pilot"]) await addObject(name);
    const relation = (type: string, target: string, targetFieldName: string) => ({
      type: "RELATION",
      relation: { type, targetObjectId: objects[target], targetFieldName },
    });
    const made = [
      await addField({ objectId: objects["rocket"], name: "engine", ...relation("ONE_TO_ONE", "engine", "rocket") }),
      await addField({ objectId: objects["rocket"], name: "crew", ...relation("MANY_TO_MANY", "pilot", "flown") }),
      await addField({ objectId: objects["pilot"], name: "friends", ...relation("MANY_TO_MANY", "pilot", "friendOf") }),
      await addField({ objectId: objects["pilot"], name: "owned", ...relation("ONE_TO_MANY", "rocket", "owner") }),
      await addField({
        objectId: objects["pilot"],
        name: "favorite",
        type: "MORPH_RELATION",
        relation: {
          targets: ["rocket", "engine"].map((target) => ({ targetObjectId: objects[target], targetFieldName: "fans" })),
        },
      }),
    ];
    expect(made.map(({ errors }) => errors)).toEqual(made.map(() => undefined));
  });
  return { api, run, create, remove, restore };
}
