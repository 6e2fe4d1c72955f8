/** Changes that are killed, and tables that come and go: nothing is ever half made, or open. */
import { setTimeout as sleep } from "node:timers/promises";
import { assert, assertNone, type Check } from "../group.ts";
import { lint } from "../lints.ts";
import { AGREE, newName, round, WALLS } from "./round.ts";
import type { MetadataWorld } from "./world.ts";

/** The backend of a change is killed at any moment of it. */
async function killed(world: MetadataWorld): Promise<void> {
  const company = await world.objectId("company");
  let kills = 0;
  for (let n = 0; n < (world.isFull ? 200 : 12); n++) {
    const name = newName();
    const change =
      n % 2
        ? world.apply({ kind: "createObject", data: { nameSingular: name, namePlural: `${name}s` } })
        : world.apply({ kind: "createField", data: { objectId: company, name, type: "TEXT", isUnique: true } });
    await sleep(world.random(60));
    kills += (
      await world.sql(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'relata_server' and datname = current_database() and xact_start is not null",
      )
    ).length;
    const answer = await change;
    assert(answer.status < 500 || answer.status === 503, `a killed change answered ${answer.status}: ${JSON.stringify(answer.errors)}`);
  }
  world.note(`${kills} backends killed`);
  assertNone(await lint(world.adminUrl, AGREE), "differences of metadata and catalog");
  for (let n = 0; n < 50 && (await world.graphql("{ companies { totalCount } }")).errors; n++) await sleep(100);
  assert(!(await world.graphql("{ companies { totalCount } }")).errors, "the server does not come back");
}

/** While objects and fields come and go, no table is ever without its policies. */
async function neverOpen(world: MetadataWorld): Promise<void> {
  const found = new Set<string>();
  let [samples, isDone] = [0, false];
  const watch = (async () => {
    while (!isDone) {
      for (const fault of await lint(world.adminUrl, WALLS)) found.add(fault);
      samples++;
      await sleep(50);
    }
  })();
  try {
    for (let n = 0; n < (world.isFull ? 50 : 1); n++) await round(world);
    for (let n = 0; n < 3; n++) {
      const name = newName();
      await world.make({ kind: "createObject", data: { nameSingular: name, namePlural: `${name}s` } });
    }
  } finally {
    isDone = true;
    await watch;
  }
  for (const fault of await lint(world.adminUrl, WALLS)) found.add(fault);
  world.note(`${samples} samples`);
  assertNone([...found], "faults");
}

export const killings: Check<MetadataWorld>[] = [
  { id: "H139", title: "backends killed in the middle of changes: metadata and catalog agree", run: killed },
  { id: "A9", title: "while tables come and go, none is ever without its policies", run: neverOpen },
];
