/**
 * Passkeys (WebAuthn): making them, and proving somebody by one. The browser answers
 * a challenge; what it answers is verified here, and taken once by SQL.
 */
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
} from "@simplewebauthn/server";
import type { Pool } from "pg";
import type { Config } from "../config.ts";
import type { Identity } from "./identity.ts";
import { digest, newToken } from "./oneTimeTokens.ts";
import { bytesOf, refused, verifyMade, verifyShown } from "./passkeyAnswers.ts";
import { newRecoveryCodes } from "./recoveryCodes.ts";
import { type RelyingParty, relyingPartyOf } from "./relyingParty.ts";
import type { Sealed } from "./sealed.ts";
import type { Asker, Factor } from "./secondFactors.ts";

type Known = { id: string; transports: string[] }[];
/** What challenges of sign-ins are sealed for, and how long they may be answered. */
const SIGN_IN = "passkey:sign-in";
const CHALLENGE_MS = 5 * 60_000;

type Kept = { id: string; user_id: string; public_key: Buffer; counter: string; transports: string[] };

export class Passkeys {
  readonly #pool: Pool;
  readonly #sealed: Sealed;
  readonly #party: RelyingParty;

  constructor({ config, pool, sealed }: { config: Config; pool: Pool; sealed: Sealed }) {
    this.#pool = pool;
    this.#sealed = sealed;
    this.#party = relyingPartyOf(config);
  }

  /** What a browser needs to make a passkey for whoever asks. */
  async offer(asker: Asker): Promise<PublicKeyCredentialCreationOptionsJSON> {
    const challenge = newToken();
    const { rows } = await this.#pool.query<{ user_id: string; email: string; name: string; known: Known }>(
      "select * from authz.offer_passkey($1, $2)",
      [asker, digest(challenge)],
    );
    const { user_id, email, name, known } = rows[0]!;
    return generateRegistrationOptions({
      rpName: this.#party.name,
      rpID: this.#party.id,
      userName: email,
      userDisplayName: name || email,
      userID: bytesOf(user_id),
      challenge: new Uint8Array(Buffer.from(challenge, "base64url")),
      attestationType: "none",
      excludeCredentials: known,
      authenticatorSelection: { residentKey: "preferred", userVerification: "preferred" },
    });
  }

  /** Keeps the passkey that a browser has made; with a user's first second factor come recovery codes. */
  async add(asker: Asker, response: RegistrationResponseJSON, name: string): Promise<{ id: string; recoveryCodes?: string[] }> {
    const { challenge, credential, isBackedUp } = await verifyMade(response, this.#party);
    const hash = digest(challenge);
    const { rows: found } = await this.#pool.query<{ user_id: string }>("select * from authz.see_token('PASSKEY_ENROLMENT', $1)", [hash]);
    if (!found[0]) throw refused("an unknown challenge");
    const { codes, hashes } = newRecoveryCodes(found[0].user_id);
    const kept = {
      id: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString("hex"),
      counter: credential.counter,
      transports: credential.transports ?? [],
      name,
      isBackedUp,
      challenge: hash.toString("hex"),
    };
    const { rows } = await this.#pool.query<{ id: string; has_new_codes: boolean }>("select * from authz.add_passkey($1, $2, $3)", [
      asker,
      kept,
      hashes,
    ]);
    const { id, has_new_codes } = rows[0]!;
    return { id, ...(has_new_codes && { recoveryCodes: codes }) };
  }

  /** What a browser needs to show a passkey as a second factor of whoever asks. */
  async ask(asker: Asker): Promise<PublicKeyCredentialRequestOptionsJSON> {
    const challenge = Buffer.from(newToken(), "base64url");
    const { rows } = await this.#pool.query<{ known: Known }>("select authz.ask_passkey($1, $2) as known", [
      asker,
      digest(challenge.toString("base64url")),
    ]);
    return this.#options(challenge, { allowCredentials: rows[0]!.known, userVerification: "preferred" });
  }

  /** What a browser needs to sign in by a passkey, whosever it is. The challenge says itself that it is ours: nothing is kept for nobody. */
  askAnybody(): Promise<PublicKeyCredentialRequestOptionsJSON> {
    const challenge = this.#sealed.seal(SIGN_IN, String(Date.now() + CHALLENGE_MS));
    return this.#options(challenge, { allowCredentials: [], userVerification: "required" });
  }

  /** The factor that a browser's answer is, once SQL takes it. */
  async prove(response: AuthenticationResponseJSON): Promise<Factor> {
    return (await this.#shown(response, false)).factor;
  }

  /** Whom a passkey stands for, in place of a password: its owner must have unlocked it, so it is two factors. */
  async identify(response: AuthenticationResponseJSON): Promise<Identity> {
    const { challenge, factor } = await this.#shown(response, true);
    if (!this.#isOpen(challenge)) throw refused("a challenge that is not ours, or too old");
    const { rows } = await this.#pool.query<{ email: string }>("select authz.sign_in_with_passkey($1) as email", [factor]);
    return { method: "PASSKEY", email: rows[0]!.email, isEmailVerified: true, isStrong: true };
  }

  #options(
    challenge: Buffer,
    { allowCredentials, userVerification }: { allowCredentials: Known; userVerification: "required" | "preferred" },
  ) {
    return generateAuthenticationOptions({
      rpID: this.#party.id,
      challenge: new Uint8Array(challenge),
      allowCredentials,
      userVerification,
    });
  }

  async #shown(response: AuthenticationResponseJSON, requireUserVerification: boolean): Promise<{ challenge: string; factor: Factor }> {
    const { rows } = await this.#pool.query<Kept>("select * from authz.passkey($1)", [response.id]);
    if (!rows[0]) throw refused("an unknown passkey");
    const { id, user_id: userId, public_key, counter: known, transports } = rows[0];
    const credential = { id: response.id, userId, publicKey: new Uint8Array(public_key), counter: Number(known), transports };
    const { challenge, counter } = await verifyShown(response, this.#party, credential, requireUserVerification);
    return { challenge, factor: { kind: "PASSKEY", id, counter, challenge: digest(challenge).toString("hex") } };
  }

  /** Whether a challenge is one of `askAnybody`, and may still be answered. */
  #isOpen(challenge: string): boolean {
    try {
      return Number(this.#sealed.open(SIGN_IN, Buffer.from(challenge, "base64url"))) > Date.now();
    } catch {
      return false;
    }
  }
}
