/** Reads second factors from the bodies of requests. */
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { RelataError } from "../errors.ts";
import type { Proof } from "./secondFactors.ts";
import { textOf } from "./texts.ts";

const MAX_CODE = 64;

/** What a browser answers for a passkey: an object with the texts that all such answers have. */
function answerOf(body: unknown): unknown {
  const answer = (body as { passkey?: { id?: unknown; response?: { clientDataJSON?: unknown } } } | undefined)?.passkey;
  if (typeof answer?.id !== "string" || typeof answer.response?.clientDataJSON !== "string") {
    throw new RelataError("BAD_INPUT", "passkey is what the browser answered, as JSON.", { field: "passkey" });
  }
  return answer;
}

export const passkeyAnswerOf = (body: unknown): AuthenticationResponseJSON => answerOf(body) as AuthenticationResponseJSON;
export const newPasskeyOf = (body: unknown): RegistrationResponseJSON => answerOf(body) as RegistrationResponseJSON;

export const codeOf = (body: unknown, field = "code"): string => textOf(body, field, MAX_CODE).trim();

/** `{code}`, of an authenticator app or a recovery code, or `{passkey}`. */
export const proofOf = (body: unknown): Proof =>
  (body as { passkey?: unknown } | undefined)?.passkey == null ? { code: codeOf(body) } : { passkey: passkeyAnswerOf(body) };
