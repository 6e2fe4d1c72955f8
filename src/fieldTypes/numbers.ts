/** Numbers that come as text, because JSON's lose digits; and the places of a list. */
import { RelataError } from "../errors.ts";
import { invalid } from "./invalid.ts";

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e([+-]?\d+))?$/i;
const MAX_EXPONENT = 100_000; // PostgreSQL holds 131,072 digits
const WHOLE = /^[+-]?\d+$/;
const MAX_BIGINT = 2n ** 63n;

export function normaliseNumeric<T>(value: T, path: string): T {
  if (value == null) return value;
  const [found, exponent = "0"] = (["string", "number"].includes(typeof value) && DECIMAL.exec(String(value))) || [];
  if (!found) throw invalid(path, "This is a number.");
  if (found.length > MAX_EXPONENT || Math.abs(Number(exponent)) > MAX_EXPONENT) {
    throw new RelataError("VALUE_OUT_OF_RANGE", undefined, { field: path });
  }
  return value;
}

/** Only a bigint comes as text. */
export function normaliseNumber(value: unknown, path: string): unknown {
  if (typeof value !== "string") return value;
  if (!WHOLE.test(value)) throw invalid(path, "This is a whole number.");
  if (value.length > 30 || BigInt(value) >= MAX_BIGINT || BigInt(value) < -MAX_BIGINT) {
    throw new RelataError("VALUE_OUT_OF_RANGE", undefined, { field: path });
  }
  return value;
}

export function normaliseAddress(parts: Record<string, unknown>, path: string): Record<string, unknown> {
  normaliseNumeric(parts["addressLat"], `${path}.addressLat`);
  normaliseNumeric(parts["addressLng"], `${path}.addressLng`);
  return parts;
}

/**
 * Records stand by the time they were made, the newest first, as seconds below zero;
 * so what is put last now stands behind all that was put last before.
 */
export function normalisePosition(value: unknown): unknown {
  if (value === "first") return -Date.now() / 1000;
  if (value === "last") return Date.now() / 1000;
  return value;
}
