/** To an address of a domain whose people shall be let in. Data: workspace, domain, inviter, link, expiresInMinutes. */
import { shown } from "../letter.ts";
import type { Template } from "./index.ts";
import { lifetime } from "./lifetime.ts";

export const verifyDomain: Template = ({ workspace, domain, inviter, link, expiresInMinutes }) => ({
  subject: `Confirm that ${domain ?? "your domain"} may join`,
  lines: [
    `${inviter ? shown(inviter) : "A member"} wants everybody with an address of ${domain ?? "your domain"} to be able to join ${workspace ? shown(workspace) : "a workspace"}.`,
  ],
  ...(link && { action: { label: "Allow it", link } }),
  notes: [lifetime(expiresInMinutes), "If you do not want that, there is nothing to do."],
});
