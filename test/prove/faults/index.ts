/** The group `faults`: what breaks around Relata, and what its clients see of that. */
import type { Group } from "../group.ts";
import { backup } from "./backup.ts";
import { clocks } from "./clocks.ts";
import { disk } from "./disk.ts";
import { mixed } from "./mixed.ts";
import { noise } from "./noise.ts";
import { pooler } from "./pooler.ts";
import { restarts } from "./restarts.ts";
import { rolling } from "./rolling.ts";
import { sabotages } from "./sabotages.ts";
import { wire } from "./wire.ts";
import { type FaultsWorld, makeWorld } from "./world.ts";

export const faults: Group<FaultsWorld> = {
  name: "faults",
  checks: [...restarts, ...rolling, ...wire, ...disk, ...clocks, ...noise, ...pooler, ...mixed, ...backup],
  sabotages,
  makeWorld,
};
