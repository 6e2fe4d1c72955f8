/** To whom has another password now. Data: time. */
import type { Template } from "./index.ts";

export const passwordChanged: Template = ({ time }) => ({
  subject: "Your password was changed",
  lines: [`The password of your account was changed${time ? ` at ${time}` : ""}. Every other device was signed out.`],
  notes: ["If it was not you, ask for a new password at once, and tell an administrator of your workspace."],
});
