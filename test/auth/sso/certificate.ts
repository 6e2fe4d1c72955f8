/** Keys with a self-signed certificate (X.509), made for a test: node makes keys, and of certificates only reads them. */
import { createSign, generateKeyPairSync, type KeyObject } from "node:crypto";

export type Identity = { key: string; certificate: string; publicKey: KeyObject };

const der = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
};
const SEQUENCE = 0x30;
const hex = (text: string) => Buffer.from(text, "hex");
/** sha256WithRSAEncryption */
const ALGORITHM = der(SEQUENCE, hex("06092a864886f70d01010b"), hex("0500"));

const nameOf = (commonName: string) => der(SEQUENCE, der(0x31, der(SEQUENCE, hex("0603550403"), der(0x0c, Buffer.from(commonName)))));
const utcTime = (time: Date) => der(0x17, Buffer.from(`${time.toISOString().replace(/[-:T]/g, "").slice(2, 14)}Z`));

export function makeIdentity(commonName = "idp.test", bits = 2048): Identity {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: bits });
  const now = Date.now();
  const body = der(
    SEQUENCE,
    der(0xa0, hex("020102")),
    hex("020101"),
    ALGORITHM,
    nameOf(commonName),
    der(SEQUENCE, utcTime(new Date(now - 3_600_000)), utcTime(new Date(now + 86_400_000))),
    nameOf(commonName),
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = createSign("sha256").update(body).sign(privateKey);
  const base64 = der(SEQUENCE, body, ALGORITHM, der(0x03, hex("00"), signature)).toString("base64");
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    certificate: `-----BEGIN CERTIFICATE-----\n${base64.replace(/(.{64})/g, "$1\n")}\n-----END CERTIFICATE-----\n`,
    publicKey,
  };
}
