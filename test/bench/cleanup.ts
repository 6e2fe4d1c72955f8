/** Takes away what a run has made, the last first: at its end, on an error, and on Ctrl-C. */

type Step = () => Promise<unknown> | unknown;
const steps: Step[] = [];
let running: Promise<void> | undefined;
let hasBeenStopped = false;

/** Whether somebody asked for an end: what fails from then on is no fault. */
export const wasStopped = (): boolean => hasBeenStopped;

async function runAll(): Promise<void> {
  // PostgreSQL's process does not keep ours alive, and its end is what we wait for.
  const awake = setInterval(() => {}, 1000);
  for (let step = steps.pop(); step; step = steps.pop()) {
    try {
      await step();
    } catch (error) {
      process.stderr.write(`Could not clean up: ${(error as Error).message}\n`);
    }
  }
  clearInterval(awake);
}

/** Remembers what to undo; the answer undoes it now. */
export function onCleanup(step: Step): () => Promise<void> {
  steps.push(step);
  return async () => {
    const index = steps.lastIndexOf(step);
    if (index < 0) return;
    steps.splice(index, 1);
    await step();
  };
}

/** Undoes everything; a second call waits for the first. */
export async function cleanUp(): Promise<void> {
  running ??= runAll().finally(() => {
    running = undefined;
  });
  await running;
}

/** Cleans up, too, when the run is told to stop. */
export function cleanUpOnSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, async () => {
      hasBeenStopped = true;
      await cleanUp();
      process.exit(130);
    });
  }
}
