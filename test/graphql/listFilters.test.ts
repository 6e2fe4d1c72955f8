/** Filters that ask of lists of related records: some, every, none; of one-to-many, many-to-many and morph lists. */
import { names, useRockets } from "./rockets.ts";

const { api, run, create, remove } = useRockets();

beforeAll(async () => {
  const pilot = (name: string) => create("Pilot", { name });
  const [ada, bob, cy] = [await pilot("Ada"), await pilot("Bob"), await pilot("Cy")];
  const rocket = (name: string | null, ownerId: string | null) => create("Rocket", { name, ownerId });
  const [one, two, , gone] = [await rocket("One", ada), await rocket("Two", ada), await rocket("Three", bob), await rocket("Gone", cy)];
  await rocket(null, bob);
  await remove("Rocket", gone);
  const fly = (rocketId: string, pilotId: string) => create("RocketPilot", { rocketId, pilotId });
  await fly(one, ada);
  await fly(one, bob);
  await fly(two, bob);
  await fly(gone, cy);
  await remove("RocketPilot", await fly(two, cy));
  const engine = await create("Engine", { name: "E" });
  await api.graphql("mutation ($id: UUID!, $data: PilotUpdateInput!) { updatePilot(id: $id, data: $data) { id } }", {
    id: ada,
    data: { favoriteEngineId: engine },
  });
});

const find = async (type: string, filter: string) =>
  names(await run(`{ ${type}(filter: ${filter}, orderBy: [{ name: AscNullsLast }]) { nodes { name } } }`));

it.each<[string, string, (string | null)[]]>([
  // One-to-many.
  ["pilots", '{ owned: { some: { name: { eq: "One" } } } }', ["Ada"]],
  ["pilots", "{ owned: { some: {} } }", ["Ada", "Bob"]],
  ["pilots", "{ owned: { none: {} } }", ["Cy"]],
  ["pilots", '{ owned: { none: { name: { startsWith: "T" } } } }', ["Cy"]],
  ["pilots", "{ owned: { every: {} } }", ["Ada", "Bob", "Cy"]],
  // One of Bob's has no name, of which nobody can say that it ends so.
  ["pilots", '{ owned: { every: { name: { regex: "(e|o)$" } } } }', ["Ada", "Cy"]],
  ["pilots", '{ owned: { every: { name: { eq: "One" } } } }', ["Cy"]],
  ["pilots", '{ owned: { some: { name: { eq: "One" } }, every: { name: { is: NOT_NULL } }, none: { name: { eq: "X" } } } }', ["Ada"]],
  ["pilots", '{ not: { owned: { some: { name: { eq: "One" } } } } }', ["Bob", "Cy"]],
  ["pilots", '{ or: [{ owned: { none: {} } }, { owned: { some: { name: { eq: "Three" } } } }] }', ["Bob", "Cy"]],
  ["pilots", "{ owned: { some: { deletedAt: { is: NOT_NULL } } } }", []],
  // Many-to-many.
  ["rockets", '{ crew: { some: { name: { eq: "Bob" } } } }', ["One", "Two"]],
  ["rockets", '{ crew: { every: { name: { eq: "Bob" } } } }', ["Three", "Two", null]],
  ["rockets", '{ crew: { none: { name: { eq: "Ada" } } } }', ["Three", "Two", null]],
  ["rockets", "{ crew: { none: {} } }", ["Three", null]],
  ["pilots", '{ flown: { some: { name: { eq: "Gone" } } } }', []],
  ["pilots", '{ flown: { some: { crew: { every: { name: { eq: "Bob" } } } } } }', ["Bob"]],
  // Morph, and through a single record.
  ["engines", '{ fans: { some: { name: { eq: "Ada" } } } }', ["E"]],
  ["engines", "{ fans: { none: {} } }", []],
  ["pilots", '{ favoriteEngine: { fans: { some: { owned: { some: { name: { eq: "Two" } } } } } } }', ["Ada"]],
  ["rockets", '{ owner: { flown: { none: { name: { eq: "One" } } } } }', []],
])("can find %s by %s", async (type, filter, wanted) => {
  expect(await find(type, filter)).toEqual(wanted);
});
