/** What may be done to a sign-in by OpenID Connect on its way back, and to its ID token: each is to be refused. */
import { type JWTPayload, SignJWT } from "jose";
import { FAKE_CLIENT, otherKeys, type Sign } from "./fakeOpenId.ts";

/** Makes something else of the address that a browser comes back with. */
export const RETURNS: Record<string, (url: URL) => void> = {
  "no state": (url) => url.searchParams.delete("state"),
  "an empty state": (url) => url.searchParams.set("state", ""),
  "another state": (url) => url.searchParams.set("state", "A".repeat(43)),
  "two states": (url) => url.searchParams.append("state", url.searchParams.get("state")!),
  "no code": (url) => url.searchParams.delete("code"),
  "another code": (url) => url.searchParams.set("code", "x"),
  "two codes": (url) => url.searchParams.append("code", "x"),
  "another issuer": (url) => url.searchParams.set("iss", "https://evil.test"),
  "an error": (url) => url.searchParams.set("error", "access_denied"),
  "an ID token in the address": (url) => url.searchParams.set("response", "e30.e30."),
};

/** Makes another token of a right one. */
export const ID_TOKENS: Record<string, (payload: JWTPayload, sign: Sign) => Promise<string>> = {
  "without a signature (alg none)": async (payload) =>
    `${[{ alg: "none" }, payload].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".")}.`,
  "signed with the client's secret (HS256)": (payload) =>
    new SignJWT(payload).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(FAKE_CLIENT.secret)),
  "signed by a stranger": async (payload, sign) => sign(payload, {}, (await otherKeys()).privateKey),
  "signed by a key that nobody knows": async (payload, sign) => sign(payload, { kid: "two" }, (await otherKeys()).privateKey),
  "changed after it was signed": async (payload, sign) => {
    const [header, , signature] = (await sign(payload)).split(".");
    return [header, Buffer.from(JSON.stringify({ ...payload, email: "admin@acme.test" })).toString("base64url"), signature].join(".");
  },
  "of another issuer": (payload, sign) => sign({ ...payload, iss: "https://evil.test" }),
  "for another client": (payload, sign) => sign({ ...payload, aud: "somebody" }),
  "for another client too, and made for that": (payload, sign) => sign({ ...payload, aud: [FAKE_CLIENT.id, "somebody"], azp: "somebody" }),
  "with another nonce": (payload, sign) => sign({ ...payload, nonce: "x" }),
  "without a nonce": ({ nonce: _, ...payload }, sign) => sign(payload),
  "that is over": (payload, sign) => sign({ ...payload, iat: payload.iat! - 7200, exp: payload.iat! - 3600 }),
  "that never ends": ({ exp: _, ...payload }, sign) => sign(payload),
  "without a subject": ({ sub: _, ...payload }, sign) => sign(payload),
  "with an empty subject": (payload, sign) => sign({ ...payload, sub: "" }),
  "that is none": async () => "x.y.z",
  "without an address": ({ email: _, ...payload }, sign) => sign(payload),
  "with an address that is a list": (payload, sign) => sign({ ...payload, email: ["owner@acme.test"] }),
  "with an address that is not proven": (payload, sign) => sign({ ...payload, sub: "s-unproven", email_verified: false }),
  'with an address that is "true" proven': (payload, sign) => sign({ ...payload, sub: "s-unproven", email_verified: "true" }),
  "of an address with a line break": (payload, sign) => sign({ ...payload, email: "owner@acme.test\r\nbcc: x@evil.test" }),
};
