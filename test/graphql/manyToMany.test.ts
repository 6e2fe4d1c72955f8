/** Many-to-many: lists that go through a junction. */
import { type List, names, useRockets } from "./rockets.ts";

const { api, run, create, remove, restore } = useRockets();

describe("many-to-many", () => {
  const pair = (rocketId: string, pilotId: string) => create("RocketPilot", { rocketId, pilotId });
  const CREW = `query ($id: UUID!) { rocket(filter: { id: { eq: $id } }) { crew(orderBy: [{ name: AscNullsLast }]) { totalCount nodes { name } } } }`;
  const crewOf = async (id: string) => (await run<{ crew: List & { nodes: { name: string }[] } }>(CREW, { id })).crew;

  it("can be read from both sides, with the arguments of every list", async () => {
    const pilots = await Promise.all(["Ann", "Bob", "Cid", "Dee", "Eve"].map((name) => create("Pilot", { name })));
    const [one, two] = [await create("Rocket", { name: "M1" }), await create("Rocket", { name: "M2" })];
    for (const pilot of pilots) await pair(one, pilot);
    await pair(two, pilots[0]!);
    const QUERY = `{ rockets(filter: { name: { startsWith: "M" } }, orderBy: [{ name: AscNullsLast }]) { nodes { name
      crew(first: 2, offset: 1, orderBy: [{ name: DescNullsLast }]) { totalCount pageInfo { hasNextPage } edges { cursor node { name } } }
      last: crew(last: 1, orderBy: [{ name: AscNullsLast }]) { nodes { name } }
      some: crew(filter: { name: { in: ["Ann", "Cid", "Zoe"] } }) { totalCount nodes { name flown(first: 5) { totalCount } } } } } }`;
    const { nodes } = await run<{ nodes: Record<string, unknown>[] }>(QUERY);
    const cursor = expect.any(String);
    expect(nodes).toEqual([
      {
        name: "M1",
        crew: {
          totalCount: 5,
          pageInfo: { hasNextPage: true },
          edges: [
            { cursor, node: { name: "Dee" } },
            { cursor, node: { name: "Cid" } },
          ],
        },
        last: { nodes: [{ name: "Eve" }] },
        some: {
          totalCount: 2,
          nodes: [
            { name: "Ann", flown: { totalCount: 2 } },
            { name: "Cid", flown: { totalCount: 1 } },
          ],
        },
      },
      {
        name: "M2",
        crew: { totalCount: 1, pageInfo: { hasNextPage: false }, edges: [] },
        last: { nodes: [{ name: "Ann" }] },
        some: { totalCount: 1, nodes: [{ name: "Ann", flown: { totalCount: 2 } }] },
      },
    ]);
  });

  it("can be walked by cursors", async () => {
    const rocket = await create("Rocket", { name: "Walked" });
    const wanted = ["P1", "P2", "P3", "P4", "P5"];
    for (const name of wanted) await pair(rocket, await create("Pilot", { name }));
    const met: string[] = [];
    let after: string | null = null;
    do {
      const QUERY =
        "query ($id: UUID!, $after: String) { rocket(filter: { id: { eq: $id } }) { crew(first: 2, after: $after, orderBy: [{ name: AscNullsLast }]) { nodes { name } pageInfo { hasNextPage endCursor } } } }";
      const { crew }: { crew: List & { nodes: { name: string }[] } } = await run(QUERY, { id: rocket, after });
      met.push(...names(crew));
      after = crew.pageInfo.hasNextPage ? crew.pageInfo.endCursor : null;
    } while (after);
    expect(met).toEqual(wanted);
  });

  it("cannot show deleted records, or records of deleted pairs", async () => {
    const rocket = await create("Rocket", { name: "Deletions" });
    const [gone, unpaired, stays] = [
      await create("Pilot", { name: "Gone" }),
      await create("Pilot", { name: "Unpaired" }),
      await create("Pilot", { name: "Stays" }),
    ];
    const [, second] = [await pair(rocket, gone), await pair(rocket, unpaired), await pair(rocket, stays)];
    expect(names(await crewOf(rocket))).toEqual(["Gone", "Stays", "Unpaired"]);
    await remove("Pilot", gone);
    await remove("RocketPilot", second!);
    expect(await crewOf(rocket)).toEqual({ totalCount: 1, nodes: [{ name: "Stays" }] });
    const shown = await run<{ crew: { nodes: { name: string }[] } }>(
      "query ($id: UUID!) { rocket(filter: { id: { eq: $id } }) { crew(filter: { deletedAt: { is: NOT_NULL } }) { nodes { name } } } }",
      { id: rocket },
    );
    expect(names(shown.crew)).toEqual(["Gone"]);
    await restore("RocketPilot", second!);
    expect(names(await crewOf(rocket))).toEqual(["Stays", "Unpaired"]);
  });

  it("cannot pair two records twice (CONFLICT), but again once the pair was deleted", async () => {
    const [rocketId, pilotId] = [await create("Rocket", { name: "Pairs" }), await create("Pilot", { name: "Pair" })];
    const first = await pair(rocketId, pilotId);
    const CREATE = "mutation ($data: RocketPilotCreateInput!) { createRocketPilot(data: $data) { id } }";
    const again = await api.graphql(CREATE, { data: { rocketId, pilotId } });
    expect(again.errors).toMatchObject([{ extensions: { code: "CONFLICT", field: "pilotId" } }]);
    await remove("RocketPilot", first);
    await pair(rocketId, pilotId);
    expect((await crewOf(rocketId)).totalCount).toBe(1);
    const half = await api.graphql(CREATE, { data: { rocketId } });
    expect(half.errors).toMatchObject([{ extensions: { code: "BAD_INPUT" } }]);
  });

  it("can join an object to itself", async () => {
    const [ann, bob] = [await create("Pilot", { name: "Friend A" }), await create("Pilot", { name: "Friend B" })];
    await create("PilotPilot", { sourcePilotId: ann, targetPilotId: bob });
    const read = await run<{ nodes: unknown[] }>(
      '{ pilots(filter: { name: { startsWith: "Friend" } }, orderBy: [{ name: AscNullsLast }]) { nodes { name friends { nodes { name } } friendOf { nodes { name } } } } }',
    );
    expect(read.nodes).toEqual([
      { name: "Friend A", friends: { nodes: [{ name: "Friend B" }] }, friendOf: { nodes: [] } },
      { name: "Friend B", friends: { nodes: [] }, friendOf: { nodes: [{ name: "Friend A" }] } },
    ]);
  });

  it.each([
    ["first: 1, last: 1", "ARGS_CONFLICT"],
    ["first: 1001", "LIMIT_EXCEEDED"],
    ['after: "x"', "INVALID_CURSOR"],
    ["filter: { name: { eq: null } }", "BAD_INPUT"],
  ])("cannot ask for (%s) (%s)", async (args, code) => {
    const { errors } = await api.graphql(`{ rockets(first: 2) { nodes { id crew(${args}) { totalCount } } } }`);
    expect(new Set(errors!.map(({ extensions }) => extensions.code))).toEqual(new Set([code]));
  });
});
