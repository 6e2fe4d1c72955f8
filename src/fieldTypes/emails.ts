/** Email addresses: in small letters, the domain as DNS knows it. */
import { domainToASCII } from "node:url";
import { invalid, listOf } from "./invalid.ts";

type Emails = { primaryEmail?: string | null; additionalEmails?: unknown };

function normaliseEmail(given: unknown, path: string): string {
  const [, local, domain] = (typeof given === "string" && /^([^@\s]+)@([^@\s]+)$/.exec(given.trim())) || [];
  const host = domain && domainToASCII(domain);
  if (!local || !host) throw invalid(path, "This is an email address.");
  return `${local.toLowerCase()}@${host}`;
}

export function normaliseEmails(parts: Emails, path: string): Emails {
  const result = { ...parts };
  const { primaryEmail } = parts;
  if (primaryEmail != null) result.primaryEmail = primaryEmail.trim() ? normaliseEmail(primaryEmail, `${path}.primaryEmail`) : null;
  const additional = listOf(parts.additionalEmails, `${path}.additionalEmails`);
  if (additional) result.additionalEmails = [...new Set(additional.map((one) => normaliseEmail(one, `${path}.additionalEmails`)))];
  return result;
}
