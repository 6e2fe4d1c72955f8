/** Authenticator apps (TOTP, RFC 6238): seeds, what an app scans, and which time step a code is of. */
import { generateSecret, generateURI, verifySync } from "otplib";
import { toString as toQrCode } from "qrcode";

const ISSUER = "Relata";
const STEP_SECONDS = 30;

export const newSeed = (): string => generateSecret();

/** What an authenticator app is told: the seed for who types it, the URI, and the same as a picture (SVG, as a data URL). */
export async function provisioning(seed: string, email: string): Promise<{ secret: string; uri: string; qrCode: string }> {
  const uri = generateURI({ issuer: ISSUER, label: email, secret: seed });
  const svg = await toQrCode(uri, { type: "svg" });
  return { secret: seed, uri, qrCode: `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}` };
}

/** The time step that a code is of: this one, the one before or the one after; undefined when it is of none of them. `now` in seconds. */
export function stepOf(seed: string, code: string, now = Math.floor(Date.now() / 1000)): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const result = verifySync({ secret: seed, token: code, epoch: now, epochTolerance: STEP_SECONDS });
  return result.valid && "timeStep" in result ? result.timeStep : undefined;
}
