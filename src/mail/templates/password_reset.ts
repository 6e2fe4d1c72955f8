/** To whom forgot his password. Data: link, expiresInMinutes. */
import type { Template } from "./index.ts";
import { lifetime } from "./lifetime.ts";

export const passwordReset: Template = ({ link, expiresInMinutes }) => ({
  subject: "Set a new password",
  lines: ["Somebody, most likely you, asked for a new password for this address."],
  ...(link && { action: { label: "Set a new password", link } }),
  notes: [lifetime(expiresInMinutes), "If it was not you, there is nothing to do: your password stays."],
});
