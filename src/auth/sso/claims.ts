/** What providers call a person, brought into the form of an Identity. */
import { RelataError } from "../../errors.ts";

/** A text of at most 200 characters without control characters; anything else is no name. */
export function nameOf(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const name = value.replace(/[\p{Cc}\p{Cf}]/gu, "").trim();
  return name && name.length <= 200 ? name : undefined;
}

/** First and last name by their claims, or the parts of the whole one. */
export function namesOf(first: unknown, last: unknown, whole?: unknown): { firstName?: string; lastName?: string } {
  const [firstName, lastName] = [nameOf(first), nameOf(last)];
  if (firstName || lastName) return { ...(firstName && { firstName }), ...(lastName && { lastName }) };
  const [, head, tail] = /^(\S+)(?:\s+(.+))?$/s.exec(nameOf(whole) ?? "") ?? [];
  return { ...(head && { firstName: head }), ...(tail && { lastName: tail }) };
}

/** An address such as somebody@example.com, in small letters. SIGN_IN_REFUSED for anything else: two spellings are not to mean two people. */
export function emailOf(value: unknown): string {
  const email = typeof value === "string" ? value.trim().toLowerCase() : "";
  if (
    email.length > 320 ||
    !/^[!-?A-~]+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(email) ||
    /[\\<>()[\],;:"\s]/.test(email)
  ) {
    throw new RelataError("SIGN_IN_REFUSED", undefined, { cause: new Error("no address that can be used") });
  }
  return email;
}

/** The provider's own name for a person; SIGN_IN_REFUSED when it cannot be one. */
export function subjectOf(value: unknown): string {
  if (typeof value === "string" && value !== "" && value.length <= 1024 && !/[\p{Cc}]/u.test(value)) return value;
  throw new RelataError("SIGN_IN_REFUSED", undefined, { cause: new Error("no subject that can be used") });
}
