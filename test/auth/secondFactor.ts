/** What the tests of second factors share: requests, an authenticator app, and time that passes. */
import { generateSync } from "otplib";
import { adminQuery, PASSWORD, useTestServer } from "../helpers/server.ts";
import { Authenticator } from "./authenticator.ts";

/** The pages that people see; no page is asked for. */
export const ORIGIN = "https://crm.example";
export const ACME = ["owner@acme.test", "admin@acme.test", "member@acme.test", "guest@acme.test"] as const;

export type Body = {
  accessToken: string;
  refreshToken: string;
  challenge: { token: string; kinds: string[]; mustEnrol: boolean } & string;
  secret: string;
  uri: string;
  qrCode: string;
  recoveryCodes: string[];
  id: string;
  errors: { message: string; extensions: { code: string; retryAfter?: number } }[];
};
export type Reply = { status: number; headers: Headers; body: Body };
export type Sender = (path: string, body?: object, token?: string, method?: string) => Promise<Reply>;

/** The code that an authenticator app shows, `steps` of 30 seconds from now. */
export const codeAt = (secret: string, steps = 0): string => generateSync({ secret, epoch: Math.floor(Date.now() / 1000) + steps * 30 });

/** A code of six digits that the app does not show anywhere near now. */
export function wrongCode(secret: string): string {
  const shown = [-2, -1, 0, 1, 2].map((steps) => codeAt(secret, steps));
  return ["000000", "111111", "222222", "333333", "444444", "555555"].find((code) => !shown.includes(code))!;
}

export const refusal = (status: number, code: string, field?: string) => ({
  status,
  body: { errors: [{ extensions: { code, ...(field && { field }) } }] },
});

export function useSecondFactors() {
  const server = useTestServer({ FRONTEND_URL: ORIGIN, IS_MULTIWORKSPACE_ENABLED: "true", GRAPHIQL_ENABLED: "false" });
  const send: Sender = async (path, body = {}, token, method = "POST") => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
      ...(method === "POST" && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : {} } as Reply;
  };
  const sql = (text: string, values: unknown[] = []) => adminQuery(server.adminUrl, text, values);
  const login = (email: string) => send("/auth/login", { email, password: PASSWORD });
  const signIn = async (email: string): Promise<string> => (await login(email)).body.accessToken;
  /** The token of a sign-in that waits for its second factor. */
  const challenge = async (email: string): Promise<string> => (await login(email)).body.challenge.token;

  beforeEach(() =>
    sql(
      `with a as (delete from private.totp_secrets), b as (delete from private.recovery_codes), c as (delete from private.passkeys),
            d as (delete from private.second_factor_tries), e as (delete from private.sessions)
       update core.workspaces set is_two_factor_enforced = false where is_two_factor_enforced`,
    ),
  );

  return Object.assign(server, {
    send,
    sql,
    login,
    signIn,
    challenge,
    /** A member with an authenticator app: its seed, his recovery codes, an access token. */
    async enrolled(email: string): Promise<{ secret: string; recoveryCodes: string[]; token: string }> {
      const token = await signIn(email);
      const { secret } = (await send("/auth/totp/enrol", {}, token)).body;
      const { recoveryCodes } = (await send("/auth/totp/verify", { code: codeAt(secret) }, token)).body;
      await sql("update private.totp_secrets set last_step = 0");
      return { secret, recoveryCodes, token };
    },
    /** A member with a passkey. */
    async withPasskey(email: string, key = new Authenticator(ORIGIN)) {
      const token = await signIn(email);
      const { body: options } = await send("/auth/passkeys/options", {}, token);
      const { body } = await send("/auth/passkeys", { passkey: key.create(options), name: "My key" }, token);
      return { key, token, id: body.id, recoveryCodes: body.recoveryCodes };
    },
    /** As if a minute had passed since a code was taken: the app shows another by then. */
    later: () => sql("update private.totp_secrets set last_step = 0") as Promise<unknown>,
    /** As if the sessions had begun some minutes earlier. */
    age: (minutes: number) => sql("update private.sessions set created_at = created_at - make_interval(mins => $1)", [minutes]),
  });
}
