/** A door as it is kept for later, beside a one-time token: an invitation's token is a secret, so its hash is kept. */
import type { Door } from "./identity.ts";
import { digest } from "./oneTimeTokens.ts";

export function keptDoor({ workspace, invitation, invitationHash }: Door): Door {
  const hash = invitation ? digest(invitation).toString("hex") : invitationHash;
  return { ...(workspace && { workspace }), ...(hash && { invitationHash: hash }) };
}

/** Whether somebody named no place to come into. */
export const isAnywhere = ({ workspace, invitation, invitationHash }: Door): boolean => !(workspace ?? invitation ?? invitationHash);
