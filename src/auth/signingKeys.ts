/**
 * The keys behind our tokens (ES256), as this server knows them. They are in
 * private.signing_keys, the private half sealed; each server reads them now and
 * then, and makes a new one when the newest has signed for long enough.
 */
import { randomBytes } from "node:crypto";
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from "jose";
import type { ClientBase } from "pg";
import type { Sealed } from "./sealed.ts";

export const ALGORITHM = "ES256";
/** After so long a server looks whether the keys are still the same; a new one signs later than that. */
const READ_EVERY_MS = 3000;
const DELAY_SECONDS = 60;
const REREAD_MS = 1000;
const MARGIN_SECONDS = 60;

/** A pool, or one connection. */
export type Db = Pick<ClientBase, "query">;
type StoredKey = { kid: string; public_jwk: JWK; private_key: Buffer; starts_at: Date; expires_at: Date | null };
type Key = CryptoKey | Uint8Array;
type SigningKey = { kid: string; publicKey: Key; privateKey: Key; startsAt: number; expiresAt: number };

const purposeOf = (kid: string) => `signing_keys:${kid}`;

function openKey(sealed: Sealed, { kid, private_key }: Pick<StoredKey, "kid" | "private_key">): JWK {
  try {
    return JSON.parse(sealed.open(purposeOf(kid), private_key)) as JWK;
  } catch (error) {
    throw new Error("APP_SECRET is not the one that this database's signing keys were made with.", { cause: error });
  }
}

/** Throws, in one sentence, when a database has signing keys that were made with another APP_SECRET. */
export async function assertSecretFits(admin: Db, sealed: Sealed): Promise<void> {
  const { rows: found } = await admin.query<{ is_there: boolean }>("select to_regclass('private.signing_keys') is not null as is_there");
  if (!found[0]!.is_there) return;
  const { rows } = await admin.query<StoredKey>("select * from private.signing_keys order by created_at desc limit 1");
  if (rows[0]) openKey(sealed, rows[0]);
}

/** Makes a key, unless there is one younger than `period`; `lifetime` is that of the tokens it signs. All in seconds. */
export async function addSigningKey(db: Db, sealed: Sealed, lifetime: number, period: number): Promise<boolean> {
  const pair = await generateKeyPair(ALGORITHM, { extractable: true });
  const kid = randomBytes(9).toString("base64url");
  const { rows } = await db.query<{ is_added: boolean }>(
    "select authz.add_signing_key($1, $2, $3, make_interval(secs => $4), make_interval(secs => $5), make_interval(secs => $6)) as is_added",
    [
      kid,
      JSON.stringify(await exportJWK(pair.publicKey)),
      sealed.seal(purposeOf(kid), JSON.stringify(await exportJWK(pair.privateKey))),
      DELAY_SECONDS,
      lifetime + MARGIN_SECONDS,
      period,
    ],
  );
  return rows[0]!.is_added;
}

export class SigningKeys {
  readonly #db: Db;
  readonly #sealed: Sealed;
  readonly #lifetime: number;
  readonly #period: number;
  #keys = new Map<string, SigningKey>();
  #readAt = 0;
  #reading: Promise<void> | undefined;
  /** Grows when a key goes: what it has verified is then good no more. */
  generation = 0;

  /** `lifetime` of tokens, and how long a key signs, in seconds. */
  constructor(db: Db, sealed: Sealed, lifetime: number, period: number) {
    this.#db = db;
    this.#sealed = sealed;
    this.#lifetime = lifetime;
    this.#period = period;
  }

  /** Reads the keys, making the first one on a new database. Throws when APP_SECRET is not the one they were made with. */
  async load(): Promise<void> {
    await this.#read();
    if (this.#keys.size) return;
    await addSigningKey(this.#db, this.#sealed, this.#lifetime, this.#period);
    await this.#read();
  }

  /** Reads the keys again when they were read long ago; those who ask meanwhile need not wait, as a new key signs later. */
  refresh(): void {
    if (Date.now() - this.#readAt < READ_EVERY_MS) return;
    this.#again().catch(() => {}); // the database is away: the next one to ask tells
  }

  /** The key that signs now, read from the database not long ago. */
  async signing(): Promise<{ kid: string; key: Key }> {
    if (Date.now() - this.#readAt >= READ_EVERY_MS) await this.#again();
    await this.#rotateIfDue();
    const now = Date.now();
    const known = [...this.#keys.values()];
    const { kid, privateKey } = known.find(({ startsAt }) => startsAt <= now) ?? known[0]!;
    return { kid, key: privateKey };
  }

  /** The key of that name; for one that another server may have added, the keys are read again, at most once a second. */
  async verifying(kid = ""): Promise<Key> {
    if (!this.#keys.has(kid) && Date.now() - this.#readAt > REREAD_MS) await this.#again();
    const key = this.#keys.get(kid);
    if (!key || key.expiresAt < Date.now()) throw new Error("unknown key");
    return key.publicKey;
  }

  #again(): Promise<void> {
    this.#readAt = Date.now();
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #read(): Promise<void> {
    const { rows } = await this.#db.query<StoredKey>("select * from authz.signing_keys()");
    const known = this.#keys;
    const read = await Promise.all(rows.map(async (row) => known.get(row.kid) ?? this.#import(row)));
    this.#keys = new Map(
      read.map((key, n) => [key.kid, { ...key, expiresAt: rows[n]!.expires_at?.getTime() ?? Number.POSITIVE_INFINITY }]),
    );
    this.#readAt = Date.now();
    if ([...known.keys()].some((kid) => !this.#keys.has(kid))) this.generation++;
  }

  async #import(row: StoredKey): Promise<SigningKey> {
    return {
      kid: row.kid,
      publicKey: await importJWK(row.public_jwk, ALGORITHM),
      privateKey: await importJWK(openKey(this.#sealed, row), ALGORITHM),
      startsAt: row.starts_at.getTime(),
      expiresAt: Number.POSITIVE_INFINITY,
    };
  }

  /** The newest key has signed for its period: another one follows it. */
  async #rotateIfDue(): Promise<void> {
    const newest = Math.max(...[...this.#keys.values()].map(({ startsAt }) => startsAt));
    if (Date.now() - newest < this.#period * 1000) return;
    await addSigningKey(this.#db, this.#sealed, this.#lifetime, this.#period);
    await this.#again();
  }
}
