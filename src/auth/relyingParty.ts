/** Who we are to passkeys (WebAuthn §4, relying party): the domain they are made for, and the pages that may ask for them. */
import type { Config } from "../config.ts";
import { frontendOf } from "./frontend.ts";

export type RelyingParty = {
  /** The domain: a passkey made for it works on its subdomains too, where workspaces have theirs. */
  id: string;
  name: string;
  /** Whether a page of this origin may ask for our passkeys. */
  allows: (origin: string) => boolean;
};

export function relyingPartyOf(config: Config): RelyingParty {
  const home = frontendOf(config);
  return {
    id: home.hostname,
    name: "Relata",
    allows(origin) {
      if (!URL.canParse(origin)) return false;
      const page = new URL(origin);
      if (page.origin !== origin || page.protocol !== home.protocol || page.port !== home.port) return false;
      if (page.hostname === home.hostname) return true;
      const [, ...domain] = page.hostname.split(".");
      return config.IS_MULTIWORKSPACE_ENABLED && domain.join(".") === home.hostname;
    },
  };
}
