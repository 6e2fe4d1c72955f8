/**
 * Secrets that must be read again (signing keys, TOTP seeds, client secrets) rest in
 * the database sealed: AES-256-GCM with a key made from APP_SECRET, for one purpose
 * and row, so that a sealed value put elsewhere does not open. A key's id stands in
 * front: what was sealed with a former secret (APP_SECRET_FALLBACKS) still opens.
 *
 * Form: version (1 byte), key id (4), iv (12), ciphertext, tag (16).
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const VERSION = 1;
const [ID, IV, TEXT, TAG] = [1, 5, 17, 16];

type Key = { id: Buffer; key: Buffer };

function keyOf(secret: string): Key {
  const derive = (info: string, bytes: number) => Buffer.from(hkdfSync("sha256", secret, "", info, bytes));
  return { id: derive("relata.sealed.id", IV - ID), key: derive("relata.sealed", 32) };
}

export class Sealed {
  readonly #keys: readonly Key[];

  /** Seals with `appSecret`; opens what it or one of `fallbacks` has sealed. */
  constructor(appSecret: string, fallbacks: readonly string[] = []) {
    this.#keys = [appSecret, ...fallbacks].map(keyOf);
  }

  /** `purpose` names what it is for and its row, such as `totp:<user id>`: only the same opens it. */
  seal(purpose: string, plain: string): Buffer {
    const { id, key } = this.#keys[0]!;
    const iv = randomBytes(TEXT - IV);
    const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(purpose));
    return Buffer.concat([Buffer.of(VERSION), id, iv, cipher.update(plain, "utf8"), cipher.final(), cipher.getAuthTag()]);
  }

  /** Throws when it was sealed with another secret or for another purpose, or was changed. */
  open(purpose: string, sealed: Buffer): string {
    const found = this.#keyFor(sealed);
    if (!found) throw new Error("This was sealed with another APP_SECRET.");
    const decipher = createDecipheriv("aes-256-gcm", found.key, sealed.subarray(IV, TEXT)).setAAD(Buffer.from(purpose));
    decipher.setAuthTag(sealed.subarray(-TAG));
    return Buffer.concat([decipher.update(sealed.subarray(TEXT, -TAG)), decipher.final()]).toString("utf8");
  }

  /** Whether it is sealed with the present secret, and need not be sealed anew. */
  isCurrent(sealed: Buffer): boolean {
    return this.#keyFor(sealed) === this.#keys[0];
  }

  #keyFor(sealed: Buffer): Key | undefined {
    if (sealed.length < TEXT + TAG || sealed[0] !== VERSION) return undefined;
    return this.#keys.find(({ id }) => id.equals(sealed.subarray(ID, IV)));
  }
}
