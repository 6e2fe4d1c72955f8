/**
 * One process on a data folder at a time. The lock is a file that names its owner by number and start, so
 * that one whose owner was killed is known as dead, at once and after a restart of the machine too.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The lock's files in a folder; the second stands there only while a dead lock is taken over. */
export const LOCK_FILES = ["relata.pid", "relata.pid.next"];

const pathsOf = (folder: string) => LOCK_FILES.map((name) => join(folder, name)) as [lock: string, next: string];
const read = (path: string) => readFile(path, "utf8").catch(() => "");

/** A process by number and start, as numbers are used again; empty when there is none. */
function processIdentity(pid: number): string {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return "";
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return `${pid} ${stat.slice(stat.lastIndexOf(")")).split(" ")[20]}`;
  } catch {
    return String(pid);
  }
}

/** The number of another process that a lock names, while it lives; 0 otherwise. */
function livingOwner(lock: string): number {
  const pid = Number(lock.split(" ")[0]);
  return pid && pid !== process.pid && processIdentity(pid) === lock ? pid : 0;
}

/** Whether `mine` is at `path` now; false when something stood there already. */
async function linked(mine: string, path: string): Promise<boolean> {
  try {
    await link(mine, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/**
 * Makes this process the one that runs on `folder`; fails when another lives. A lock appears with its text, by
 * link(2), and of several that find one left behind only who holds the second file may take its place.
 */
export async function claimFolder(folder: string): Promise<void> {
  const [lock, next] = pathsOf(folder);
  const identity = processIdentity(process.pid);
  const mine = `${lock}.${randomBytes(8).toString("hex")}`;
  const assertDead = (owner: string) => {
    const pid = livingOwner(owner);
    if (pid) throw new Error(`Another Relata (process ${pid}) already runs on ${folder}.`);
  };
  await writeFile(mine, identity);
  try {
    while (!(await linked(mine, lock))) {
      const left = await read(lock);
      assertDead(left);
      if (!(await linked(mine, next))) {
        const taker = await read(next);
        assertDead(taker);
        if (taker) await rm(next, { force: true });
      } else if ((await read(lock)) !== left) {
        await rm(next, { force: true }); // Somebody was quicker.
      } else {
        await rename(next, lock).catch(() => {}); // Taken away, in turn, by who saw its last owner die.
        if ((await read(lock)) === identity) return;
      }
    }
  } finally {
    await rm(mine, { force: true });
  }
}

/** Whether another process that lives runs on `folder`. */
export async function isClaimed(folder: string): Promise<boolean> {
  return livingOwner(await read(pathsOf(folder)[0])) > 0;
}

/** Lets the next process have `folder`. Only for its owner. */
export async function releaseFolder(folder: string): Promise<void> {
  await rm(pathsOf(folder)[0], { force: true });
}
