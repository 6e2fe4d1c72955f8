/** Codes of authenticator apps and recovery codes, without a server. */
import { generateSync } from "otplib";
import { hashRecoveryCode, newRecoveryCodes } from "../../src/auth/recoveryCodes.ts";
import { newSeed, provisioning, stepOf } from "../../src/auth/totp.ts";

const NOW = 1_700_000_010; // the first second of a step
const STEP = 56_666_667;
const seed = newSeed();
const shownAt = (offset: number) => generateSync({ secret: seed, epoch: NOW + offset });

it.each([
  [-30, -1],
  [-1, -1],
  [0, 0],
  [29, 0],
  [30, 1],
  [59, 1],
])("can take the code of an app whose clock is %i seconds off", (offset, steps) => {
  expect(stepOf(seed, shownAt(offset), NOW)).toBe(STEP + steps);
});

it.each([-3600, -90, -61, -60, -31, 60, 61, 90, 3600])("cannot take the code of an app whose clock is %i seconds off", (offset) => {
  expect(stepOf(seed, shownAt(offset), NOW)).toBeUndefined();
});

it("can take a code for the whole of its step and of the two beside it, and no longer", () => {
  const code = shownAt(0);
  const taken = Array.from({ length: 151 }, (_, n) => n - 60).filter((seconds) => stepOf(seed, code, NOW + seconds) !== undefined);
  expect([taken[0], taken.at(-1), taken.length]).toEqual([-30, 59, 90]);
});

it.each(["", "12345", "1234567", "12345a", " 12345", "１２３４５６", "-12345", "1e5000", "0x1234"])("cannot take %j for a code", (code) => {
  expect(stepOf(seed, code, NOW)).toBeUndefined();
});

it("can make the example codes of RFC 6238, the last six of their digits", () => {
  const rfc = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
  for (const [time, code] of [
    [59, "287082"],
    [1_111_111_109, "081804"],
    [1_234_567_890, "005924"],
    [20_000_000_000, "353130"],
  ] as const) {
    expect(stepOf(rfc, code, time)).toBe(Math.floor(time / 30));
  }
});

it("can tell an app its seed, by a URI and by a picture of it", async () => {
  const { secret, uri, qrCode } = await provisioning(seed, "o'hara+1@acme.test");
  const url = new URL(uri);
  expect([url.protocol, url.host, decodeURIComponent(url.pathname)]).toEqual(["otpauth:", "totp", "/Relata:o'hara+1@acme.test"]);
  expect(Object.fromEntries(url.searchParams)).toEqual({ secret: seed, issuer: "Relata" });
  expect(secret).toBe(seed);
  expect(seed).toMatch(/^[A-Z2-7]{32}$/); // 160 bits
  expect(Buffer.from(qrCode.replace("data:image/svg+xml;base64,", ""), "base64").toString("utf8")).toMatch(/^<svg [\s\S]+<\/svg>\s*$/);
});

it("can make ten recovery codes, all different, and read them however they are typed", () => {
  const { codes, hashes } = newRecoveryCodes("me");
  expect([codes.length, new Set(codes).size, new Set(hashes.map(String)).size]).toEqual([10, 10, 10]);
  const [code] = codes as [string];
  expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
  for (const typed of [code, code.toLowerCase(), code.replaceAll("-", ""), ` ${code} `, code.replaceAll("0", "o").replaceAll("1", "l")]) {
    expect(hashRecoveryCode("me", typed).equals(hashes[0]!)).toBe(true);
  }
  expect(hashRecoveryCode("you", code).equals(hashes[0]!)).toBe(false);
});
