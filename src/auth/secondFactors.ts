/**
 * Second factors: authenticator apps, recovery codes and passkeys. A code is looked at
 * here, where its seed can be opened; how often one may try, and that a code is taken
 * once, is decided by SQL (db/private/second_factors.sql).
 */
import type { AuthenticationResponseJSON } from "@simplewebauthn/server";
import type { Pool } from "pg";
import type { Config } from "../config.ts";
import { RelataError } from "../errors.ts";
import { uuidV7 } from "../records/uuidV7.ts";
import type { Passkeys } from "./passkeys.ts";
import { verifyPassword } from "./password.ts";
import { hashRecoveryCode, newRecoveryCodes } from "./recoveryCodes.ts";
import type { Sealed } from "./sealed.ts";
import { newSeed, provisioning, stepOf } from "./totp.ts";

/** Who asks: somebody signed in, or somebody whose sign-in waits for this (SHA-256 of the challenge's token, in hex). */
export type Asker = SignedIn | { challenge: string };
export type SignedIn = { userId: string; workspaceId: string; sessionId?: string | undefined; isPasswordProven?: boolean; tryId?: string };

/** What somebody shows beside his password. */
export type Proof = { code: string } | { passkey: AuthenticationResponseJSON };

/** A proof that was found right, for SQL to take (private.take_factor). */
export type Factor =
  | { kind: "TOTP"; id: string; step: number; tryId: string }
  | { kind: "RECOVERY_CODE"; hash: string; tryId: string }
  | { kind: "PASSKEY"; id: string; counter: number; challenge: string };

export type Listed = {
  totp: { id: string; createdAt: string } | null;
  passkeys: { id: string; name: string; createdAt: string; lastUsedAt: string | null }[];
  recoveryCodesLeft: number;
};

type Try = { user_id: string; try_id: string; retry_after: number | null };
type Totp = { totp_id: string | null; sealed_seed: Buffer | null; is_verified: boolean | null };

/** Recovery codes are longer. */
const isOfApp = (code: string): boolean => /^\d{6}$/.test(code);
const purposeOf = (totpId: string): string => `totp:${totpId}`;

export class SecondFactors {
  readonly #isOn: boolean;
  readonly #pool: Pool;
  readonly #sealed: Sealed;
  readonly #passkeys: Passkeys;

  constructor({ config, pool, sealed, passkeys }: { config: Config; pool: Pool; sealed: Sealed; passkeys: Passkeys }) {
    this.#isOn = config.TWO_FACTOR_AUTHENTICATION_ENABLED;
    this.#pool = pool;
    this.#sealed = sealed;
    this.#passkeys = passkeys;
  }

  /** The asker, who has given his password once more. BAD_CREDENTIALS when it is not his. */
  async withPassword(asker: SignedIn, password: string): Promise<SignedIn> {
    const { try_id, password_hash } = await this.#try<{ password_hash: string | null }>("authz.try_password", asker);
    if (!(await verifyPassword(password, password_hash ?? undefined))) throw new RelataError("BAD_CREDENTIALS");
    return { ...asker, isPasswordProven: true, tryId: try_id };
  }

  /** A seed for an authenticator app; it counts once `confirmTotp` has seen a code of it. */
  async beginTotp(asker: Asker): Promise<{ secret: string; uri: string; qrCode: string }> {
    if (!this.#isOn) throw new RelataError("SIGN_IN_METHOD_DISABLED");
    const [id, seed] = [uuidV7(), newSeed()];
    const { rows } = await this.#pool.query<{ email: string }>("select authz.begin_totp($1, $2, $3) as email", [
      asker,
      id,
      this.#sealed.seal(purposeOf(id), seed),
    ]);
    return provisioning(seed, rows[0]!.email);
  }

  /** Lets the app count; with a user's first second factor come recovery codes. */
  async confirmTotp(asker: Asker, code: string): Promise<{ recoveryCodes?: string[] }> {
    return this.#confirm(asker, code, await this.#try<Totp>("authz.try_second_factor", asker));
  }

  /** Passes a challenge by a code, which may be the first one of the app that it asks to enrol. */
  async passOrConfirm(asker: Asker, code: string): Promise<{ recoveryCodes?: string[] }> {
    const tried = await this.#try<Totp>("authz.try_second_factor", asker);
    if (tried.is_verified === false && isOfApp(code)) return this.#confirm(asker, code, tried);
    await this.#pool.query("select authz.pass_second_factor($1, $2)", [asker, this.#factor(tried, code)]);
    return {};
  }

  async #confirm(asker: Asker, code: string, tried: Try & Totp): Promise<{ recoveryCodes?: string[] }> {
    if (tried.is_verified) throw new RelataError("BAD_CODE", undefined, { field: "code" });
    const factor = this.#totp(tried, code);
    const { codes, hashes } = newRecoveryCodes(tried.user_id);
    const { rows } = await this.#pool.query<{ is_new: boolean }>("select authz.confirm_totp($1, $2, $3) as is_new", [
      asker,
      factor,
      hashes,
    ]);
    return rows[0]!.is_new ? { recoveryCodes: codes } : {};
  }

  /** Passes the challenge of a sign-in. BAD_CODE when what is shown is wrong or was shown before. */
  async pass(asker: Asker, proof: Proof): Promise<void> {
    await this.#pool.query("select authz.pass_second_factor($1, $2)", [asker, await this.#prove(asker, proof)]);
  }

  async disableTotp(asker: Asker, proof: Proof): Promise<void> {
    await this.#pool.query("select authz.disable_totp($1, $2)", [asker, await this.#prove(asker, proof)]);
  }

  async removePasskey(asker: Asker, proof: Proof, id: string): Promise<void> {
    await this.#pool.query("select authz.remove_passkey($1, $2, $3)", [asker, await this.#prove(asker, proof), id]);
  }

  async renewRecoveryCodes(asker: SignedIn, proof: Proof): Promise<{ recoveryCodes: string[] }> {
    const { codes, hashes } = newRecoveryCodes(asker.userId);
    await this.#pool.query("select authz.renew_recovery_codes($1, $2, $3)", [asker, await this.#prove(asker, proof), hashes]);
    return { recoveryCodes: codes };
  }

  /** What second factors the asker has, without their secrets. */
  async list(asker: Asker): Promise<Listed> {
    const { rows } = await this.#pool.query<{ list: Listed }>("select authz.list_second_factors($1) as list", [asker]);
    return rows[0]!.list;
  }

  async #prove(asker: Asker, proof: Proof): Promise<Factor> {
    if ("passkey" in proof) return this.#passkeys.prove(proof.passkey);
    return this.#factor(await this.#try<Totp>("authz.try_second_factor", asker), proof.code);
  }

  #factor(tried: Try & Totp, code: string): Factor {
    if (isOfApp(code)) return this.#totp(tried, code);
    return { kind: "RECOVERY_CODE", hash: hashRecoveryCode(tried.user_id, code).toString("hex"), tryId: tried.try_id };
  }

  #totp({ totp_id: id, sealed_seed: seed, try_id: tryId }: Try & Totp, code: string): Factor {
    const step = id && seed ? stepOf(this.#sealed.open(purposeOf(id), seed), code) : undefined;
    if (!id || step === undefined) throw new RelataError("BAD_CODE", undefined, { field: "code" });
    return { kind: "TOTP", id, step, tryId };
  }

  /** Counts a try before anything is looked at. RATE_LIMITED after five in 15 minutes. */
  async #try<T>(name: "authz.try_second_factor" | "authz.try_password", asker: Asker): Promise<Try & T> {
    const { rows } = await this.#pool.query<Try & T>(`select * from ${name}($1)`, [asker]);
    const tried = rows[0]!;
    if (tried.retry_after !== null) throw new RelataError("RATE_LIMITED", undefined, { retryAfter: tried.retry_after });
    return tried;
  }
}
