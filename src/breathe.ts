/** Lets the event loop answer others in between the steps of long work. */
import { setImmediate } from "node:timers/promises";

/** Answers at once while `budgetMs` of work is not used up; lets others go first when it is. */
export function makeBreather(budgetMs = 8): () => Promise<void> {
  let since = performance.now();
  return async function breathe() {
    if (performance.now() - since < budgetMs) return;
    await setImmediate();
    since = performance.now();
  };
}
