/** A newcomer's first ten minutes: every block of shell in the README, in order, in one shell. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { TEST_SECRET } from "./helpers/db.ts";
import { adminQuery, useTestServer } from "./helpers/server.ts";
import "./helpers/slow.ts";

const server = useTestServer();
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const blocks = [...readme.matchAll(/```bash\n([\s\S]*?)```/g)].map((match) => match[1]!);

it("can follow the README", async () => {
  expect(blocks.length).toBeGreaterThan(5);
  const folder = mkdtempSync(join(tmpdir(), "relata-readme-"));
  const script = blocks
    .join("\n")
    .replaceAll("localhost:3000", server.url.replace("http://", ""))
    .replaceAll("> acme.d.ts", `> ${folder}/acme.d.ts`);
  const { status, stdout, stderr } = spawnSync("bash", ["--norc", "--noprofile", "-euo", "pipefail", "-c", script], {
    encoding: "utf8",
    // The newcomer's Node is not ours, but any will do for reading JSON.
    env: {
      PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`,
      HOME: folder,
      PG_DATABASE_URL: server.adminUrl,
      APP_SECRET: TEST_SECRET,
    },
  });
  const types = readFileSync(join(folder, "acme.d.ts"), "utf8");
  rmSync(folder, { recursive: true });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(stdout).not.toContain('"errors"');

  // A list as a file is no JSON, or none with `data`: both are looked at by themselves.
  const lines = stdout.trim().split("\n");
  const at = lines.findIndex((line) => line.startsWith("id,name,industry"));
  const file = lines.splice(at, 5);
  const row = expect.stringMatching(/^[0-9a-f-]{36},.+,.*,.+\r$/);
  expect(file.slice(0, 4)).toEqual(["id,name,industry,createdBy.name\r", row, row, row]);
  expect(JSON.parse(file[4]!)).toMatchObject({ id: expect.any(String), city: expect.any(String) });
  const answers = lines.map((line) => JSON.parse(line) as { data?: Record<string, unknown>; status?: string });
  expect(answers.map((answer) => Object.keys(answer.data ?? answer)[0])).toEqual([
    "companies",
    "createCompany",
    "createOneObject",
    "createProperty",
    "properties",
    "createOneField",
    "companies",
    "found",
    "upsertFieldPermissions",
    "companies",
    undefined,
    "status",
    "companies",
    "company",
    "updateCompany",
    "companies",
    "0",
    "deleteCompany",
  ]);
  // The program sees companies alone, and no field that its role holds back.
  expect(answers[9]).toMatchObject({ data: { companies: { nodes: [{ name: expect.any(String) }] }, people: { totalCount: 0 } } });
  expect(answers[10]).toBe(false);
  expect(answers[4]).toMatchObject({ data: { properties: { edges: [{ node: { name: "12 Harbour Street" } }] } } });
  const found = await adminQuery(
    server.adminUrl,
    "select count(*)::int as found from company where industry = 'Technology' and deleted_at is null",
  );
  expect([answers[7]]).toEqual(found);
  expect(types).toContain("export interface Property {");
  expect(answers[14]).toMatchObject({ data: { updateCompany: { name: "Acme Corp", employees: 500 } } });
  expect(answers[11]).toMatchObject({ status: "ok", info: { database: { status: "up" } } });
});
