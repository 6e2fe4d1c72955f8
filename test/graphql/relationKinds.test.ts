/** One-to-many, one-to-one and morph relations: read, filtered, sorted, written, and deleted at either end. */
import { type List, names, useRockets } from "./rockets.ts";

const { api, run, create, remove } = useRockets();

describe("one-to-many", () => {
  it("can be created from the side of the one", async () => {
    const ownerId = await create("Pilot", { name: "Owner" });
    await create("Rocket", { name: "Owned", ownerId });
    const read = await run<{ nodes: { owned: List }[] }>(
      '{ pilots(filter: { name: { eq: "Owner" } }) { nodes { owned { totalCount nodes { name owner { name } } } } } }',
    );
    expect(read.nodes).toEqual([{ owned: { totalCount: 1, nodes: [{ name: "Owned", owner: { name: "Owner" } }] } }]);
  });
});

describe("one-to-one", () => {
  const ENGINES =
    "{ engines(orderBy: [{ rocket: { name: AscNullsLast } }, { name: AscNullsLast }]) { nodes { name rocket { name engine { name } } } } }";

  it("can be read, filtered and sorted from both sides, as a single record", async () => {
    const [a, b] = [await create("Engine", { name: "A" }), await create("Engine", { name: "B" })];
    await create("Engine", { name: "C" });
    await create("Rocket", { name: "Two", engineId: a });
    await create("Rocket", { name: "One", engineId: b });
    expect((await run<{ nodes: unknown[] }>(ENGINES)).nodes).toEqual([
      { name: "B", rocket: { name: "One", engine: { name: "B" } } },
      { name: "A", rocket: { name: "Two", engine: { name: "A" } } },
      { name: "C", rocket: null },
    ]);
    const find = async (query: string) => names(await run(query));
    expect(await find('{ engines(filter: { rocket: { name: { eq: "Two" } } }) { nodes { name } } }')).toEqual(["A"]);
    expect(await find('{ rockets(filter: { engine: { name: { eq: "B" } } }) { nodes { name } } }')).toEqual(["One"]);
    expect(await find('{ engines(filter: { rocket: { engine: { rocket: { name: { eq: "One" } } } } }) { nodes { name } } }')).toEqual([
      "B",
    ]);
    expect(
      await find("{ rockets(filter: { engineId: { is: NOT_NULL } }, orderBy: [{ engine: { name: DescNullsLast } }]) { nodes { name } } }"),
    ).toEqual(["One", "Two"]);
    const single = await run("query ($id: UUID!) { engine(filter: { id: { eq: $id } }) { rocket { name } } }", { id: a });
    expect(single).toEqual({ rocket: { name: "Two" } });
  });

  it("cannot have two records at one end (CONFLICT)", async () => {
    const engineId = await create("Engine", { name: "Sole" });
    await create("Rocket", { name: "First", engineId });
    const CREATE = "mutation ($data: RocketCreateInput!) { createRocket(data: $data) { id } }";
    const { errors } = await api.graphql(CREATE, { data: { name: "Second", engineId } });
    expect(errors).toMatchObject([{ extensions: { code: "CONFLICT", field: "engineId" } }]);
    await create("Rocket", { name: "None" });
    await create("Rocket", { name: "None either" });
  });

  it("cannot see the deleted records of either end, and one of them is as good as none", async () => {
    const engineId = await create("Engine", { name: "Reused" });
    const old = await create("Rocket", { name: "Old", engineId });
    const READ =
      '{ engines(filter: { name: { eq: "Reused" } }, orderBy: [{ rocket: { name: AscNullsLast } }]) { totalCount nodes { name rocket { name } } } }';
    const BY = '{ engines(filter: { rocket: { name: { startsWith: "Old" } } }) { totalCount } }';
    expect(await run(BY)).toEqual({ totalCount: 1 });
    await remove("Rocket", old);
    expect(await run(READ)).toEqual({ totalCount: 1, nodes: [{ name: "Reused", rocket: null }] });
    expect(await run(BY)).toEqual({ totalCount: 0 });
    for (const name of ["Older", "Oldest"]) await remove("Rocket", await create("Rocket", { name, engineId }));
    const last = await create("Rocket", { name: "New", engineId });
    expect(await run(READ)).toEqual({ totalCount: 1, nodes: [{ name: "Reused", rocket: { name: "New" } }] });
    const restored = await api.graphql("mutation ($id: UUID!) { updateRocket(id: $id, data: { deletedAt: null }) { id } }", { id: old });
    expect(restored.errors).toMatchObject([{ extensions: { code: "CONFLICT", field: "engineId" } }]);
    await remove("Engine", engineId);
    const rocket = await run("query ($id: UUID!) { rocket(filter: { id: { eq: $id } }) { engineId engine { name } } }", { id: last });
    expect(rocket).toEqual({ engineId, engine: null });
  });
});

describe("morph", () => {
  it("can point at a record of either object, and be found by it", async () => {
    const [rocket, engine] = [await create("Rocket", { name: "Loved" }), await create("Engine", { name: "Loved" })];
    const fan = await create("Pilot", { name: "Fan A", favoriteRocketId: rocket });
    await create("Pilot", { name: "Fan B", favoriteEngineId: engine });
    const FANS =
      '{ pilots(filter: { name: { startsWith: "Fan" } }, orderBy: [{ favoriteEngine: { name: AscNullsFirst } }]) { nodes { name favoriteRocketId favoriteRocket { name fans { totalCount } } favoriteEngine { name } } } }';
    expect((await run<{ nodes: unknown[] }>(FANS)).nodes).toEqual([
      { name: "Fan A", favoriteRocketId: rocket, favoriteRocket: { name: "Loved", fans: { totalCount: 1 } }, favoriteEngine: null },
      { name: "Fan B", favoriteRocketId: null, favoriteRocket: null, favoriteEngine: { name: "Loved" } },
    ]);
    const BY = '{ pilots(filter: { favoriteRocket: { name: { eq: "Loved" } } }) { nodes { name } } }';
    expect(names(await run(BY))).toEqual(["Fan A"]);
    expect(names(await run(`{ pilots(filter: { favoriteEngineId: { eq: "${engine}" } }) { nodes { name } } }`))).toEqual(["Fan B"]);
    const moved =
      "mutation ($id: UUID!, $data: PilotUpdateInput!) { updatePilot(id: $id, data: $data) { favoriteRocketId favoriteEngineId } }";
    expect(await run(moved, { id: fan, data: { favoriteRocketId: null, favoriteEngineId: engine } })).toEqual({
      favoriteRocketId: null,
      favoriteEngineId: engine,
    });
    await remove("Engine", engine);
    expect(await run(`{ pilot(filter: { id: { eq: "${fan}" } }) { favoriteEngine { name } } }`)).toEqual({ favoriteEngine: null });
  });

  it("cannot point at two records (CHECK_FAILED)", async () => {
    const [favoriteRocketId, favoriteEngineId] = [await create("Rocket", { name: "Both" }), await create("Engine", { name: "Both" })];
    const CREATE = "mutation ($data: PilotCreateInput!) { createPilot(data: $data) { id } }";
    const { errors } = await api.graphql(CREATE, { data: { favoriteRocketId, favoriteEngineId } });
    expect(errors).toMatchObject([{ extensions: { code: "CHECK_FAILED", field: "favorite" } }]);
  });

  it("cannot point at a record that is not there (RELATED_NOT_FOUND)", async () => {
    const CREATE = "mutation ($data: PilotCreateInput!) { createPilot(data: $data) { id } }";
    const { errors } = await api.graphql(CREATE, { data: { favoriteRocketId: "00000000-0000-7000-8000-000000000000" } });
    expect(errors).toMatchObject([{ extensions: { code: "RELATED_NOT_FOUND", field: "favoriteRocketId" } }]);
  });
});

it("can put notes, tasks and files to a custom object's records", async () => {
  const targetRocketId = await create("Rocket", { name: "Target" });
  const noteId = await create("Note", { title: "A note" });
  const taskId = await create("Task", { title: "A task" });
  await create("NoteTarget", { noteId, targetRocketId });
  await create("TaskTarget", { taskId, targetRocketId });
  await create("Attachment", { name: "plan.pdf", targetRocketId });
  const read = await run(
    "query ($id: UUID!) { rocket(filter: { id: { eq: $id } }) { noteTargets { nodes { note { title } targetRocket { name } } } taskTargets { nodes { task { title } } } attachments { nodes { name } } } }",
    { id: targetRocketId },
  );
  expect(read).toEqual({
    noteTargets: { nodes: [{ note: { title: "A note" }, targetRocket: { name: "Target" } }] },
    taskTargets: { nodes: [{ task: { title: "A task" } }] },
    attachments: { nodes: [{ name: "plan.pdf" }] },
  });
});
