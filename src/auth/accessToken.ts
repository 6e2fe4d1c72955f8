/**
 * Access tokens: short-lived JWTs (RFC 7519) signed with ES256. The keys are in
 * private.signing_keys, their private half encrypted with a key from APP_SECRET.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK, jwtVerify, SignJWT } from "jose";
import type { ClientBase, Pool } from "pg";
import { RelataError } from "../errors.ts";
import { Lru } from "../lru.ts";
import type { Caller } from "../schemaRegistry.ts";

const ALGORITHM = "ES256";
const ISSUER = "relata";
const REMEMBERED_TOKENS = 10_000;
const REREAD_MS = 1000;

const cipherKey = (appSecret: string) => Buffer.from(hkdfSync("sha256", appSecret, "", "relata.signing_keys", 32));

function encrypt(appSecret: string, plain: string): Buffer {
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", cipherKey(appSecret), iv);
  return Buffer.concat([iv, cipher.update(plain, "utf8"), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(appSecret: string, sealed: Buffer): string {
  const decipher = createDecipheriv("aes-256-gcm", cipherKey(appSecret), sealed.subarray(0, 12));
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString("utf8");
}

/** Throws, in one sentence, when a database has signing keys that were made with another APP_SECRET. */
export async function assertSecretFits(admin: ClientBase, appSecret: string): Promise<void> {
  const { rows: found } = await admin.query<{ is_there: boolean }>("select to_regclass('private.signing_keys') is not null as is_there");
  if (!found[0]!.is_there) return;
  const { rows } = await admin.query<StoredKey>("select * from private.signing_keys order by created_at desc limit 1");
  if (rows[0]) openKey(appSecret, rows[0].private_key);
}

function openKey(appSecret: string, sealed: Buffer): JWK {
  try {
    return JSON.parse(decrypt(appSecret, sealed)) as JWK;
  } catch (error) {
    throw new Error("APP_SECRET is not the one that this database's signing keys were made with.", { cause: error });
  }
}

type StoredKey = { kid: string; public_jwk: JWK; private_key: Buffer };
type Verified = Caller & { expiresAt: number };

export class AccessTokens {
  readonly #pool: Pool;
  readonly #appSecret: string;
  readonly lifetime: number;
  readonly #publicKeys = new Map<string, CryptoKey | Uint8Array>();
  readonly #verified = new Lru<string, Verified>(REMEMBERED_TOKENS);
  #rereadAt = 0;
  #reading: Promise<void> | undefined;
  #signing: { kid: string; key: CryptoKey | Uint8Array } | undefined;

  /** `lifetime` in seconds. */
  constructor(pool: Pool, appSecret: string, lifetime: number) {
    this.#pool = pool;
    this.#appSecret = appSecret;
    this.lifetime = lifetime;
  }

  /** Loads the keys, making the first one on a new database. Throws when APP_SECRET is not the one they were made with. */
  async load(): Promise<void> {
    await this.#read();
    if (this.#signing) return;
    const pair = await generateKeyPair(ALGORITHM, { extractable: true });
    await this.#pool.query("select authz.add_signing_key($1, $2, $3)", [
      randomBytes(9).toString("base64url"),
      JSON.stringify(await exportJWK(pair.publicKey)),
      encrypt(this.#appSecret, JSON.stringify(await exportJWK(pair.privateKey))),
    ]);
    await this.#read();
  }

  async #read(): Promise<void> {
    const { rows } = await this.#pool.query<StoredKey>("select * from authz.signing_keys()");
    for (const { kid, public_jwk } of rows) this.#publicKeys.set(kid, await importJWK(public_jwk, ALGORITHM));
    const [newest] = rows;
    if (newest) this.#signing = { kid: newest.kid, key: await importJWK(openKey(this.#appSecret, newest.private_key), ALGORITHM) };
  }

  /** The key of that name; for one that another server may have added, the keys are read again, at most once a second. */
  async #publicKey(kid = ""): Promise<CryptoKey | Uint8Array> {
    if (!this.#publicKeys.has(kid)) {
      if (Date.now() - this.#rereadAt > REREAD_MS) {
        this.#rereadAt = Date.now();
        this.#reading = this.#read();
      }
      await this.#reading;
    }
    const key = this.#publicKeys.get(kid);
    if (!key) throw new Error("unknown key");
    return key;
  }

  /** A token by which `caller` is known until it expires. */
  async sign({ userId, workspaceId }: Caller): Promise<string> {
    const { kid, key } = this.#signing!;
    return new SignJWT({ ws: workspaceId })
      .setProtectedHeader({ alg: ALGORITHM, kid, typ: "JWT" })
      .setSubject(userId)
      .setIssuer(ISSUER)
      .setIssuedAt()
      .setExpirationTime(`${this.lifetime}s`)
      .sign(key);
  }

  /**
   * Whom a token stands for. LOGIN_REQUIRED for anything but a token of ours that has not expired.
   * That he is still a member is for the database to say (authz.claim), on every request.
   */
  async verify(token: string): Promise<Caller> {
    const known = this.#verified.get(token);
    if (known) {
      if (known.expiresAt > Date.now()) return known;
      this.#verified.delete(token);
      throw new RelataError("LOGIN_REQUIRED");
    }
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.#publicKey(kid), {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        requiredClaims: ["sub", "ws", "exp"],
      });
      const verified = { userId: payload.sub!, workspaceId: String(payload["ws"]), expiresAt: payload.exp! * 1000 };
      this.#verified.set(token, verified);
      return verified;
    } catch (error) {
      throw new RelataError("LOGIN_REQUIRED", undefined, { cause: error });
    }
  }
}
