/** Two servers behind a load balancer are restarted, one after the other, again and again, and no client notices. */
import { assert, assertNone, type Check } from "../group.ts";
import { ask, keptConnections, Tally } from "./asking.ts";
import { startBalancer } from "./balancer.ts";
import { type FaultsWorld, ownPort, untilSo } from "./world.ts";

const CLIENTS = 16;
const DRAIN = "1s";
const READ = "{ companies(first: 5) { edges { node { id name employees } } } }";
const WRITE = "mutation ($name: String) { createCompany(data: { name: $name }) { id } }";

async function rolls(world: FaultsWorld): Promise<void> {
  const wanted = world.isFull ? 20_000 : 2000;
  const roundsWanted = world.isFull ? 10 : 2;
  const ports = [await ownPort(), await ownPort()];
  const start = (index: number) => world.serve({ ...ports[index]!, SHUTDOWN_DRAIN: DRAIN });
  const servers = [await start(0), await start(1)];
  const token = await world.tokenOf(servers[0]!);
  const balancer = await startBalancer(servers.map(({ url }) => url));
  const [agent, tally] = [keptConnections(CLIENTS), new Tally(world.scanner)];
  let [asked, hasRolled] = [0, false];
  const client = async () => {
    // On, until there were enough and all were restarted.
    while (asked < wanted || !hasRolled) {
      const number = asked++;
      await tally.note(ask(agent, balancer.url, token, number % 4 ? READ : WRITE, { name: `rolling ${number}` }));
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  const codes: (number | null)[] = [];
  const roll = async () => {
    for (let round = 0; round < roundsWanted; round++)
      for (const index of [0, 1]) {
        codes.push(await servers[index]!.stop());
        servers[index] = await start(index);
        await untilSo(() => balancer.isReady(index), "a restarted server is ready");
      }
    hasRolled = true;
  };
  try {
    await Promise.all([roll(), ...clients]);
  } finally {
    hasRolled = true;
    agent.destroy();
    await balancer.close();
  }
  world.note(`${tally.total} requests over ${codes.length} restarts, ${tally.total - (tally.counts.get("ok") ?? 0)} failed`);
  await Promise.all(servers.map((server) => server.stop()));
  assertNone(tally.beside(/^ok$/), "requests failed");
  assert(
    codes.every((code) => code === 0),
    () => `servers ended with ${codes.join(", ")}`,
  );
  assert(
    balancer.served().every((count) => count > wanted / 10),
    "one server alone has served",
  );
}

export const rolling: Check<FaultsWorld>[] = [
  { id: "G128", title: "two servers behind a load balancer are restarted in turn: no request fails", run: rolls },
];
