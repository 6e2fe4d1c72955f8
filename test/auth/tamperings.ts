/** Sixty ways to tamper with an access token, each made of the same parts as one that lets somebody in: test/auth/tampering.test.ts and `npm run prove`. */
import { createHmac, createSign, generateKeyPairSync, randomBytes } from "node:crypto";
import { type CryptoKey, exportSPKI, importJWK, type JWK } from "jose";
import pg from "pg";
import { Sealed } from "../../src/auth/sealed.ts";
import { SigningKeys } from "../../src/auth/signingKeys.ts";
import { rolePassword, urlFor } from "../../src/migrate.ts";
import { TEST_SECRET } from "../helpers/db.ts";
import { adminQuery, PASSWORD } from "../helpers/server.ts";

type Parts = { header: Record<string, unknown>; claims: Record<string, unknown> };

const encode = (part: unknown): string => Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url");
const decode = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
const now = () => Math.floor(Date.now() / 1000);

let api: { url: string; adminUrl: string };
let email: string;
let token: string;
let good: Parts;
let key: { kid: string; jwk: JWK; pem: string };
let sign: (header: unknown, claims: unknown) => Promise<string>;
const foreign = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** Takes a good token of a user's to pieces, before any of CLASSES is called; answers it as our own key signs it anew. */
export async function prepare(at: { url: string; adminUrl: string }, whose: string, right: string): Promise<string> {
  [api, email, token] = [at, whose, right];
  const [header, claims] = token.split(".") as [string, string];
  good = { header: decode(header), claims: decode(claims) };
  const [row] = await adminQuery<{ kid: string; public_jwk: JWK }>(api.adminUrl, "select kid, public_jwk from private.signing_keys");
  const pem = await exportSPKI((await importJWK(row!.public_jwk, "ES256")) as CryptoKey);
  key = { kid: row!.kid, jwk: row!.public_jwk, pem };
  // Our own key: what it signs is refused for what it says.
  const pool = new pg.Pool({ connectionString: urlFor(api.adminUrl, "relata_server", rolePassword(TEST_SECRET, "relata_server")), max: 1 });
  const keys = new SigningKeys(pool, new Sealed(TEST_SECRET), 60, 86_400);
  await keys.load();
  const { key: own } = await keys.signing();
  await pool.end();
  sign = async (head, body) => {
    const text = `${encode(head)}.${encode(body)}`;
    const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, own as CryptoKey, Buffer.from(text));
    return `${text}.${Buffer.from(signature).toString("base64url")}`;
  };
  return sign(good.header, good.claims);
}

const foreignSign = (header: unknown, claims: unknown): string => {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${createSign("SHA256").update(text).sign({ key: foreign.privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
};
const unsigned = (header: unknown, claims: unknown, signature = ""): string => `${encode(header)}.${encode(claims)}.${signature}`;
const hmac = (alg: string, secret: string | Buffer) => () => {
  const text = `${encode({ ...good.header, alg })}.${encode(good.claims)}`;
  return `${text}.${createHmac(alg.replace("HS", "sha"), secret).update(text).digest("base64url")}`;
};
/** Signed by our own key, with other claims or another header. */
const claims = (change: Record<string, unknown>) => () => sign(good.header, { ...good.claims, ...change });
const header = (change: Record<string, unknown>) => () => sign({ ...good.header, ...change }, good.claims);
const without = (name: string) => () => sign(good.header, { ...good.claims, [name]: undefined });
const parts = (change: (header: string, claims: string, signature: string) => string) => () => {
  const [one, two, three] = token.split(".") as [string, string, string];
  return change(one, two, three);
};
const login = async () =>
  (await (
    await fetch(`${api.url}/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email, password: PASSWORD }),
    })
  ).json()) as { refreshToken: string };

export const CLASSES: [what: string, tamper: () => string | Promise<string>][] = [
  // No signature
  ...["none", "None", "NONE", "nOnE", ""].map((alg): [string, () => string] => [
    `alg "${alg}"`,
    () => unsigned({ ...good.header, alg }, good.claims),
  ]),
  ["alg none with a signature", () => unsigned({ ...good.header, alg: "none" }, good.claims, token.split(".")[2])],
  ["no alg", () => unsigned({ ...good.header, alg: undefined }, good.claims, token.split(".")[2])],
  ["an empty signature", parts((h, c) => `${h}.${c}.`)],
  ["no signature part", parts((h, c) => `${h}.${c}`)],
  ["a signature of zeros", parts((h, c) => `${h}.${c}.${Buffer.alloc(64).toString("base64url")}`)],
  [
    "a signature in DER",
    parts((h, c) => `${h}.${c}.${createSign("SHA256").update(`${h}.${c}`).sign(foreign.privateKey).toString("base64url")}`),
  ],
  ["a signature cut short", parts((h, c, s) => `${h}.${c}.${s.slice(0, 40)}`)],
  ["a signature made longer", parts((h, c, s) => `${h}.${c}.${s}AAAA`)],
  // Another algorithm
  ["our public JWK as an HMAC secret", () => hmac("HS256", JSON.stringify(key.jwk))()],
  ["our public key (PEM) as an HMAC secret", () => hmac("HS256", key.pem)()],
  ["our public key as an HMAC-384 secret", () => hmac("HS384", key.pem)()],
  ["our public key as an HMAC-512 secret", () => hmac("HS512", key.pem)()],
  ["an empty HMAC secret", hmac("HS256", "")],
  ["the kid as an HMAC secret", () => hmac("HS256", key.kid)()],
  ...["RS256", "PS256", "ES384", "ES512", "EdDSA", "ES256K", "es256"].map((alg): [string, () => Promise<string>] => [
    `alg ${alg} over our signature`,
    () => header({ alg })(),
  ]),
  [
    "RS256 by another's key",
    () => {
      const text = `${encode({ ...good.header, alg: "RS256" })}.${encode(good.claims)}`;
      return `${text}.${createSign("SHA256").update(text).sign(rsa.privateKey).toString("base64url")}`;
    },
  ],
  // Another key
  ["another's key under our kid", () => foreignSign(good.header, good.claims)],
  ["an unknown kid", () => foreignSign({ ...good.header, kid: "unknown" }, good.claims)],
  ["no kid", () => foreignSign({ ...good.header, kid: undefined }, good.claims)],
  ["a kid that is a path", () => foreignSign({ ...good.header, kid: "../../../../dev/null" }, good.claims)],
  ["a kid that is SQL", () => foreignSign({ ...good.header, kid: "' or true --" }, good.claims)],
  ["a kid that is a number", () => foreignSign({ ...good.header, kid: 0 }, good.claims)],
  ["a kid that is a list", () => foreignSign({ ...good.header, kid: [key.kid] }, good.claims)],
  ["a kid that names a prototype", () => foreignSign({ ...good.header, kid: "__proto__" }, good.claims)],
  ["a key of its own (jwk)", () => foreignSign({ ...good.header, jwk: foreign.publicKey.export({ format: "jwk" }) }, good.claims)],
  ["an address of keys (jku)", () => foreignSign({ ...good.header, jku: `${api.url}/keys.json` }, good.claims)],
  ["an address of a certificate (x5u)", () => foreignSign({ ...good.header, x5u: `${api.url}/cert.pem` }, good.claims)],
  ["a certificate of its own (x5c)", () => foreignSign({ ...good.header, x5c: [randomBytes(64).toString("base64")] }, good.claims)],
  ["a critical header that nobody knows", header({ crit: ["exp2"], exp2: 1 })],
  ["an unencoded payload (b64)", header({ crit: ["b64"], b64: false })],
  ["a token in a token (zip)", () => foreignSign({ ...good.header, zip: "DEF" }, good.claims)],
  // Another kind of token
  ["typ of a user's token", header({ typ: "user+jwt" })],
  ["typ JWT", header({ typ: "JWT" })],
  ["no typ", header({ typ: undefined })],
  ["the audience of a user's token", claims({ aud: "relata:user" })],
  ["no audience", without("aud")],
  ["another's audience", claims({ aud: "https://elsewhere.test" })],
  ["another issuer", claims({ iss: "elsewhere" })],
  ["no issuer", without("iss")],
  ["a refresh token", async () => (await login()).refreshToken],
  // Another time
  ["a time that is over", claims({ exp: now() - 1 })],
  ["no end", without("exp")],
  ["an end that is a text", claims({ exp: "9999999999" })],
  ["a beginning that is to come (nbf)", claims({ nbf: now() + 3600 })],
  ["no time of issue", without("iat")],
  // Another person
  ["no user", without("sub")],
  ["no workspace", without("ws")],
  ["no sign-in", without("sid")],
  ["a sign-in of nobody's", claims({ sid: "00000000-0000-7000-8000-000000000000" })],
  ["a sign-in that is null", claims({ sid: null })],
  [
    "a user that is not the sign-in's",
    async () =>
      claims({
        sub: (await adminQuery<{ id: string }>(api.adminUrl, "select id from core.users where email = 'admin@acme.test'"))[0]!.id,
      })(),
  ],
  ["a user who is the machine", claims({ sub: "00000000-0000-0000-0000-000000000000" })],
  [
    "a workspace that is not the sign-in's",
    async () =>
      claims({
        ws: (await adminQuery<{ id: string }>(api.adminUrl, "select id from core.workspaces where subdomain = 'globex'"))[0]!.id,
      })(),
  ],
  ["claims that were changed", parts((h, _c, s) => `${h}.${encode({ ...good.claims, exp: 4_000_000_000 })}.${s}`)],
  ["a header that was changed", parts((_h, c, s) => `${encode({ ...good.header, x: 1 })}.${c}.${s}`)],
  ["claims that are a list", () => sign(good.header, [good.claims])],
  ["claims that are no JSON", () => sign(good.header, "not json")],
  // Another form
  ["padding", parts((h, c, s) => `${h}.${c}.${s}==`)],
  ["spaces within", parts((h, c, s) => `${h}. ${c}.${s}`)],
  ["the alphabet of plain Base64", parts((h, c, s) => `${h}.${c}.${Buffer.from(s, "base64url").toString("base64").replace(/=+$/, "")}+`)],
  [
    "other bits behind the last byte",
    parts(
      (h, c, s) =>
        `${h}.${c}.${s.slice(0, -1)}${s.endsWith("A") || s.endsWith("Q") || s.endsWith("g") || s.endsWith("w") ? String.fromCharCode(s.charCodeAt(s.length - 1) + 1) : "A"}`,
    ),
  ],
  ["five parts (JWE)", parts((h, c, s) => `${h}.${c}.${s}.${c}.${s}`)],
  ["JSON", parts((h, c, s) => JSON.stringify({ protected: h, payload: c, signature: s }))],
];
