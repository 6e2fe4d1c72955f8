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
import type { Identity } from "./identity.ts";
import { digest, newToken } from "./oneTimeTokens.ts";
import { bytesOf, refused, verifyMade, verifyShown } from "./passkeyAnswers.ts";
import { newRecoveryCodes } from "./recoveryCodes.ts";
import type { RelyingParty } from "./relyingParty.ts";
import type { Asker, Factor } from "./secondFactors.ts";

type Known = { id: string; transports: string[] }[];
type Kept = { id: string; user_id: string; public_key: Buffer; counter: string; transports: string[] };

export class Passkeys {
  readonly #pool: Pool;
  readonly #party: RelyingParty;

  constructor(pool: Pool, party: RelyingParty) {
    this.#pool = pool;
    this.#party = party;
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

  /** What a browser needs to show a passkey: of whoever asks, or of anybody who wants to sign in by it. */
  async ask(asker?: Asker): Promise<PublicKeyCredentialRequestOptionsJSON> {
    const challenge = newToken();
    const { rows } = await this.#pool.query<{ known: Known }>("select authz.ask_passkey($1, $2) as known", [asker, digest(challenge)]);
    return generateAuthenticationOptions({
      rpID: this.#party.id,
      challenge: new Uint8Array(Buffer.from(challenge, "base64url")),
      allowCredentials: rows[0]!.known,
      userVerification: asker ? "preferred" : "required",
    });
  }

  /** The factor that a browser's answer is, once SQL takes it. */
  async prove(response: AuthenticationResponseJSON, requireUserVerification: boolean): Promise<Factor> {
    const { rows } = await this.#pool.query<Kept>("select * from authz.passkey($1)", [response.id]);
    if (!rows[0]) throw refused("an unknown passkey");
    const { id, user_id: userId, public_key, counter: known, transports } = rows[0];
    const credential = { id: response.id, userId, publicKey: new Uint8Array(public_key), counter: Number(known), transports };
    const { challenge, counter } = await verifyShown(response, this.#party, credential, requireUserVerification);
    return { kind: "PASSKEY", id, counter, challenge: digest(challenge).toString("hex") };
  }

  /** Whom a passkey stands for, in place of a password: its owner must have unlocked it, so it is two factors. */
  async identify(response: AuthenticationResponseJSON): Promise<Identity> {
    const factor = await this.prove(response, true);
    const { rows } = await this.#pool.query<{ email: string }>("select authz.sign_in_with_passkey($1) as email", [factor]);
    return { method: "PASSKEY", email: rows[0]!.email, isEmailVerified: true, isStrong: true };
  }
}
