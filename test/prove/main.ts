/**
 * `npm run prove -- [--group a,b] [--full] [--seed n] [--workspaces n] [--sabotage] [--json]`: attacks Relata in every way
 * of RELIABILITY's matrix that exists here, on servers and a PostgreSQL of its own, and takes everything away afterwards.
 */
import "../../src/graphileEnv.ts";
import { parseArgs } from "node:util";
import globalSetup from "../globalSetup.ts";
import globalTeardown from "../globalTeardown.ts";
import type { Options } from "./group.ts";
import { groups } from "./groups.ts";
import { type Noticed, type Result, runGroup, runSabotages } from "./run.ts";

const DEFAULT_SEED = 20_261_123;

function readOptions() {
  const { values } = parseArgs({
    options: {
      group: { type: "string" },
      full: { type: "boolean", default: false },
      seed: { type: "string", default: String(DEFAULT_SEED) },
      workspaces: { type: "string" },
      sabotage: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const wanted = values.group?.split(",") ?? groups.map(({ name }) => name);
  const unknown = wanted.find((name) => !groups.some((group) => group.name === name));
  if (unknown !== undefined) throw new Error(`There is no group ${unknown}: ${groups.map(({ name }) => name).join(", ")}.`);
  const options: Options = {
    seed: Number(values.seed),
    isFull: values.full,
    ...(values.workspaces && { workspaces: Number(values.workspaces) }),
  };
  return { options, wanted: groups.filter(({ name }) => wanted.includes(name)), isSabotage: values.sabotage, isJson: values.json };
}

async function main(): Promise<void> {
  const { options, wanted, isSabotage, isJson } = readOptions();
  const say = (line: string) => void (isJson ? process.stderr : process.stdout).write(`${line}\n`);
  say(`seed ${options.seed}, ${options.isFull ? "full" : "short"} profile`);
  await globalSetup();
  const results: Result[] = [];
  const noticed: Noticed[] = [];
  try {
    for (const group of wanted) {
      if (isSabotage) noticed.push(...(await runSabotages(group, options, say)));
      else results.push(...(await runGroup(group, options, say)));
    }
  } finally {
    await globalTeardown();
  }
  const failed = results.filter(({ reason }) => reason !== undefined).length + noticed.filter(({ by }) => !by.length).length;
  const passed = results.length + noticed.length - failed;
  if (isJson) process.stdout.write(`${JSON.stringify({ ...options, passed, failed, results, noticed }, null, 2)}\n`);
  say(`${passed} passed, ${failed} failed`);
  if (failed) process.exitCode = 1;
}

main()
  .catch((error: Error) => {
    process.stderr.write(`The proof could not be run: ${error.stack ?? error.message}\n`);
    process.exitCode = 1;
  })
  .finally(() => process.exit());
