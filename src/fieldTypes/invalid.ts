/** Refusals of values, each at the path of its field: `emails.primaryEmail`. */
import { RelataError } from "../errors.ts";

export const invalid = (path: string, message: string): RelataError => new RelataError("INVALID_VALUE", message, { field: path });

/** Refuses the one character that PostgreSQL keeps in no text: INVALID_TEXT. */
export function assertStorable(value: unknown, path: string): void {
  if (typeof value === "string") {
    if (value.includes("\0")) throw new RelataError("INVALID_TEXT", undefined, { field: path });
  } else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      assertStorable(key, path);
      assertStorable(inner, Array.isArray(value) ? path : `${path}.${key}`);
    }
  }
}

/** A list of values that JSON holds, or null: some clients send JSON as text. */
export function listOf(value: unknown, path: string): unknown[] | null | undefined {
  const list = typeof value === "string" ? parsed(value, path) : value;
  if (list == null) return list as null | undefined;
  if (!Array.isArray(list)) throw invalid(path, "This is a list.");
  return list;
}

/** JSON that came as text. */
export function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(path, "This text is not JSON.");
  }
}
