/**
 * The templates, by the names that private.send_mail knows them by. Each says which
 * data it takes; what is missing is left out of the sentence, never printed as blank.
 */
import type { Letter } from "../letter.ts";
import { accountExists } from "./account_exists.ts";
import { addressChanged } from "./address_changed.ts";
import { invitation } from "./invitation.ts";
import { magicLink } from "./magic_link.ts";
import { newSignIn } from "./new_sign_in.ts";
import { passwordChanged } from "./password_changed.ts";
import { passwordReset } from "./password_reset.ts";
import { secondFactorChanged } from "./second_factor_changed.ts";
import { verifyAddress } from "./verify_address.ts";
import { verifyDomain } from "./verify_domain.ts";

export type MailData = Readonly<Record<string, string | undefined>>;
export type Template = (data: MailData) => Letter;

export const templates: Readonly<Record<string, Template>> = {
  account_exists: accountExists,
  address_changed: addressChanged,
  invitation,
  magic_link: magicLink,
  new_sign_in: newSignIn,
  password_changed: passwordChanged,
  password_reset: passwordReset,
  second_factor_changed: secondFactorChanged,
  verify_address: verifyAddress,
  verify_domain: verifyDomain,
};
