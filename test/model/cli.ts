/** What is typed after `npm run relata --`, run as a process of its own. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { PROCESS_ENV } from "../helpers/processEnv.ts";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

type Said = { code: number | null; out: string; err: string };

/** Runs a command; answers its exit code and what it said. */
export function relata(args: string[], env: Record<string, string>, input = ""): Promise<Said> {
  const child = spawn(process.execPath, [CLI, ...args], { env: { ...PROCESS_ENV, ...env }, stdio: ["pipe", "pipe", "pipe"] });
  const said: Said = { code: null, out: "", err: "" };
  child.stdout.on("data", (chunk) => (said.out += chunk));
  child.stderr.on("data", (chunk) => (said.err += chunk));
  child.stdin.end(input);
  return new Promise((resolve) => child.once("close", (code) => resolve({ ...said, code })));
}
