/** What is another's, through every place of both schemas that takes an id or a text: no leak, no write, and no difference from what is nobody's. */
import { assert, assertNone, type Check } from "../group.ts";
import { canaryOf } from "../scanner.ts";
import { compareAll, randomId, randomText, readSchema } from "./compare.ts";
import { snapshot } from "./snapshot.ts";
import type { IsolationWorld } from "./world.ts";

const FULL_ROUNDS = 30;
type Put = (typeName: string) => ((value: unknown) => unknown) | undefined;

const asId: Put = (name) => (name === "UUID" ? (value) => value : name === "UUIDFilter" ? (value) => ({ eq: value }) : undefined);
const asText: Put = (name) => {
  if (name === "String") return (value) => value;
  if (name === "StringFilter") return (value) => ({ like: `%${value}%` });
  return name === "TSVectorFilter" ? (value) => ({ search: value }) : undefined;
};

/** Nobody may have been harmed, and the attackers must still be somebody. */
async function unharmed(world: IsolationWorld, work: () => Promise<void>): Promise<void> {
  const before = await snapshot(world);
  await work();
  const after = await snapshot(world);
  assertNone(
    [...before].filter(([name, hash]) => after.get(name) !== hash).map(([name]) => name),
    "changed by somebody else",
  );
  for (const { token } of world.attackers) {
    const { status } = await world.ask("/graphql", token, "{ companies { totalCount } }");
    assert(status === 200, "an attacker has shut himself out, so that what he sent proves nothing");
  }
}

const attackById = (path: string) => (world: IsolationWorld) =>
  unharmed(world, async () => {
    const places = (await readSchema(world, path, world.attackers[0]!)).places(asId);
    assert(places.length > 50, `only ${places.length} places take an id`);
    const found = await compareAll(world, path, places, world.isFull ? FULL_ROUNDS : 1, () => {
      const foreign = world.foreignId();
      return { foreign, random: () => randomId(foreign) };
    });
    world.note(`${places.length} places`);
    assertNone(found, "answers that tell foreign ids from random ones");
  });

const attackByText = (path: string) => (world: IsolationWorld) =>
  unharmed(world, async () => {
    const { victims, attackers, random } = world;
    const places = (await readSchema(world, path, attackers[0]!)).places(asText, ["query"]);
    const rounds = world.isFull ? FULL_ROUNDS : 1;
    const found = await compareAll(world, path, places, rounds, () => {
      const foreign = canaryOf(victims[random(victims.length)]!.workspaceId, 1).slice(0, 41);
      return { foreign, random: () => randomText(foreign) };
    });
    world.note(`${places.length} places`);
    assertNone(found, "answers that tell a foreign text from one that is nowhere");
    if (path !== "/graphql") return;
    // One's own is told from what is nowhere: the question is a good one.
    const own = await compareAll({ ...world, attackers: attackers.slice(0, 1) }, path, places.slice(0, 200), 1, () => {
      const mine = canaryOf(attackers[0]!.workspaceId, 1).slice(0, 41);
      return { foreign: mine, random: () => randomText(mine) };
    });
    assert(own.length > 10, `only ${own.length} places tell one's own text`);
  });

export const foreignIds: Check<IsolationWorld>[] = [
  {
    id: "A1",
    title: "foreign ids through every place of /graphql: no leak, no write, no difference from random ones",
    run: attackById("/graphql"),
  },
  { id: "A1b", title: "the same through every place of /metadata", run: attackById("/metadata") },
  {
    id: "A4",
    title: "foreign texts through every filter, search and argument of /graphql: as if they stood nowhere",
    run: attackByText("/graphql"),
  },
  { id: "A4b", title: "the same through /metadata", run: attackByText("/metadata") },
];
