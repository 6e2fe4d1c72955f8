/** What tasks are given of workspaces: repositories, as the machine or as a member. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { makeLog } from "../../src/log.ts";
import { makeWorkerPool } from "../../src/pools.ts";
import { startWorker } from "../../src/worker.ts";
import { TEST_SECRET } from "../helpers/db.ts";
import { until } from "../helpers/server.ts";
import { useWorkspaces } from "../helpers/workspaces.ts";
import "../helpers/slow.ts";

const inside = useWorkspaces();

const TASK = `
export default async function noteCompany({ workspace, name, as }, { workspaces }) {
  const workspaceDataSource = await workspaces.open(workspace, as ? { as } : {});
  await workspaceDataSource.getRepository("company").insert({ name });
}
`;

it("can write records, in the name of the machine or of a member; and a guest's task cannot", async () => {
  const folder = await mkdtemp(join(tmpdir(), "relata-tasks-"));
  await writeFile(join(folder, "note_company.ts"), TASK);
  const log = makeLog("error", false);
  const pool = makeWorkerPool(inside.adminUrl, TEST_SECRET, { ...log, error: () => {} });
  const worker = await startWorker(
    pool,
    inside.adminUrl,
    { workspaces: inside.workspaces, mail: undefined as never },
    { ...log, error: () => {} },
    pathToFileURL(`${folder}/`),
  );
  try {
    const add = (payload: object) => pool.query("select graphile_worker.add_job('note_company', $1)", [JSON.stringify(payload)]);
    await add({ workspace: "acme", name: "By the machine" });
    await add({ workspace: "acme", name: "By a member", as: "member@acme.test" });
    await add({ workspace: "acme", name: "By a guest", as: "guest@acme.test" });
    const written = await until(
      () =>
        inside.sql(
          "select name, created_by_name, created_by_source from company where name in ('By the machine', 'By a member', 'By a guest') order by name",
        ),
      (rows) => rows.length === 2,
    );
    expect(written).toEqual([
      { name: "By a member", created_by_name: expect.stringMatching(/./), created_by_source: "API" },
      { name: "By the machine", created_by_name: "Relata", created_by_source: "SYSTEM" },
    ]);
    const [failed] = await until(
      async () => (await pool.query("select last_error from graphile_worker.jobs where last_error is not null")).rows,
      (rows) => rows.length === 1,
    );
    expect(failed.last_error).toBe("You may not do that.");
  } finally {
    await worker.stop();
    await pool.end();
    await rm(folder, { recursive: true });
  }
});
