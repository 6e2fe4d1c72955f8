/** To whom somebody signed in as, from where he never did before. Data: method, address, time, device. */
import { shown } from "../letter.ts";
import type { Template } from "./index.ts";

export const newSignIn: Template = ({ method, address, time, device }) => {
  const facts = [
    ["When", time],
    ["How", method],
    ["From", address],
    ["With", device],
  ].flatMap(([name, value]) => (value ? [`${name}: ${value.slice(0, 200)}`] : []));
  return {
    subject: "A new sign-in to your account",
    lines: ["Somebody signed in to your account from a place that we have not seen before.", ...facts.map(shown)],
    notes: ["If it was not you, change your password and sign out everywhere."],
  };
};
