/** To whom signs up with an address that has an account. Data: link (to sign in). */
import type { Template } from "./index.ts";

export const accountExists: Template = ({ link }) => ({
  subject: "You already have an account",
  lines: ["Somebody, most likely you, tried to sign up with this address. There is an account for it already."],
  ...(link && { action: { label: "Sign in", link } }),
  notes: ["If it was not you, there is nothing to do."],
});
