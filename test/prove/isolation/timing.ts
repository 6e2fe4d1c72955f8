/** Whether the time of an answer tells a foreign id from a random one: interleaved pairs, each on the same connection. */
import { Client } from "../../bench/client.ts";
import { assert, type Check } from "../group.ts";
import { randomId } from "./compare.ts";
import type { IsolationWorld } from "./world.ts";

const PAIRS = { short: 150, full: 2000 };
const WARM = 20;
const MAX_MS = 1;
const ASKS: Record<string, string> = {
  read: "query ($id: UUID!) { company(filter: { id: { eq: $id } }) { id name contacts(first: 1) { totalCount } } }",
  update: 'mutation ($id: UUID!) { updateCompany(id: $id, data: { name: "x" }) { id } }',
  connect: 'mutation ($id: UUID!) { createPerson(data: { firstName: "x", companyId: $id }) { id } }',
  destroy: "mutation ($id: UUID!) { destroyCompany(id: $id) { id } }",
};

const median = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1]!;

async function difference(world: IsolationWorld, query: string): Promise<number> {
  const [attacker] = world.attackers;
  const client = new Client({ port: Number(new URL(world.url).port) }, attacker!.token);
  const times = { foreign: [] as number[], random: [] as number[] };
  const pairs = world.isFull ? PAIRS.full : PAIRS.short;
  const timeOf = async (id: string) => (await client.ask(query, { id })).ms;
  for (let n = -WARM; n < pairs; n++) {
    const foreign = world.foreignId();
    const order = n % 2 ? (["foreign", "random"] as const) : (["random", "foreign"] as const);
    for (const which of order) {
      const ms = await timeOf(which === "foreign" ? foreign : randomId(foreign));
      if (n >= 0) times[which].push(ms);
    }
  }
  client.close();
  return median(times.foreign) - median(times.random);
}

export const timing: Check<IsolationWorld>[] = [
  {
    id: "A3",
    title: "the time of an answer tells no foreign id from a random one (Δp50 < 1 ms; held to it in --full)",
    async run(world) {
      for (const [what, query] of Object.entries(ASKS)) {
        const ms = await difference(world, query);
        world.note(`${what} Δp50 ${ms.toFixed(2)} ms`);
        assert(!world.isFull || Math.abs(ms) < MAX_MS, `${what}: Δp50 is ${ms.toFixed(2)} ms`);
      }
    },
  },
];
