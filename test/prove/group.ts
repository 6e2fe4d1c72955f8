/** What `npm run prove` is made of: groups of numbered checks, each group with a world of its own, and ways to take a defence away. */
import type { Scanner, Seen } from "./scanner.ts";

export type Options = {
  seed: number;
  /** The bars of the issue; otherwise a size that CI can afford. */
  isFull: boolean;
  /** How many workspaces isolation is proven with, when it is not the profile's. */
  workspaces?: number;
  /** The ids of the checks to run, also of those that are too long for the short profile; otherwise all that the profile has. */
  checks?: readonly string[];
};

/** What a group's checks work on. A group adds what it needs: its servers, its database, its people. */
export type World = Options & {
  /** A whole number below `below`, by the seed. */
  random: (below: number) => number;
  /** Looks at all that is answered, said or mailed; a check that speaks in another way than `fetch` tells it. */
  scanner: Scanner;
  /** A figure worth reading: printed beside the check's line. */
  note: (figure: string) => void;
  /** What its processes have said, and what was mailed, since it was last asked; the scanner looks at it after each check. */
  heard?: () => Promise<Seen[]>;
  end: () => Promise<void>;
};

export type Check<W extends World = World> = {
  /** The check of RELIABILITY's matrix that it belongs to: a letter and a number, "A3"; with a letter behind when several do. */
  id: string;
  title: string;
  /** Throws with a reason. */
  run: (world: W) => Promise<void>;
  /** Too long for the short profile. */
  isFull?: boolean;
};

/** One defence that can be taken away from a world that runs. */
export type Sabotage<W extends World = World> = {
  what: string;
  /** The checks that are to notice; asked first. */
  noticedBy: readonly string[];
  /** Answers what puts it back. */
  takeAway: (world: W) => Promise<() => Promise<void>>;
};

export type Group<W extends World = World> = {
  name: string;
  checks: readonly Check<W>[];
  sabotages: readonly Sabotage<W>[];
  makeWorld: (options: Options, basics: Pick<World, "random" | "scanner" | "note">) => Promise<W>;
};

/** Fails a check with its reason. */
export function assert(isTrue: unknown, reason: string | (() => string)): asserts isTrue {
  if (!isTrue) throw new Error(typeof reason === "string" ? reason : reason());
}

/** Fails a check that found something, with the first few. */
export function assertNone(found: readonly unknown[], what: string): void {
  const shown = found.slice(0, 3).map((one) => (typeof one === "string" ? one : JSON.stringify(one)).slice(0, 400));
  assert(found.length === 0, `${found.length} ${what}: ${shown.join(" · ")}`);
}
