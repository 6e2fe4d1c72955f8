/** Reads the small bodies of the routes of sign-in. */
import { RelataError } from "../errors.ts";

const MAX_LENGTH = 1024;

/** A text of the body; BAD_INPUT when it is missing, of another type or too long. */
export function textOf(body: unknown, field: string, maxLength = MAX_LENGTH): string {
  const value = (body as Record<string, unknown> | undefined)?.[field];
  if (typeof value !== "string" || value === "" || value.length > maxLength) {
    throw new RelataError("BAD_INPUT", `${field} is a text of 1 to ${maxLength} characters.`, { field });
  }
  return value;
}

/** The same, or undefined when it is left out or null. */
export const optionalTextOf = (body: unknown, field: string): string | undefined =>
  (body as Record<string, unknown> | undefined)?.[field] == null ? undefined : textOf(body, field);
