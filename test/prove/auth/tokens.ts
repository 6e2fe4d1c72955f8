/** Tokens: tampered with, brought again, brought where they do not belong, after their end. */
import { createHash } from "node:crypto";
import { CLASSES, prepare } from "../../auth/tamperings.ts";
import { tokenTo } from "../../helpers/mails.ts";
import { PASSWORD } from "../../helpers/server.ts";
import { assert, assertNone, type Check } from "../group.ts";
import { ADMIN, type AuthWorld, GUEST, MEMBER, OWNER, type Tokens } from "./world.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const opens = async (world: AuthWorld, token: string) =>
  (await world.ask("/graphql", token, "{ companies { totalCount } }")).status === 200;

async function tampered(world: AuthWorld): Promise<void> {
  const { accessToken } = await world.login(OWNER);
  assert(await opens(world, accessToken), "a right token opens nothing");
  assert(await opens(world, await prepare(world, OWNER, accessToken)), "a token that our key signs anew opens nothing");
  const found: string[] = [];
  for (const [what, tamper] of CLASSES)
    if ((await world.ask("/graphql", await tamper(), "{ __typename }")).status !== 401) found.push(what);
  const mutations = world.isFull ? 2000 : 100;
  for (let n = 0; n < mutations; n++) {
    const at = world.random(accessToken.length);
    const other = ALPHABET[(ALPHABET.indexOf(accessToken[at]!) + 1 + world.random(62)) % 64]!;
    const mutated = accessToken.slice(0, at) + other + accessToken.slice(at + 1);
    if (mutated !== accessToken && (await opens(world, mutated))) found.push(mutated);
  }
  world.note(`${CLASSES.length} classes, ${mutations} mutations`);
  assertNone(found, "tampered tokens let somebody in");
}

/** Each kind of token, at the door of each other kind. */
async function otherDoors(world: AuthWorld): Promise<void> {
  const { accessToken, refreshToken } = await world.login(OWNER);
  await world.send("/auth/magic-link", { email: OWNER, workspace: "acme" });
  await world.send("/auth/password-reset", { email: ADMIN });
  const [link, reset] = [await tokenTo(world.adminUrl, OWNER), await tokenTo(world.adminUrl, ADMIN)];
  const doors: [kind: string, path: string, body: (token: string) => object][] = [
    ["refresh", "/auth/refresh", (token) => ({ refreshToken: token })],
    ["login", "/auth/token", (token) => ({ loginToken: token })],
    ["user", "/auth/token", (token) => ({ userToken: token, workspace: "acme" })],
    ["verification", "/auth/verify-email", (token) => ({ token })],
    ["link", "/auth/magic-link/sign-in", (token) => ({ token })],
    ["reset", "/auth/password-reset/confirm", (token) => ({ token, password: "correct horse battery" })],
    ["challenge", "/auth/second-factor", (token) => ({ token, code: "123456" })],
  ];
  const found: string[] = [];
  for (const [kind, token] of Object.entries({ access: accessToken, refresh: refreshToken, link, reset }))
    for (const [door, path, body] of doors) {
      if (kind === door) continue;
      const { status } = await world.send(path, body(token));
      if (status < 400) found.push(`a token of the kind ${kind} at the door for ${door}`);
    }
  for (const [kind, token] of Object.entries({ refreshToken, link, reset }))
    if (await opens(world, token)) found.push(`${kind} as a bearer`);
  assertNone(found, "tokens taken for others");
}

async function refreshReuse(world: AuthWorld): Promise<void> {
  const refresh = async (refreshToken: string) => world.send("/auth/refresh", { refreshToken });
  const [stolen, other] = [await world.login(GUEST), await world.login(GUEST)];
  const twice = await Promise.all([refresh(stolen.refreshToken), refresh(stolen.refreshToken)]);
  assert(
    twice.every(({ status }) => status === 200),
    "two tabs at once are refused",
  );
  const next = twice[0]!.body as Tokens;
  await world.sql("update private.refresh_tokens set used_at = now() - interval '60 s' where token_hash = $1", [
    createHash("sha256").update(stolen.refreshToken).digest(),
  ]);
  assert((await refresh(stolen.refreshToken)).status === 401, "a refresh token was taken again a minute later");
  assert((await refresh(next.refreshToken)).status === 401, "its successors still work: the thief stays");
  assert(!(await opens(world, next.accessToken)), "its access tokens still work: the thief stays");
  assert((await refresh(other.refreshToken)).status === 200, "another sign-in has ended with it");
}

/** What ends a sign-in ends all that came of it, at once. */
async function ends(world: AuthWorld): Promise<void> {
  const found: string[] = [];
  const gone = async (what: string, { accessToken, refreshToken }: Tokens) => {
    if (await opens(world, accessToken)) found.push(`the access token after ${what}`);
    if ((await world.send("/auth/refresh", { refreshToken })).status !== 401) found.push(`the refresh token after ${what}`);
  };
  const [one, two, three] = [await world.login(MEMBER), await world.login(MEMBER), await world.login(MEMBER)];
  await world.send("/auth/logout", {}, one.accessToken);
  await gone("a logout", one);
  assert(await opens(world, two.accessToken), "a logout has ended another sign-in");
  await world.send("/auth/logout-all", {}, two.accessToken);
  await gone("a logout everywhere", two);
  await gone("a logout everywhere, elsewhere", three);
  const [four, five] = [await world.login(MEMBER), await world.login(MEMBER)];
  const changed = await world.send(
    "/auth/password",
    { currentPassword: PASSWORD, newPassword: "another correct horse 7" },
    four.accessToken,
  );
  assert(changed.status === 204, `the password was not changed: ${changed.text}`);
  await gone("a change of the password, elsewhere", five);
  assert((await world.login(MEMBER)).accessToken === undefined, "the former password still opens");
  await world.sql(
    "update private.user_secrets s set password_hash = o.password_hash from private.user_secrets o join core.users u on u.id = o.user_id and u.email = $1 where s.user_id = (select id from core.users where email = $2)",
    [OWNER, MEMBER],
  );
  assertNone(found, "sign-ins that outlived their end");
}

/** A token that works once: twenty at once, again, after a newer one; and only its hash is kept. */
async function once(world: AuthWorld): Promise<void> {
  const ask = async () => {
    await world.send("/auth/password-reset", { email: GUEST });
    return tokenTo(world.adminUrl, GUEST);
  };
  const confirm = (token: string) => world.send("/auth/password-reset/confirm", { token, password: PASSWORD.padEnd(12, "7") });
  const [old, token] = [await ask(), await ask()];
  assert((await confirm(old)).status === 401, "an older token works after a newer one was made");
  const answers = await Promise.all(Array.from({ length: 20 }, () => confirm(token)));
  const count = answers.filter(({ status }) => status === 204).length;
  assert(count === 1, `a token worked ${count} times of 20 at once`);
  assert((await confirm(token)).status === 401, "a token worked again");
  await world.send("/auth/magic-link", { email: GUEST, workspace: "acme" });
  const link = await tokenTo(world.adminUrl, GUEST);
  const entered = await Promise.all(Array.from({ length: 10 }, () => world.send("/auth/magic-link/sign-in", { token: link })));
  const times = entered.filter(({ status }) => status === 200).length;
  assert(times === 1, `a link let somebody in ${times} times of 10 at once`);
  const kept = await world.sql("select from private.one_time_tokens t where t::text like '%' || $1 || '%'", [token]);
  assert(kept.length === 0, "a token is kept as it is");
  await world.sql(
    "update private.user_secrets s set password_hash = o.password_hash from private.user_secrets o join core.users u on u.id = o.user_id and u.email = $1 where s.user_id = (select id from core.users where email = $2)",
    [OWNER, GUEST],
  );
}

export const tokens: Check<AuthWorld>[] = [
  { id: "D60", title: "access tokens that were tampered with, in every known way: none lets anybody in", run: tampered },
  { id: "D60b", title: "a token of one kind is none of another", run: otherDoors },
  { id: "D62", title: "a refresh token that is used again ends the sign-in, for thief and victim", run: refreshReuse },
  { id: "D63", title: "after a logout, everywhere, or another password: nothing works any more", run: ends },
  { id: "D70b", title: "a mailed token works once, and its hash alone is kept", run: once },
];
