/** JSON that has no parts: objects and lists, and lists of files. */
import { invalid, parsed } from "./invalid.ts";

/** An object or a list, or either as text; an object without keys is nothing. */
export function normaliseRawJson(value: unknown, path: string): unknown {
  const json = typeof value === "string" ? parsed(value, path) : value;
  if (json == null) return null;
  if (typeof json !== "object") throw invalid(path, "This is a JSON object or list.");
  return !Array.isArray(json) && Object.keys(json).length === 0 ? null : json;
}

type File = { fileId: string; label: string; extension?: string | null };

export const normaliseFiles = (files: File[] | null): File[] | null =>
  files?.map(({ fileId, label, extension }) => ({ fileId: fileId.toLowerCase(), label, extension: extension ?? null })) ?? null;
