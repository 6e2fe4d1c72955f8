/** To whom a member invites. Data: workspace, inviter, link, expiresInMinutes. */
import { shown } from "../letter.ts";
import type { Template } from "./index.ts";
import { lifetime } from "./lifetime.ts";

export const invitation: Template = ({ workspace, inviter, link, expiresInMinutes }) => {
  const where = workspace ? shown(workspace) : "a workspace";
  const who = inviter ? `${shown(inviter)} invites you` : "You are invited";
  return {
    subject: `${who} to ${where}`,
    lines: [`${who} to work together in ${where}.`],
    ...(link && { action: { label: "Accept the invitation", link } }),
    notes: [lifetime(expiresInMinutes), "If you do not know who sent this, there is nothing to do."],
  };
};
