import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FOLDERS = 60;
const PROCESSES = 8;

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "relata-locks-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Claims every folder in turn, each at the same moment as the other processes, and lives until its input ends. */
const CLAIMER = `
  import { claimFolder } from "${join(import.meta.dirname, "../../src/folderLock.ts")}";
  const [root, count] = process.argv.slice(-2);
  const start = Number(await new Promise((resolve) => process.stdin.once("data", resolve)));
  for (let n = 0; n < count; n++) {
    while (Date.now() < start + n * 20);
    await claimFolder(root + "/" + n).then(() => console.log(n), (error) => {
      if (!/Another Relata \\(process \\d+\\) already runs/.test(error.message)) console.log(error);
    });
  }
  console.log("done");
  process.stdin.once("end", () => process.exit());
`;

/** The numbers of the folders that each process got. */
async function race(folders: string): Promise<string[]> {
  const children = Array.from({ length: PROCESSES }, () =>
    spawn(process.execPath, ["--input-type=module", "-e", CLAIMER, folders, String(FOLDERS)], { stdio: ["pipe", "pipe", "inherit"] }),
  );
  const start = String(Date.now() + 1500);
  const got = await Promise.all(
    children.map(async (child) => {
      child.stdin.write(start);
      let said = "";
      for await (const chunk of child.stdout) if ((said += chunk).endsWith("done\n")) break;
      return said.split("\n").slice(0, -2);
    }),
  );
  for (const child of children) child.stdin.end();
  return got.flat();
}

const all = Array.from({ length: FOLDERS }, (_, n) => String(n));
const inOrder = (numbers: string[]) => numbers.toSorted((a, b) => Number(a) - Number(b));

it("can be had by one process alone, when several come at once", async () => {
  const folders = join(root, "new");
  for (const n of all) mkdirSync(join(folders, n), { recursive: true });
  expect(inOrder(await race(folders))).toEqual(all);
}, 60_000);

it("can be taken from a dead process, by one alone", async () => {
  const folders = join(root, "dead");
  const dead = execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }).trim();
  for (const n of all) {
    mkdirSync(join(folders, n), { recursive: true });
    writeFileSync(join(folders, n, "relata.pid"), `${dead} 1`);
    if (Number(n) % 2) writeFileSync(join(folders, n, "relata.pid.next"), `${dead} 1`);
  }
  expect(inOrder(await race(folders))).toEqual(all);
}, 60_000);
