/** To an address that is to be proven. Data: link or code, expiresInMinutes. */
import type { Template } from "./index.ts";
import { lifetime } from "./lifetime.ts";

export const verifyAddress: Template = ({ link, code, expiresInMinutes }) => ({
  subject: "Confirm your address",
  lines: ["Please confirm that this address is yours.", ...(code ? [`Where a code is asked for, it is ${code}.`] : [])],
  ...(link && { action: { label: "Confirm the address", link } }),
  notes: [lifetime(expiresInMinutes), "If you did not sign up, there is nothing to do."],
});
