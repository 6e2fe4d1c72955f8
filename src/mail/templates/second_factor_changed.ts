/** To whom has another second factor now. Data: change (ADDED, REMOVED, USED), kind (TOTP, PASSKEY, RECOVERY_CODE), left. */
import type { Template } from "./index.ts";

const KINDS: Record<string, string> = {
  TOTP: "An authenticator app",
  PASSKEY: "A passkey",
  RECOVERY_CODE: "A recovery code",
  RECOVERY_CODES: "New recovery codes",
};
const CHANGES: Record<string, string> = { ADDED: "added to", REMOVED: "removed from", USED: "used for" };

export const secondFactorChanged: Template = ({ change = "", kind = "", left }) => {
  const what = KINDS[kind] ?? "A second factor";
  const verb = kind === "RECOVERY_CODES" ? "were" : "was";
  return {
    subject: "The second factor of your account was changed",
    lines: [
      `${what} ${verb} ${CHANGES[change] ?? "changed for"} your account.`,
      ...(left ? [`Recovery codes that are left: ${left}.`] : []),
    ],
    notes: ["If it was not you, change your password and tell an administrator of your workspace."],
  };
};
