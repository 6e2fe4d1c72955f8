/** Group `isolation`: nobody sees, changes or notices what is another workspace's (matrix A). */
import type { Group } from "../group.ts";
import { foreignIds } from "./foreignIds.ts";
import { type IsolationWorld, makeIsolationWorld } from "./world.ts";

export const isolation: Group<IsolationWorld> = {
  name: "isolation",
  checks: [...foreignIds],
  sabotages: [],
  makeWorld: makeIsolationWorld,
};
