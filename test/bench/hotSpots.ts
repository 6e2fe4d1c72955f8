/** Reads V8's CPU profile: whose own code the time went to. */

type CallFrame = { functionName: string; url: string; lineNumber: number };
export type Profile = { nodes: { id: number; callFrame: CallFrame }[]; samples: number[]; timeDeltas: number[] };
export type HotSpot = { name: string; share: number; microseconds: number };

const inPackage = (url: string): string => url.replace(/^.*\/node_modules\//, "");

/** A package, one of our files, or a part of Node. */
function moduleOf({ functionName, url }: CallFrame): string {
  if (!url) return `${functionName || "(anonymous)"} (native)`;
  if (url.includes("/node_modules/")) return /^(@[^/]+\/)?[^/]+/.exec(inPackage(url))![0];
  return url.replace(/^file:\/\/.*\/(src|plugins|test)\//, "$1/");
}

function placeOf(frame: CallFrame): string {
  const file = frame.url.includes("/node_modules/") ? inPackage(frame.url) : moduleOf({ ...frame, functionName: "" });
  return `${frame.functionName || "(anonymous)"}${frame.url ? ` ${file}:${frame.lineNumber + 1}` : " (native)"}`;
}

function ranked(times: Map<string, number>, microsecondsPerRequest: number): HotSpot[] {
  const busy = [...times.values()].reduce((sum, time) => sum + time, 0);
  return [...times]
    .map(([name, time]) => ({ name, share: time / busy, microseconds: (time / busy) * microsecondsPerRequest }))
    .sort((a, b) => b.share - a.share);
}

/** Modules and functions by the time spent in themselves, idle time left out. */
export function hotSpots(
  { nodes, samples, timeDeltas }: Profile,
  microsecondsPerRequest: number,
): { modules: HotSpot[]; functions: HotSpot[] } {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const modules = new Map<string, number>();
  const functions = new Map<string, number>();
  for (const [index, sample] of samples.entries()) {
    const frame = frames.get(sample)!;
    if (frame.functionName === "(idle)") continue;
    // A delta stands before its sample; the time until the next one is this one's.
    const time = timeDeltas[index + 1] ?? 0;
    for (const [times, name] of [
      [modules, moduleOf(frame)],
      [functions, placeOf(frame)],
    ] as const)
      times.set(name, (times.get(name) ?? 0) + time);
  }
  return { modules: ranked(modules, microsecondsPerRequest), functions: ranked(functions, microsecondsPerRequest) };
}
