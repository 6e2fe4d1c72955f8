/** What is wrong with an answer to something wrong. */
import { errorCodes } from "../../../src/errors.ts";
import { UNMASKED } from "../scanner.ts";

const KNOWN = new Set<string>([...errorCodes, "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"]);
export type Body = { data?: Record<string, unknown> | null; errors?: { message: string; extensions?: { code?: string } }[] };

/** Undefined when nothing is. */
export function faultOf(status: number, text: string): string | undefined {
  if (status >= 500) return `${status} ${text.slice(0, 200)}`;
  for (const { message, extensions } of (JSON.parse(text) as Body).errors ?? []) {
    const code = String(extensions?.code);
    if (code === "INTERNAL_ERROR" || !KNOWN.has(code)) return `code ${code}: ${message}`;
    if (UNMASKED.test(message)) return `unmasked: ${message}`;
  }
  return undefined;
}
