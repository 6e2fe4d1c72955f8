/** Runs groups of checks, each in its own world, and says what passed; or takes a defence away and says who noticed. */
import { makeRandom } from "../graphql/samples.ts";
import type { Check, Group, Options, Sabotage, World } from "./group.ts";
import { Scanner } from "./scanner.ts";
import { watchFetch } from "./watchFetch.ts";

export type Result = { group: string; id: string; title: string; ms: number; reason?: string; notes: string[] };
/** Who noticed, and who still fails once the defence is back: nobody should. */
export type Noticed = { group: string; what: string; by: string[]; still: string[]; ms: number };
type Say = (line: string) => void;
/** Groups differ in their worlds; who runs them need not know. */
// biome-ignore lint/suspicious/noExplicitAny: a list of groups of any worlds
export type AnyGroup = Group<any>;

const reasonOf = (thrown: unknown): string => {
  const error = thrown as Error & { cause?: unknown };
  return `${error?.message ?? String(thrown)}${error?.cause ? ` (${String(error.cause)})` : ""}`;
};

async function withWorld<T>(group: AnyGroup, options: Options, work: (world: World, notes: string[]) => Promise<T>): Promise<T> {
  const scanner = new Scanner();
  const notes: string[] = [];
  const unwatch = watchFetch(scanner);
  let world: World | undefined;
  try {
    world = await group.makeWorld(options, { random: makeRandom(options.seed), scanner, note: (figure) => void notes.push(figure) });
    return await work(world as World, notes);
  } finally {
    unwatch();
    await world?.end();
  }
}

/** One check, and what the scanner saw meanwhile. */
async function runCheck(group: AnyGroup, check: Check, world: World, notes: string[]): Promise<Result> {
  const startedAt = performance.now();
  const reasons: string[] = [];
  try {
    await check.run(world);
  } catch (error) {
    reasons.push(reasonOf(error));
  }
  for (const seen of (await world.heard?.()) ?? []) world.scanner.look(seen);
  const leaks = world.scanner.take();
  if (leaks.length) reasons.push(`the scanner found ${leaks.length}: ${leaks.slice(0, 3).join(" · ")}`);
  const ms = Math.round(performance.now() - startedAt);
  const { id, title } = check;
  return { group: group.name, id, title, ms, notes: notes.splice(0), ...(reasons.length && { reason: reasons.join("; ") }) };
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
const lineOf = ({ id, title, ms, reason, notes }: Result): string => {
  const told = notes.length ? ` [${notes.join("; ")}]` : "";
  return `${reason === undefined ? "pass" : "FAIL"}  ${id.padEnd(5)} ${title}${told} (${seconds(ms)})${reason === undefined ? "" : `\n      ${reason}`}`;
};

export function runGroup(group: AnyGroup, options: Options, say: Say): Promise<Result[]> {
  const startedAt = performance.now();
  return withWorld(group, options, async (world, notes) => {
    say(`— ${group.name} (its world was made in ${seconds(performance.now() - startedAt)})`);
    const results: Result[] = [];
    for (const check of group.checks as Check[]) {
      if (options.checks ? !options.checks.includes(check.id) : check.isFull && !options.isFull) continue;
      const result = await runCheck(group, check, world, notes);
      say(lineOf(result));
      results.push(result);
    }
    say(`      ${world.scanner.count} answers, headers, lines and mails were scanned`);
    return results;
  });
}

/** Takes one defence away and asks those who are to notice, and the others only when they do not; then puts it back, and all is well again. */
async function runSabotage(group: AnyGroup, sabotage: Sabotage, world: World, notes: string[]): Promise<Noticed> {
  const startedAt = performance.now();
  const checks = group.checks as Check[];
  const first = sabotage.noticedBy.map((wanted) => checks.find(({ id }) => id === wanted)!);
  const rest = checks.filter((check) => !first.includes(check) && (world.isFull || !check.isFull));
  const by: Check[] = [];
  const putBack = await sabotage.takeAway(world);
  try {
    for (const check of [...first, ...rest]) {
      if (by.length && (!world.isFull || rest.includes(check))) break;
      if ((await runCheck(group, check, world, notes)).reason !== undefined) by.push(check);
    }
  } finally {
    await putBack();
  }
  const still: string[] = [];
  for (const check of by) {
    const { id, reason } = await runCheck(group, check, world, notes);
    if (reason !== undefined) still.push(`${id}: ${reason}`);
  }
  return { group: group.name, what: sabotage.what, by: by.map(({ id }) => id), still, ms: Math.round(performance.now() - startedAt) };
}

/** Somebody noticed, and all is well again. */
export const isNoticed = ({ by, still }: Noticed): boolean => by.length > 0 && still.length === 0;

/** Every sabotage of a group, one after the other; each is to be noticed. */
export function runSabotages(group: AnyGroup, options: Options, say: Say): Promise<Noticed[]> {
  return withWorld(group, options, async (world, notes) => {
    say(`— ${group.name}, sabotaged`);
    const all: Noticed[] = [];
    for (const sabotage of group.sabotages as Sabotage[]) {
      const noticed = await runSabotage(group, sabotage, world, notes);
      const told = noticed.by.length ? `noticed by ${noticed.by.join(", ")}` : "nobody noticed";
      const still = noticed.still.length ? `, and once put back fails still: ${noticed.still.join("; ")}` : "";
      say(`${isNoticed(noticed) ? "red " : "FAIL"}  ${sabotage.what}: ${told}${still} (${seconds(noticed.ms)})`);
      all.push(noticed);
    }
    return all;
  });
}
