/** `npm run db:*`, as a developer types them. */
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PROCESS_ENV } from "../helpers/processEnv.ts";
import { until } from "../helpers/server.ts";
import { TIMEOUT, useFolder } from "./folder.ts";

const folder = useFolder();
const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

function runCli(command: string) {
  const child = spawn(process.execPath, [CLI, command], {
    env: { ...PROCESS_ENV, GRAPHILE_ENV: "production", ...folder.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { child, ended, output: () => output };
}

it(
  "can watch current.sql on a database that Relata has run on, and leaves nothing behind",
  async () => {
    await folder.start();
    await folder.stopBy("SIGTERM");
    const { child, ended, output } = runCli("db:watch");
    await until(
      async () => output(),
      (said) => /waiting|up to date|finished/i.test(said),
    );
    child.kill("SIGTERM");
    const code = await ended;
    expect([code, existsSync(folder.postmasterFile), code === 0 ? "" : output()]).toEqual([0, false, ""]);
  },
  TIMEOUT,
);

it(
  "cannot reset a database that Relata runs on",
  async () => {
    await folder.ensureRunning();
    const { ended, output } = runCli("db:reset");
    expect([await ended, output()]).toEqual([1, expect.stringMatching(/Another Relata .* already runs/)]);
    expect(await folder.count()).toBe(2000);
    await folder.stopBy("SIGTERM");
  },
  TIMEOUT,
);

it(
  "can reset the database, and keeps what else lies in its folder",
  async () => {
    const notOurs = join(folder.path, "letter.txt");
    writeFileSync(notOurs, "Dear …");
    expect(await runCli("db:reset").ended).toBe(0);
    expect(["postgres", "app-secret", "relata.pid", "port"].filter((name) => existsSync(join(folder.path, name)))).toEqual([]);
    expect(existsSync(notOurs)).toBe(true);
  },
  TIMEOUT,
);
