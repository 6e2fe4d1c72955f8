/** To whom signs in by mail. Data: link or code, workspace, expiresInMinutes. */
import { shown } from "../letter.ts";
import type { Template } from "./index.ts";
import { lifetime } from "./lifetime.ts";

export const magicLink: Template = ({ link, workspace, code, expiresInMinutes }) => ({
  subject: `Sign in${workspace ? ` to ${shown(workspace)}` : ""}`,
  lines: [
    `Here is the link that signs you in${workspace ? ` to ${shown(workspace)}` : ""}.`,
    ...(code ? [`Where a code is asked for, it is ${code}.`] : []),
  ],
  ...(link && { action: { label: "Sign in", link } }),
  notes: [lifetime(expiresInMinutes), "If you did not ask for it, there is nothing to do: nobody gets in without it."],
});
