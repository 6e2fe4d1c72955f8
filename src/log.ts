/** One line a message, to stderr; JSON in production so that machines can read it. */

const LEVELS = ["error", "warn", "info", "debug"] as const;
type Level = (typeof LEVELS)[number];

export type Log = Record<Level, (message: string, details?: Record<string, unknown>) => void>;

/** A log that says what is at least as grave as `level`. */
export function makeLog(level: Level, json: boolean): Log {
  const write = (at: Level) => (message: string, details?: Record<string, unknown>) => {
    if (LEVELS.indexOf(at) > LEVELS.indexOf(level)) return;
    const line = json
      ? JSON.stringify({ time: new Date().toISOString(), level: at, message, ...details })
      : `${at}: ${message}${details ? ` ${JSON.stringify(details)}` : ""}`;
    process.stderr.write(`${line}\n`);
  };
  return { error: write("error"), warn: write("warn"), info: write("info"), debug: write("debug") };
}
