/** Verifies what browsers answer for passkeys: the page, the domain, the question, the signature. Whatever is wrong is one refusal. */
import {
  type AuthenticationResponseJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type WebAuthnCredential,
} from "@simplewebauthn/server";
import { RelataError } from "../errors.ts";
import type { RelyingParty } from "./relyingParty.ts";

export const bytesOf = (uuid: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(uuid.replaceAll("-", ""), "hex"));

export const refused = (cause: unknown): RelataError =>
  new RelataError("BAD_CODE", "That passkey does not prove who you are.", { cause, field: "passkey" });

type ClientData = { challenge: string; expectedOrigin: string; expectedRPID: string };

/** Which challenge a browser says it has answered, and what its answer is to be verified against. */
function clientDataOf(response: { response: { clientDataJSON: string } }, party: RelyingParty): ClientData {
  const { challenge, origin } = JSON.parse(Buffer.from(response.response.clientDataJSON, "base64url").toString("utf8"));
  if (typeof challenge !== "string" || typeof origin !== "string") throw new Error("no client data");
  if (!party.allows(origin)) throw new Error(`a page of ${origin}`);
  return { challenge, expectedOrigin: origin, expectedRPID: party.id };
}

/** A passkey that was made, and the challenge that it answers: whether that was ours is for SQL to say. */
export async function verifyMade(response: RegistrationResponseJSON, party: RelyingParty) {
  try {
    const { challenge, ...expected } = clientDataOf(response, party);
    const { registrationInfo } = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      ...expected,
      requireUserVerification: false,
    });
    return { challenge, credential: registrationInfo!.credential, isBackedUp: registrationInfo!.credentialBackedUp };
  } catch (error) {
    throw refused(error);
  }
}

/** The challenge that a passkey answers, and how often it was used. `requireUserVerification`: its owner must have unlocked it. */
export async function verifyShown(
  response: AuthenticationResponseJSON,
  party: RelyingParty,
  { userId, ...credential }: WebAuthnCredential & { userId: string },
  requireUserVerification: boolean,
): Promise<{ challenge: string; counter: number }> {
  try {
    const { challenge, ...expected } = clientDataOf(response, party);
    const { userHandle } = response.response;
    if (userHandle && !Buffer.from(userHandle, "base64url").equals(bytesOf(userId))) throw new Error("another's passkey");
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      ...expected,
      requireUserVerification,
      credential,
    });
    if (!verified) throw new Error("wrong signature");
    return { challenge, counter: authenticationInfo.newCounter };
  } catch (error) {
    throw refused(error);
  }
}
