/**
 * `npm run bench -- [api|tenants|new-object|metadata|start|refusals|pages|export|permissions|addresses|scale|rows|profile] [--json] [--quick] [--peers] [--readme]
 * [--rounds=n] [--seconds=n] [--count=n] [--workspaces=n,…]`: measures
 * Relata on a PostgreSQL of its own, and takes everything away afterwards. Without a
 * scenario it runs all but pages, export, permissions, addresses, scale, rows, refusals and profile. Nothing here fails for being slow: it says so.
 */
import "../../src/graphileEnv.ts";
import { parseArgs } from "node:util";
import { runAddresses } from "./addresses.ts";
import { runApi } from "./api.ts";
import { cleanUp, cleanUpOnSignals, wasStopped } from "./cleanup.ts";
import { runExport } from "./export.ts";
import { describeMachine, machineToMarkdown } from "./machine.ts";
import { runMetadata } from "./metadata.ts";
import { runNewObject } from "./newObject.ts";
import { runPages } from "./pages.ts";
import { runPermissions } from "./permissions.ts";
import { runProfile } from "./profile.ts";
import { writeReadme } from "./readme.ts";
import { runRefusals } from "./refusals.ts";
import { type Options, progress, type Report, toMarkdown } from "./report.ts";
import { runRows } from "./rows.ts";
import { runScale } from "./scale.ts";
import { runStart } from "./start.ts";
import { runTenants } from "./tenants.ts";

const SCENARIOS: Record<string, (options: Options) => Promise<Report>> = {
  api: runApi,
  tenants: runTenants,
  "new-object": runNewObject,
  metadata: runMetadata,
  start: runStart,
  refusals: runRefusals,
  pages: runPages,
  export: runExport,
  permissions: runPermissions,
  profile: runProfile,
  addresses: runAddresses,
  scale: runScale,
  rows: runRows,
};
const ALL = ["api", "tenants", "new-object", "metadata", "start"];

/** A whole number of at least one, when it was given. */
function toCount(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new Error(`--${name} is a whole number, not ${text}.`);
  return Number(text);
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      peers: { type: "boolean", default: false },
      readme: { type: "boolean", default: false },
      rounds: { type: "string" },
      seconds: { type: "string" },
      count: { type: "string" },
      workspaces: { type: "string" },
    },
  });
  const [rounds, seconds, count] = (["rounds", "seconds", "count"] as const).map((name) => toCount(name, values[name]));
  const stages = values.workspaces?.split(",").map((one) => toCount("workspaces", one)!);
  const options: Options = {
    isQuick: values.quick,
    withPeers: values.peers,
    ...(rounds && { rounds }),
    ...(seconds && { seconds }),
    ...(count && { count }),
    ...(stages && { stages }),
  };
  const wanted = positionals.length ? positionals : ALL;
  const unknown = wanted.find((name) => !(name in SCENARIOS));
  if (unknown) throw new Error(`There is no scenario ${unknown}: ${Object.keys(SCENARIOS).join(", ")}.`);

  const machine = describeMachine();
  const reports: Report[] = [];
  for (const name of wanted) {
    progress(`— ${name}`);
    reports.push(await SCENARIOS[name]!(options));
    await cleanUp();
  }
  const markdown = [machineToMarkdown(machine), ...reports.map(toMarkdown)].join("\n\n");
  if (values.readme) await writeReadme(machine, reports);
  if (values.json) {
    progress(markdown);
    process.stdout.write(`${JSON.stringify({ machine, options, reports }, null, 2)}\n`);
  } else process.stdout.write(`${markdown}\n`);
}

cleanUpOnSignals();
main()
  .catch(async (error: Error) => {
    if (wasStopped()) return;
    process.stderr.write(`The benchmark failed: ${error.stack ?? error.message} ${error.cause ?? ""}\n`);
    process.exitCode = 1;
  })
  .finally(async () => {
    await cleanUp();
    process.exit();
  });
