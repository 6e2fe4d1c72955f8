/** To the address that a user no longer goes by. Data: newAddress. */
import { shown } from "../letter.ts";
import type { Template } from "./index.ts";

export const addressChanged: Template = ({ newAddress }) => ({
  subject: "Your address was changed",
  lines: [`From now on you sign in with ${newAddress ? shown(newAddress) : "another address"}, no longer with this one.`],
  notes: ["If it was not you, tell an administrator of your workspace at once."],
});
