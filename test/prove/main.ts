/**
 * `npm run prove -- [--group a,b] [--check A3,G47] [--full] [--seed n] [--workspaces n] [--sabotage] [--json]`: attacks Relata in every way
 * of RELIABILITY's matrix that exists here, on servers and a PostgreSQL of its own, and takes everything away afterwards.
 */
import "../../src/graphileEnv.ts";
import { parseArgs } from "node:util";
import globalSetup from "../globalSetup.ts";
import globalTeardown from "../globalTeardown.ts";
import type { Check, Options } from "./group.ts";
import { groups } from "./groups.ts";
import { type AnyGroup, isNoticed, type Noticed, type Result, runGroup, runSabotages } from "./run.ts";

const DEFAULT_SEED = 20_261_123;

function readOptions() {
  const { values } = parseArgs({
    options: {
      group: { type: "string" },
      check: { type: "string" },
      full: { type: "boolean", default: false },
      seed: { type: "string", default: String(DEFAULT_SEED) },
      workspaces: { type: "string" },
      sabotage: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const names = values.group?.split(",") ?? groups.map(({ name }) => name);
  const unknown = names.find((name) => !groups.some((group) => group.name === name));
  if (unknown !== undefined) throw new Error(`There is no group ${unknown}: ${groups.map(({ name }) => name).join(", ")}.`);
  const checks = values.check?.split(",");
  const has = (group: AnyGroup, id: string) => (group.checks as Check[]).some((check) => check.id === id);
  const wanted = groups.filter((group) => names.includes(group.name) && (!checks || checks.some((id) => has(group, id))));
  const missing = checks?.find((id) => !wanted.some((group) => has(group, id)));
  if (missing !== undefined) throw new Error(`There is no check ${missing} in ${names.join(", ")}.`);
  const options: Options = {
    seed: Number(values.seed),
    isFull: values.full,
    ...(values.workspaces && { workspaces: Number(values.workspaces) }),
    ...(checks && { checks }),
  };
  return { options, wanted, isSabotage: values.sabotage, isJson: values.json };
}

async function main(): Promise<void> {
  const { options, wanted, isSabotage, isJson } = readOptions();
  const say = (line: string) => void (isJson ? process.stderr : process.stdout).write(`${line}\n`);
  say(`seed ${options.seed}, ${options.isFull ? "full" : "short"} profile`);
  await globalSetup();
  // Whatever goes wrong, PostgreSQL goes, too.
  for (const event of ["unhandledRejection", "SIGINT", "SIGTERM"])
    process.on(event, async (reason) => {
      process.stderr.write(`Stopped: ${reason instanceof Error ? reason.stack : event}\n`);
      await globalTeardown();
      process.exit(1);
    });
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
  const failed = results.filter(({ reason }) => reason !== undefined).length + noticed.filter((one) => !isNoticed(one)).length;
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
