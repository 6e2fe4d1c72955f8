/** Recovery codes: what lets in whoever has lost his second factor. Ten, each of 80 random bits, shown once. */
import { createHash, randomInt } from "node:crypto";

const COUNT = 10;
/** Crockford's: no letter that looks like a digit. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const newCode = (): string => Array.from({ length: 4 }, () => Array.from({ length: 4 }, () => ALPHABET[randomInt(32)]).join("")).join("-");

/** As it was shown, however it is typed. */
const normal = (code: string): string =>
  code
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, "")
    .replace(/O/g, "0")
    .replace(/[IL]/g, "1");

/** What the database keeps of a code. It holds for one user alone. */
export const hashRecoveryCode = (userId: string, code: string): Buffer =>
  createHash("sha256")
    .update(`${userId}:${normal(code)}`)
    .digest();

/** Codes to show, and their hashes to keep. */
export function newRecoveryCodes(userId: string): { codes: string[]; hashes: Buffer[] } {
  const codes = Array.from({ length: COUNT }, newCode);
  return { codes, hashes: codes.map((code) => hashRecoveryCode(userId, code)) };
}
