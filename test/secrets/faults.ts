/** What goes wrong with secrets in it: input that nobody understands, a database that ends, waits or is locked. */
import pg from "pg";
import { ask, login, passwordOf, type Stage, send } from "./flows.ts";

const LOCKED = ["private.one_time_tokens", "private.sessions", "private.user_secrets"];

/** Secrets in every place where they are not expected, as anybody may send them. */
export async function wrongInput(stage: Stage, secrets: { password: string; token: string; key: string }): Promise<number> {
  const { password, token, key } = secrets;
  const email = "owner@acme.test";
  const quoted = JSON.stringify(password);
  const statuses: number[] = [];
  const bodies: [path: string, body: unknown, bearer?: string][] = [
    ["/auth/login", `{"email":"${email}","password":${quoted}`],
    ["/auth/login", `{"email":"${email}","password":${quoted} x}`],
    ["/auth/login", `{"email":"${email}",password:${quoted}}`],
    ["/auth/login", quoted],
    ["/auth/login", { email: password, password }],
    ["/auth/login", { email, password: [password] }],
    ["/auth/login", { email, password: { [password]: password } }],
    ["/auth/login", { email, password: `${password}\0` }],
    ["/auth/login", { email: `${password}\0`, password }],
    ["/auth/login", { email, password, workspace: token }],
    ["/auth/login", { email, password, invitation: `${token}\0` }],
    ["/auth/login", { email, password: password.repeat(60) }],
    ["/auth/token", { loginToken: { token } }],
    ["/auth/token", { userToken: token, workspace: password }],
    ["/auth/refresh", { refreshToken: `${token}\0` }],
    ["/auth/refresh", `{"refreshToken":"${token}`],
    ["/auth/sign-up", { email: password, password }],
    ["/auth/sign-up", { email: "x@canary.test", password, firstName: `${token}\0` }],
    ["/auth/password-reset/confirm", { token, password: [password] }],
    ["/auth/magic-link/sign-in", { token: [token] }],
    ["/auth/second-factor", { token, code: password }],
    ["/auth/totp/enrol", { token, password }],
    ["/auth/saml/login", { email: password, identityProviderId: token }],
    [`/auth/saml/callback/${token}`, { SAMLResponse: token }],
    [`/${encodeURIComponent(token)}?password=${encodeURIComponent(password)}`, {}],
    ["/graphql", { query: "{ __typename }" }, `${token}x`],
    ["/graphql", { query: "{ __typename }" }, `${key}x`],
    ["/graphql", { query: `{ companies(filter: { name: { eq: ${quoted} ` }, key],
    ["/graphql", `{"query":"{ __typename }","variables":{"password":${quoted}`, key],
    ["/metadata", { query: `mutation { signIn(email: "${email}", password: ${quoted}, secret: "${token}") { tokens { x } } }` }],
    ["/metadata", { query: `mutation { signIn(email: "${email}", password: ${quoted} ` }],
    ["/metadata", { query: `mutation { renewToken(appToken: "${token}") { tokens { x } } }` }],
    ["/metadata", { query: `mutation { renewToken(appToken: { token: "${token}" }) { challenge { token } } }` }],
    ["/metadata", { query: `mutation { getAuthTokensFromLoginToken(loginToken: ["${token}"]) { challenge { token } } }` }],
  ];
  for (const [path, body, bearer] of bodies) statuses.push((await send(stage, path, body, bearer)).status);
  const typed: [name: string, type: string, value: unknown][] = [
    ["appToken", "String!", [token]],
    ["appToken", "String!", { token }],
    ["appToken", "Int!", token],
    ["appToken", "UUID!", token],
    ["appToken", "Boolean!", password],
  ];
  for (const [name, type, value] of typed) {
    const query = `mutation ($v: ${type}) { renewToken(${name}: $v) { challenge { token } } }`;
    statuses.push((await send(stage, "/metadata", { query, variables: { v: value } })).status);
  }
  return statuses.filter((status) => status >= 500).length;
}

/** Ends the server's connections again and again while people sign in, ask for links and read. Answers how many were ended. */
export async function killedBackends(stage: Stage, secrets: { email: string; password: string; token: string }): Promise<number> {
  const admin = new pg.Client({ connectionString: stage.adminUrl });
  await admin.connect();
  let ended = 0;
  let isOver = false;
  const killing = (async () => {
    while (!isOver) {
      const { rowCount } = await admin.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'relata_server' and datname = current_database()",
      );
      ended += rowCount ?? 0;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  const { email, password, token } = secrets;
  for (let n = 0; n < 4; n++) {
    await Promise.all([
      send(stage, "/auth/login", { email, password }),
      send(stage, "/auth/refresh", { refreshToken: token }),
      send(stage, "/auth/password-reset", { email: "kill@canary.test" }),
      send(stage, "/auth/sign-up", { email: `kill${n}@canary.test`, password: passwordOf("waits") }),
      ask(stage, "mutation ($t: String!) { getAuthTokensFromLoginToken(loginToken: $t) { challenge { token } } }", { t: token }),
    ]);
  }
  isOver = true;
  await killing;
  await admin.end();
  return ended;
}

/** Asks while the tables of secrets are locked, until the statements' time is over. */
export async function lockedTables(stage: Stage, secrets: { email: string; password: string; token: string }): Promise<number[]> {
  const admin = new pg.Client({ connectionString: stage.adminUrl });
  await admin.connect();
  await admin.query("begin");
  await admin.query(`lock table ${LOCKED.join(", ")} in access exclusive mode`);
  const { email, password, token } = secrets;
  const replies = await Promise.all([
    send(stage, "/auth/login", { email, password }),
    send(stage, "/auth/refresh", { refreshToken: token }),
    send(stage, "/auth/sign-up", { email: "late@canary.test", password }),
    send(stage, "/auth/magic-link/sign-in", { token }),
  ]);
  await admin.query("rollback");
  await admin.end();
  return replies.map(({ status }) => status);
}

/** Signs in until it works: what was ended comes back. */
export async function untilWell(stage: Stage, email: string, password: string): Promise<string> {
  for (let n = 0; n < 50; n++) {
    const { status } = await send(stage, "/auth/login", { email: "nobody@canary.test", password: "wrong password" });
    if (status === 401) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return (await login(stage, email, password)).accessToken;
}
