/**
 * Entity tags: `"<updatedAt>.<what was answered>"`. The first half is the record's version, which If-Match demands; the whole
 * says whether the answer is still the same (If-None-Match), the records that came along included.
 */
import { hash } from "node:crypto";

const VERSION = /^"(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d))\.[\w-]*"$/;

export const tagOf = (version: string, text: string): string => `"${version}.${hash("sha1", text, "base64url").slice(0, 12)}"`;

/** The version in a tag of ours; undefined in any other, and in a weak one. */
export const versionOfTag = (tag: string): string | undefined => VERSION.exec(tag)?.[1];

/** Whether If-None-Match names this tag; the comparison is weak (RFC 9110, 13.1.2). */
export function isKnown(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === "*") return true;
  return header.match(/"[^"]*"/g)?.includes(tag) ?? false;
}
