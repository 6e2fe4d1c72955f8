/** How many requests wait for the event loop: long work on it steps aside for as long as there are any. */
let count = 0;

export const hasRequests = (): boolean => count > 0;

/** Runs `work` as a request that others should step aside for. */
export async function asRequest<T>(work: () => Promise<T>): Promise<T> {
  count++;
  try {
    return await work();
  } finally {
    count--;
  }
}

/** Runs `work` for a request that waits for something long, and so needs no room meanwhile. */
export async function whileWaiting<T>(work: () => Promise<T>): Promise<T> {
  count--;
  try {
    return await work();
  } finally {
    count++;
  }
}

/** A value that is mostly there at once; only who has to wait for it steps aside. */
export const orWait = <T>(value: T | Promise<T>): T | Promise<T> => (value instanceof Promise ? whileWaiting(() => value) : value);
