import { type CryptoKey, exportSPKI, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";
import pg from "pg";
import { AccessTokens } from "../../src/auth/accessToken.ts";
import { Sealed } from "../../src/auth/sealed.ts";
import { SigningKeys } from "../../src/auth/signingKeys.ts";
import { rolePassword, urlFor } from "../../src/migrate.ts";
import type { Caller } from "../../src/schemaRegistry.ts";
import { TEST_SECRET } from "../helpers/db.ts";
import { adminQuery, useApi } from "../helpers/server.ts";

const api = useApi();

const OPERATIONS: [string, string][] = [
  ["a query of records", "{ companies { totalCount edges { node { name } } } }"],
  ["a query of objects", "{ objects { totalCount } }"],
  ["a mutation", 'mutation { createCompany(data: { name: "From outside" }) { id } }'],
  ["a mutation of the data model", 'mutation { createOneObject(data: { nameSingular: "intruder", namePlural: "intruders" }) { id } }'],
  ["__typename", "{ __typename }"],
  ["an introspection", "{ __schema { queryType { fields { name } } } }"],
  ["what is no GraphQL", "{ companies {"],
  ["what is not in the schema", "{ nothing }"],
  ["a missing variable", "query ($id: UUID!) { company(filter: { id: { eq: $id } }) { id } }"],
  ["arguments refused before any SQL", "{ __typename companies(first: -1) { totalCount } }"],
  ["refused arguments with an introspection", "{ __schema { types { name } } companies(first: -1) { totalCount } }"],
  ["a filter refused before any SQL", "{ __typename objects(filter: null, first: -1) { totalCount } }"],
];

const REFUSAL = {
  status: 401,
  challenge: "Bearer",
  body: JSON.stringify({ errors: [{ message: "Sign in first.", extensions: { code: "LOGIN_REQUIRED" } }] }),
};

async function send(path: string, query: string, authorization: string | undefined) {
  const headers = { "content-type": "application/json", accept: "application/json", ...(authorization !== undefined && { authorization }) };
  const answer = await fetch(`${api.url}${path}`, { method: "POST", headers, body: JSON.stringify({ query }) });
  return { status: answer.status, challenge: answer.headers.get("www-authenticate"), body: await answer.text() };
}

/** Every operation, on both APIs, gets a 401 with nothing else in it. */
async function expectRefused(authorization: string | undefined) {
  const cases = ["/graphql", "/metadata"].flatMap((path) => OPERATIONS.map(([what, query]) => ({ path, what, query })));
  const answers = await Promise.all(
    cases.map(async ({ path, what, query }) => ({ path, what, ...(await send(path, query, authorization)) })),
  );
  expect(answers).toEqual(cases.map(({ path, what }) => ({ path, what, ...REFUSAL })));
}

type Claims = { sub: string; ws: string; sid: string };
const claimsOf = (token: string): Claims => JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()) as Claims;
const headerOf = (token: string) => JSON.parse(Buffer.from(token.split(".")[0]!, "base64url").toString()) as { alg: string; kid: string };
const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");

/** A token by our own signing key, as the server makes them; `lifetime` in seconds. */
async function signed(caller: Caller, lifetime: number): Promise<string> {
  const pool = new pg.Pool({ connectionString: urlFor(api.adminUrl, "relata_server", rolePassword(TEST_SECRET, "relata_server")), max: 1 });
  try {
    const keys = new SigningKeys(pool, new Sealed(TEST_SECRET), lifetime, 86_400);
    await keys.load();
    return await new AccessTokens(keys, lifetime).sign(caller);
  } finally {
    await pool.end();
  }
}

async function ownerIds() {
  const { sub, ws, sid } = claimsOf(await api.tokenOf("owner@acme.test"));
  return { userId: sub, workspaceId: ws, sessionId: sid };
}

it("can ask with a token of ours, in any case of Bearer", async () => {
  const token = await signed(await ownerIds(), 60);
  expect(headerOf(token)).toMatchObject({ alg: "ES256", kid: expect.any(String) });
  for (const scheme of ["Bearer", "bearer", "BEARER"]) {
    const { status, body } = await send("/graphql", "{ __typename }", `${scheme} ${token}`);
    expect([status, JSON.parse(body)]).toEqual([200, { data: { __typename: "Query" } }]);
  }
});

it.each<[string, string | undefined]>([
  ["no token", undefined],
  ["an empty header", ""],
  ["an empty token", "Bearer "],
  ["garbage", "Bearer garbage"],
  ["three parts of garbage", "Bearer a.b.c"],
  ["a password instead", `Basic ${Buffer.from("owner@acme.test:relata-demo").toString("base64")}`],
])("cannot ask with %s (LOGIN_REQUIRED)", (_what, authorization) => expectRefused(authorization));

it("cannot ask with a token that has expired (LOGIN_REQUIRED)", async () => {
  await expectRefused(`Bearer ${await signed(await ownerIds(), -1)}`);
});

it("cannot ask with a token whose claims were changed (LOGIN_REQUIRED)", async () => {
  const [header, , signature] = (await api.tokenOf("guest@acme.test")).split(".");
  const { userId, workspaceId } = await ownerIds();
  await expectRefused(`Bearer ${header}.${encode({ sub: userId, ws: workspaceId, iss: "relata", exp: 4_000_000_000 })}.${signature}`);
});

it("cannot ask with a token of alg none (LOGIN_REQUIRED)", async () => {
  const token = await api.tokenOf("owner@acme.test");
  for (const alg of ["none", "None", "NONE"]) {
    const claims = encode({ ...claimsOf(token), exp: 4_000_000_000 });
    await expectRefused(`Bearer ${encode({ ...headerOf(token), alg })}.${claims}.`);
    await expectRefused(`Bearer ${encode({ ...headerOf(token), alg })}.${claims}.${token.split(".")[2]}`);
  }
});

it("cannot ask with a token signed with our public key as an HMAC secret (LOGIN_REQUIRED)", async () => {
  const token = await api.tokenOf("owner@acme.test");
  const [key] = await adminQuery<{ kid: string; public_jwk: JWK; text: string }>(
    api.adminUrl,
    "select kid, public_jwk, public_jwk::text as text from private.signing_keys",
  );
  const pem = await exportSPKI((await importJWK(key!.public_jwk, "ES256")) as CryptoKey);
  for (const secret of [key!.text, JSON.stringify(key!.public_jwk), pem, pem.trim()]) {
    const forged = await new SignJWT(claimsOf(token))
      .setProtectedHeader({ alg: "HS256", kid: key!.kid })
      .setIssuer("relata")
      .setExpirationTime("1h")
      .sign(Buffer.from(secret));
    await expectRefused(`Bearer ${forged}`);
  }
});

it("cannot ask with a token by another key, under our kid, an unknown one or none (LOGIN_REQUIRED)", async () => {
  const token = await api.tokenOf("owner@acme.test");
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const { kty, crv, x, y } = (await crypto.subtle.exportKey("jwk", publicKey as CryptoKey)) as JWK;
  const headers = [
    { alg: "ES256", kid: headerOf(token).kid },
    { alg: "ES256", kid: "unknown" },
    { alg: "ES256" },
    { alg: "ES256", kid: headerOf(token).kid, jwk: { kty, crv, x, y } },
    { alg: "ES256", kid: "../../../../dev/null" },
    { alg: "ES256", kid: "' or true --" },
  ];
  for (const header of headers) {
    const forged = await new SignJWT(claimsOf(token))
      .setProtectedHeader(header as { alg: string })
      .setIssuer("relata")
      .setExpirationTime("1h")
      .sign(privateKey);
    await expectRefused(`Bearer ${forged}`);
  }
});

it("cannot ask for a workspace without being its member, with a token signed by us (LOGIN_REQUIRED)", async () => {
  const [globex] = await adminQuery<{ id: string }>(api.adminUrl, "select id from core.workspaces where subdomain = 'globex'");
  const ids = await ownerIds();
  await adminQuery(api.adminUrl, "update private.sessions set workspace_id = $1 where id = $2", [globex!.id, ids.sessionId]);
  await expectRefused(`Bearer ${await signed({ ...ids, workspaceId: globex!.id }, 60)}`);
  await adminQuery(api.adminUrl, "update private.sessions set workspace_id = $1 where id = $2", [ids.workspaceId, ids.sessionId]);
  await expectRefused(`Bearer ${await signed({ ...ids, workspaceId: "00000000-0000-0000-0000-000000000000" }, 60)}`);
  await expectRefused(`Bearer ${await signed({ ...ids, workspaceId: globex!.id }, 60)}`);
});

it("cannot ask any more once removed from the workspace (LOGIN_REQUIRED)", async () => {
  const token = await api.tokenOf("member@acme.test");
  expect(await api.graphql("{ companies { totalCount } }", {}, "member@acme.test")).toMatchObject({
    status: 200,
    data: { companies: { totalCount: 2000 } },
  });
  await adminQuery(
    api.adminUrl,
    "select private.remove_member(m.id) from core.workspace_members m join core.users u on u.id = m.user_id where u.email = 'member@acme.test'",
  );
  await expectRefused(`Bearer ${token}`);
  // Nothing was written meanwhile, and the others still may.
  const seen = await api.graphql<{ companies: { totalCount: number } }>(
    '{ companies(filter: { name: { eq: "From outside" } }) { totalCount } }',
  );
  expect(seen).toMatchObject({ status: 200, data: { companies: { totalCount: 0 } } });
});
