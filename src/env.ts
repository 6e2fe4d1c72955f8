/** Reads environment variables by a declaration, and tells all faults at once. */
import { isIP } from "node:net";

type Reader<T> = { about: string; fallback?: T; secret?: boolean; read: (raw: string) => T };

export const text = (about: string, fallback?: string): Reader<string> => ({ about, fallback, read: (raw) => raw });

export const secret = (about: string, fallback?: string): Reader<string> => ({
  about,
  fallback,
  secret: true,
  read: (raw) => raw,
});

/** IP addresses and ranges such as 10.1.0.0/16, with commas between. */
export const ranges = (about: string, fallback?: string): Reader<string> => ({
  about,
  fallback,
  read(raw) {
    const isOne = (range: string) => {
      const [address = "", bits = "0", ...rest] = range.split("/");
      return isIP(address) !== 0 && rest.length === 0 && /^\d+$/.test(bits) && Number(bits) <= (isIP(address) === 6 ? 128 : 32);
    };
    if (!raw.split(",").every((range) => isOne(range.trim()))) throw new Error("is not a list of addresses such as 10.1.0.0/16");
    return raw;
  },
});

export const int = (about: string, fallback?: number, least = 1, most = Number.MAX_SAFE_INTEGER): Reader<number> => ({
  about,
  fallback,
  read(raw) {
    const value = Number(raw);
    if (!/^-?\d+$/.test(raw)) throw new Error("is not a whole number");
    if (value < least || value > most) throw new Error(`is not between ${least} and ${most}`);
    return value;
  },
});

/** The address of a PostgreSQL database. */
export const postgresUrl = (about: string, fallback?: string): Reader<string> => ({
  about,
  fallback,
  secret: true,
  read(raw) {
    const isOne =
      URL.canParse(raw) &&
      /^postgres(ql)?:$/.test(new URL(raw).protocol) &&
      new URL(raw).hostname !== "" &&
      new URL(raw).pathname.length > 1;
    if (!isOne) throw new Error("is not an address such as postgres://user:password@host:5432/database");
    return raw;
  },
});

export const bool = (about: string, fallback?: boolean): Reader<boolean> => ({
  about,
  fallback,
  read(raw) {
    if (raw !== "true" && raw !== "false") throw new Error("is neither true nor false");
    return raw === "true";
  },
});

export const oneOf = <T extends string>(about: string, choices: readonly T[], fallback?: T): Reader<T> => ({
  about,
  fallback,
  read(raw) {
    const choice = choices.find((c) => c === raw);
    if (choice === undefined) throw new Error(`is not one of ${choices.join(", ")}`);
    return choice;
  },
});

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86400 };

/** A length of time such as 30m or 90d, in seconds. */
export const duration = (about: string, fallback?: number): Reader<number> => ({
  about,
  fallback,
  read(raw) {
    const match = /^(\d+)([smhd])$/.exec(raw);
    if (!match) throw new Error("is not a length of time such as 30m or 90d");
    return Number(match[1]) * UNITS[match[2] as string]!;
  },
});

/**
 * The values of the declared variables, read from `source`.
 * Throws one Error that names every variable at fault.
 */
export function env<D extends Record<string, Reader<unknown>>>(
  declaration: D,
  source: NodeJS.ProcessEnv = process.env,
): { readonly [K in keyof D]: D[K] extends Reader<infer T> ? T : never } {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, { fallback, read }] of Object.entries(declaration)) {
    const raw = source[name];
    try {
      if (raw !== undefined && raw !== "") values[name] = read(raw);
      else if (fallback !== undefined) values[name] = fallback;
      else throw new Error("is not set");
    } catch (error) {
      faults.push(`${name} ${(error as Error).message}`);
    }
  }
  if (faults.length) throw new Error(`${faults.join("; ")}.`);
  return values as { [K in keyof D]: D[K] extends Reader<infer T> ? T : never };
}
