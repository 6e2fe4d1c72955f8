/** @node-saml/passport-saml as we use it: its options, and the ids of requests that any server may take back. */
import { Strategy as SamlStrategy, ValidateInResponseTo } from "@node-saml/passport-saml";
import type passport from "passport";
import type { Sealed } from "../sealed.ts";
import type { IdentityProvider } from "../sso/providers.ts";
import { JOURNEY_SECONDS, useOnce } from "../sso/state.ts";
import type { StrategyServices } from "../strategies/index.ts";
import type { Expected } from "./response.ts";

type Cache = {
  saveAsync(id: string, value: string): Promise<null>;
  getAsync(id: string): Promise<string | null>;
  removeAsync(): Promise<null>;
};

/** An id of a request that we alone can make (random by how it is sealed), of one provider and for a while. So nothing need be kept of who only sets out. */
export const newId = (sealed: Sealed, { id }: IdentityProvider): string =>
  `_${sealed.seal(`saml:${id}`, String(Date.now())).toString("hex")}`;

/** When an id of that provider's was made, in milliseconds; undefined for any that we did not make, or too long ago. */
function madeAt(sealed: Sealed, { id }: IdentityProvider, requestId: string): number | undefined {
  if (!/^_(?:[0-9a-f]{2})+$/.test(requestId)) return undefined; // one way to write each
  try {
    const made = Number(sealed.open(`saml:${id}`, Buffer.from(requestId.slice(1), "hex")));
    return made > Date.now() - JOURNEY_SECONDS * 1000 ? made : undefined;
  } catch {
    return undefined;
  }
}

/** Asked for once, an id is used up, whatever comes of the answer; PostgreSQL remembers that for all servers. */
export function requestIds({ pool, sealed }: StrategyServices, provider: IdentityProvider): Cache {
  const found = new Map<string, string | null>();
  return {
    saveAsync: async () => null,
    async getAsync(id) {
      if (!found.has(id)) {
        const made = madeAt(sealed, provider, id);
        if (made !== undefined) await useOnce(pool, "SAML_ID", id);
        found.set(id, made === undefined ? null : new Date(made).toISOString());
      }
      return found.get(id)!;
    },
    removeAsync: async () => null,
  };
}

/** The strategy for one answer, or to set out. */
export function libraryOf(
  provider: IdentityProvider,
  { destination, issuer, audience }: Expected,
  cacheProvider: Cache,
  requestId: string,
  isSigned = false,
): passport.Strategy {
  const options = {
    callbackUrl: destination,
    entryPoint: provider.sso_url!,
    issuer: audience,
    audience,
    idpIssuer: issuer,
    idpCert: provider.certificates,
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: isSigned, // most sign one of the two; where both are signed, both must hold
    signatureAlgorithm: "sha256" as const,
    digestAlgorithm: "sha256",
    identifierFormat: null,
    disableRequestedAuthnContext: true,
    acceptedClockSkewMs: 60_000,
    validateInResponseTo: ValidateInResponseTo.always,
    requestIdExpirationPeriodMs: JOURNEY_SECONDS * 1000,
    generateUniqueId: () => requestId,
    cacheProvider: cacheProvider as never,
  };
  const found = (profile: unknown, done: (error: null, user: Record<string, unknown>) => void) => done(null, profile as never);
  return new SamlStrategy(options, found as never, found as never) as unknown as passport.Strategy;
}
