/**
 * A provider of OpenID Connect that says what a test wants: right ID tokens unless
 * `tamper` makes another of them. Also Microsoft's, whose issuer is a pattern.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

type Key = Parameters<SignJWT["sign"]>[0];
type Tokens = Record<string, unknown>;
export type FakeOpenId = {
  url: string;
  /** The issuer as its discovery document has it. */
  issuer: string;
  /** What its ID tokens say beside what is always there. */
  claims: JWTPayload;
  /** Makes the ID token; `payload` is a right one's. */
  tamper: ((payload: JWTPayload, sign: Sign) => Promise<string>) | undefined;
  /** Parameters that go back with the code. */
  extra: Record<string, string>;
  /** All that was asked of its token endpoint. */
  redeemed: URLSearchParams[];
  /** The discovery document, for a test to change. */
  metadata: Record<string, unknown>;
  answerToken: ((tokens: Tokens) => { status: number; body: unknown; headers?: Record<string, string> }) | undefined;
  stop(): Promise<void>;
};
export type Sign = (payload: JWTPayload, header?: Record<string, unknown>, key?: Key) => Promise<string>;

export const FAKE_CLIENT = { id: "relata-fake", secret: "another secret 0123456789" };
export const otherKeys = () => generateKeyPair("RS256");

/** `path` is where its discovery document is below, and `issuerOf` makes its issuer of its address. */
export async function startFakeOpenId(path = "", issuerOf: (url: string) => string = (url) => url): Promise<FakeOpenId> {
  const keys = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: "one", alg: "RS256", use: "sig" };
  const codes = new Map<string, URLSearchParams>();
  const sign: Sign = (payload, header = {}, key = keys.privateKey) =>
    new SignJWT(payload).setProtectedHeader({ alg: "RS256", kid: "one", ...header } as never).sign(key);

  const server = createServer((req, res) => {
    const url = new URL(req.url!, peer.url);
    const json = (body: unknown, status = 200, headers = {}) =>
      void res.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
    if (url.pathname === `${path}/.well-known/openid-configuration`) return json(peer.metadata);
    if (url.pathname === "/jwks") return json({ keys: [jwk] });
    if (url.pathname === "/authorize") {
      const code = crypto.randomUUID();
      codes.set(code, url.searchParams);
      const back = new URL(url.searchParams.get("redirect_uri")!);
      for (const [name, value] of Object.entries({ code, state: url.searchParams.get("state")!, ...peer.extra }))
        back.searchParams.set(name, value);
      return void res.writeHead(302, { location: back.href }).end();
    }
    if (url.pathname !== "/token") return void res.writeHead(404).end();
    let text = "";
    req.on("data", (chunk: Buffer) => (text += chunk));
    req.on("end", () => void redeem(new URLSearchParams(text), json));
  });

  async function redeem(body: URLSearchParams, json: (body: unknown, status?: number, headers?: object) => void): Promise<void> {
    peer.redeemed.push(body);
    const asked = codes.get(body.get("code") ?? "");
    codes.delete(body.get("code") ?? "");
    const challenge = Buffer.from(
      await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body.get("code_verifier") ?? "")),
    ).toString("base64url");
    if (!asked || asked.get("code_challenge") !== challenge || body.get("client_secret") !== FAKE_CLIENT.secret)
      return json({ error: "invalid_grant" }, 400);
    const now = Math.floor(Date.now() / 1000);
    const payload: JWTPayload = {
      iss: peer.issuer,
      aud: FAKE_CLIENT.id,
      sub: "s-1",
      iat: now,
      exp: now + 300,
      nonce: asked.get("nonce"),
      ...peer.claims,
    };
    const tokens = {
      access_token: "at",
      token_type: "Bearer",
      expires_in: 300,
      id_token: await (peer.tamper ?? ((p) => sign(p)))(payload, sign),
    };
    const answer = peer.answerToken?.(tokens);
    if (answer) json(answer.body, answer.status, answer.headers);
    else json(tokens);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer = issuerOf(url);
  const peer: FakeOpenId = {
    url,
    issuer,
    claims: {},
    tamper: undefined,
    extra: {},
    redeemed: [],
    answerToken: undefined,
    metadata: {
      issuer,
      authorization_endpoint: `${url}/authorize`,
      token_endpoint: `${url}/token`,
      jwks_uri: `${url}/jwks`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return peer;
}
