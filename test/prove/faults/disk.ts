/**
 * The disk is full: a database on a small tmpfs, filled to the last byte. Who writes is told STORAGE_FULL, who reads reads
 * on, and when there is room again all is well, without a restart.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { databaseUrl } from "../../../src/migrate.ts";
import { assert, assertNone, type Check } from "../group.ts";
import { ask, keptConnections, Tally, wordOf } from "./asking.ts";
import { postgresIds } from "./cluster.ts";
import { DATABASE, type FaultsWorld, untilSo } from "./world.ts";

const SIZE_MB = 96;
const ON_DISK = "on_small_disk";
const READ = "{ companies(first: 5) { totalCount edges { node { id name } } } }";
const CREATE = "mutation ($name: String) { createCompany(data: { name: $name, address: $name }) { id } }";
const BIG = "x".repeat(6000);

/** Mounts a small disk that PostgreSQL may use; undefined where one may not mount. */
function mount(folder: string): string | undefined {
  const disk = join(folder, "disk");
  mkdirSync(disk);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE_MB}m`, "tmpfs", disk], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  const { uid, gid } = postgresIds();
  if (uid !== undefined) chownSync(disk, uid, gid!);
  chmodSync(disk, 0o700);
  return disk;
}

/** Takes what is left of the disk. */
function fill(file: string): void {
  const chunk = Buffer.alloc(64 * 1024);
  for (const size of [chunk.length, 4096]) {
    try {
      for (;;) writeFileSync(file, chunk.subarray(0, size), { flag: "a" });
    } catch {} // no room
  }
}

async function asks(world: FaultsWorld, url: string, filler: string): Promise<void> {
  const server = await world.serve({ PG_DATABASE_URL: url });
  const [agent, tally, token] = [keptConnections(), new Tally(world.scanner), await world.tokenOf(server)];
  const write = (number: number) => tally.note(ask(agent, server.url, token, CREATE, { name: `${number} ${BIG}` }));
  const read = () => ask(agent, server.url, token, READ).then(wordOf);
  try {
    assert((await write(0)) === "ok", () => `writing failed before the disk was full: ${tally}`);
    fill(filler);
    // What still finds room in pages that there are is well.
    const words: string[] = [];
    for (let number = 1; number <= 200 && words.filter((word) => word !== "ok").length < 20; number++) words.push(await write(number));
    const reads = await Promise.all(Array.from({ length: 50 }, read));
    assert(words.includes("503 STORAGE_FULL"), () => `nobody was told: ${tally}`);
    assertNone(tally.beside(/^(ok|503 STORAGE_FULL)$/), "answers that nobody should get");
    assertNone(
      reads.filter((word) => word !== "ok"),
      "reads failed",
    );
    rmSync(filler);
    const wellMs = await untilSo(async () => (await write(1000)) === "ok", "one can write again");
    assert(server.process.exitCode === null, "the server has ended");
    world.note(`${tally}; 50 reads meanwhile; writing again after ${Math.round(wellMs)} ms`);
  } finally {
    agent.destroy();
    await server.stop();
  }
}

async function fillsTheDisk(world: FaultsWorld): Promise<void> {
  const { cluster } = world;
  const disk = mount(cluster.folder);
  if (!disk) return world.note("SKIPPED: nothing may be mounted here; run it as root, in a container with CAP_SYS_ADMIN");
  try {
    await cluster.query("postgres", `create tablespace small location '${disk}'`);
    await cluster.query("postgres", `create database ${ON_DISK} template ${DATABASE} tablespace small`);
    await cluster.query("postgres", `grant connect on database ${ON_DISK} to relata_server, relata_worker`);
    await asks(world, databaseUrl(world.adminUrl, ON_DISK), join(disk, "filler"));
  } finally {
    rmSync(join(disk, "filler"), { force: true });
    await cluster.query("postgres", `drop database if exists ${ON_DISK} with (force)`);
    await cluster.query("postgres", "drop tablespace if exists small");
    execFileSync("umount", [disk]);
    rmSync(disk, { recursive: true });
  }
}

export const disk: Check<FaultsWorld>[] = [
  { id: "G123", title: "the disk is full: writes are refused, reads go on, and room mends it", run: fillsTheDisk },
];
