/**
 * An authenticator in software: it makes and shows passkeys as a browser and a security
 * key would, byte by byte (WebAuthn level 3, ES256, attestation "none"). What a test
 * wants it to do wrong, it is told.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

type Cbor = number | string | Buffer | Map<Cbor, Cbor>;

/** CBOR (RFC 8949): the little that is needed. */
export function cbor(value: Cbor): Buffer {
  const head = (major: number, n: number) => {
    if (n < 24) return Buffer.of((major << 5) | n);
    if (n < 256) return Buffer.of((major << 5) | 24, n);
    return Buffer.of((major << 5) | 25, n >> 8, n & 255);
  };
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === "string") return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, item]) => [cbor(key), cbor(item)])]);
}

const sha256 = (data: Buffer | string) => createHash("sha256").update(data).digest();
const UP = 1;
const UV = 4;
const AT = 64;

export type Told = {
  origin?: string;
  rpId?: string;
  challenge?: string;
  type?: string;
  /** Whether the owner unlocked it (biometrics, PIN). */
  isUnlocked?: boolean;
  isPresent?: boolean;
  counter?: number;
  userHandle?: string;
  crossOrigin?: boolean;
};
type Options = { challenge: string; rp?: { id?: string }; rpId?: string; user?: { id: string } };

/** A security key with one passkey on it. */
export class Authenticator {
  readonly id = randomBytes(32);
  readonly #origin: string;
  #key: KeyObject | undefined;
  #userHandle: string | undefined;
  /** As on the key; zero for ever when it does not count. */
  counter = 0;
  readonly #counts: boolean;

  constructor(origin: string, counts = true) {
    this.#origin = origin;
    this.#counts = counts;
  }

  #clientData(type: string, { challenge }: Options, told: Told): Buffer {
    const { origin = this.#origin, crossOrigin = false } = told;
    return Buffer.from(JSON.stringify({ type: told.type ?? type, challenge: told.challenge ?? challenge, origin, crossOrigin }));
  }

  #authData(rpId: string, flags: number, { isUnlocked = true, isPresent = true, counter }: Told): Buffer {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter ?? this.counter);
    return Buffer.concat([sha256(rpId), Buffer.of(flags | (isPresent ? UP : 0) | (isUnlocked ? UV : 0)), count]);
  }

  /** What `navigator.credentials.create` answers. */
  create(options: Options, told: Told = {}) {
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.#key = pair.privateKey;
    this.#userHandle = options.user?.id;
    const { x, y } = pair.publicKey.export({ format: "jwk" }) as { x: string; y: string };
    const cose = cbor(
      new Map<Cbor, Cbor>([
        [1, 2], // EC2
        [3, -7], // ES256
        [-1, 1], // P-256
        [-2, Buffer.from(x, "base64url")],
        [-3, Buffer.from(y, "base64url")],
      ]),
    );
    const credential = Buffer.concat([Buffer.alloc(16), Buffer.of(0, this.id.length), this.id, cose]);
    const authData = Buffer.concat([this.#authData(told.rpId ?? options.rp!.id!, AT, told), credential]);
    const attestation = cbor(
      new Map<Cbor, Cbor>([
        ["fmt", "none"],
        ["attStmt", new Map<Cbor, Cbor>()],
        ["authData", authData],
      ]),
    );
    return this.#answer({
      clientDataJSON: this.#clientData("webauthn.create", options, told).toString("base64url"),
      attestationObject: attestation.toString("base64url"),
      transports: ["internal"],
    });
  }

  /** What `navigator.credentials.get` answers. */
  get(options: Options, told: Told = {}) {
    if (this.#counts) this.counter++;
    const clientData = this.#clientData("webauthn.get", options, told);
    const authData = this.#authData(told.rpId ?? options.rpId!, 0, told);
    const signature = sign("sha256", Buffer.concat([authData, sha256(clientData)]), this.#key!);
    return this.#answer({
      clientDataJSON: clientData.toString("base64url"),
      authenticatorData: authData.toString("base64url"),
      signature: signature.toString("base64url"),
      userHandle: told.userHandle ?? this.#userHandle,
    });
  }

  #answer<T extends object>(response: T) {
    const id = this.id.toString("base64url");
    return { id, rawId: id, type: "public-key", clientExtensionResults: {}, response };
  }
}
