/** What a process, with all it started, has used so far; read from /proc (Linux). */
import { readdirSync, readFileSync } from "node:fs";

// The unit of /proc/<pid>/stat: USER_HZ, which is 100 on every Linux that Node runs on.
const MS_PER_TICK = 10;
const KB_PER_MB = 1024;

type Stat = { parent: number; ticks: number };

function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    // utime, stime and what ended children used: the fields after the name are pid(5)'s from the third on.
    return { parent: fields[1]!, ticks: fields[11]! + fields[12]! + fields[13]! + fields[14]! };
  } catch {
    return undefined; // it has ended: its time is now its parent's
  }
}

function treeOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    if (stat) parents.set(Number(name), stat.parent);
  }
  const tree = new Set([root]);
  for (let size = 0; size < tree.size; ) {
    size = tree.size;
    for (const [pid, parent] of parents) if (tree.has(parent)) tree.add(pid);
  }
  return [...tree];
}

/** CPU time of a process and all it started, ended ones too, in milliseconds. */
export const cpuMs = (root: number): number => treeOf(root).reduce((sum, pid) => sum + (statOf(pid)?.ticks ?? 0), 0) * MS_PER_TICK;

function statusOf(pid: number, field: string): number {
  try {
    const line = new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return line ? Number(line[1]) / KB_PER_MB : 0;
  } catch {
    return 0;
  }
}

/** Memory that a process holds, in MB. */
export const rssMb = (pid: number): number => statusOf(pid, "VmRSS");

/** Memory that a process and its children hold each for itself (of Postgres: without shared buffers), in MB. */
export const privateMb = (root: number): number => treeOf(root).reduce((sum, pid) => sum + statusOf(pid, "RssAnon"), 0);

/** CPU time that the whole machine has spent working, in milliseconds. */
export function machineBusyMs(): number {
  const [user, nice, system, , , irq, softIrq] = readFileSync("/proc/stat", "utf8")
    .split("\n")[0]!
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user! + nice! + system! + irq! + softIrq!) * MS_PER_TICK;
}
