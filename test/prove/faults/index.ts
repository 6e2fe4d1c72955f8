/** The group `faults`: what breaks around Relata, and what its clients see of that. */
import type { Group } from "../group.ts";
import { clocks } from "./clocks.ts";
import { disk } from "./disk.ts";
import { restarts } from "./restarts.ts";
import { rolling } from "./rolling.ts";
import { wire } from "./wire.ts";
import { type FaultsWorld, makeWorld } from "./world.ts";

export const faults: Group<FaultsWorld> = {
  name: "faults",
  checks: [...restarts, ...rolling, ...wire, ...disk, ...clocks],
  sabotages: [],
  makeWorld,
};
