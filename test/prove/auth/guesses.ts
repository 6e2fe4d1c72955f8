/** Guesses at passwords and codes, questions about addresses, and half of a sign-in. */
import { codeAt, wrongCode } from "../../auth/secondFactor.ts";
import { kinds, makeKnown, ways } from "../../secrets/addresses.ts";
import { assert, assertNone, type Check } from "../group.ts";
import { plain } from "../isolation/compare.ts";
import { routesOf } from "../routesOf.ts";
import { ADMIN, type AuthWorld, GUESSES, OWNER } from "./world.ts";

/** An account of its own for each time that it is asked. */
let round = 0;

/** At one account, from wherever a header says. */
async function passwords(world: AuthWorld): Promise<void> {
  const account = `guessed.${round++}@acme.test`;
  const count = world.isFull ? 1000 : 40;
  const queue = Array.from({ length: count }, (_, n) => n);
  const statuses: number[] = [];
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let n = queue.shift(); n !== undefined; n = queue.shift()) {
        const response = await fetch(`${world.url}/auth/login`, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            "x-forwarded-for": `10.1.${n >> 8}.${n & 255}`,
            "x-real-ip": `10.2.0.${n & 255}`,
            forwarded: `for=10.3.0.${n & 255}`,
          },
          body: JSON.stringify({ email: n % 2 ? account : account.toUpperCase(), password: `guess ${n}` }),
        });
        statuses.push(response.status);
      }
    }),
  );
  const looked = statuses.filter((status) => status === 401).length;
  assert(looked <= GUESSES, `${looked} guesses of ${count} were looked at`);
  assert(looked > 0 && looked + statuses.filter((status) => status === 429).length === count, `other answers: ${[...new Set(statuses)]}`);
}

/** Each way to ask something of an address, of one that is known and one that is not. */
async function known(world: AuthWorld): Promise<void> {
  await makeKnown(
    (text, values, workspace) => world.sql(text, values, workspace),
    (kind) => `known.${kinds.indexOf(kind)}@people.test`,
  );
  const owner = await world.tokenOf(OWNER);
  const found: string[] = [];
  for (const { what, path, body, isOwner } of ways)
    for (const [n, kind] of kinds.entries()) {
      const told: string[] = [];
      for (const email of [`known.${n}@people.test`, `other.${n}@people.test`]) {
        const { status, text } = await world.send(path, body(email), isOwner ? owner : undefined);
        told.push(plain(`${status} ${text}`, email));
      }
      if (told[0] !== told[1]) found.push(`${what}, of ${kind}: ${told.join(" and ")}`);
    }
  world.note(`${ways.length} ways, ${kinds.length} kinds of address`);
  assertNone(found, "answers that tell whether an address is known");
}

async function enrol(world: AuthWorld, email: string): Promise<string> {
  const { accessToken } = await world.login(email);
  const { secret } = (await world.send("/auth/totp/enrol", {}, accessToken)).body as unknown as { secret: string };
  assert(secret, "no authenticator app can be enrolled");
  const { status, text } = await world.send("/auth/totp/verify", { code: codeAt(secret) }, accessToken);
  assert(status === 200, text);
  return secret;
}
const forget = (world: AuthWorld) =>
  world.sql(
    "with a as (delete from private.totp_secrets), b as (delete from private.recovery_codes) delete from private.second_factor_tries",
  );

/** A code works once, near its time; and after some guesses none is looked at. */
async function codes(world: AuthWorld): Promise<void> {
  const secret = await enrol(world, ADMIN);
  const challenge = async () => (await world.login(ADMIN)).challenge!.token;
  const show = async (code: string, token?: string) =>
    (await world.send("/auth/second-factor", { token: token ?? (await challenge()), code })).status;
  try {
    await world.sql("update private.totp_secrets set last_step = 0");
    for (const steps of [-40, -3, 3, 40])
      assert((await show(codeAt(secret, steps))) !== 200, `a code of ${steps} steps from now was taken`);
    await world.sql("delete from private.second_factor_tries");
    const [code, tokens] = [codeAt(secret), await Promise.all(Array.from({ length: 8 }, challenge))];
    const statuses = await Promise.all(tokens.map((token) => show(code, token)));
    const count = statuses.filter((status) => status === 200).length;
    assert(count === 1, `one code was taken ${count} times of ${tokens.length} at once: ${statuses}`);
    assert((await show(code)) !== 200, "a code was taken again");
    await world.sql("delete from private.second_factor_tries; update private.totp_secrets set last_step = 0");
    const guesses: number[] = [];
    for (let n = 0; n < 15; n++) guesses.push(await show(wrongCode(secret)));
    assert((await show(codeAt(secret))) !== 200, "after 15 wrong codes a right one is taken at once");
    assert(!guesses.includes(200), `a wrong code was taken: ${guesses}`);
  } finally {
    await forget(world);
  }
}

/** The token of a sign-in that waits for its second factor, at every route. */
async function half(world: AuthWorld): Promise<void> {
  await enrol(world, ADMIN);
  const found: string[] = [];
  try {
    const { challenge } = await world.login(ADMIN);
    const token = challenge!.token;
    const KEYS = ["token", "loginToken", "refreshToken", "userToken", "invitation", "transientToken"];
    for (const { method, path } of routesOf().filter(
      (route) => !/second-factor|totp|passkeys|healthz|methods|graphiql|mailbox|saml\/metadata/.test(route.path),
    )) {
      const body = { ...Object.fromEntries(KEYS.map((key) => [key, token])), query: "{ companies { totalCount } }" };
      const response = await fetch(world.url + path.replace(/[:*]\w+/g, "x"), {
        method,
        redirect: "manual",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        ...(method !== "GET" && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (/accessToken|totalCount"|loginToken=/.test(text + response.headers.get("location")))
        found.push(`${method} ${path}: ${text.slice(0, 100)}`);
      if (response.status === 200 && /graphql|metadata/.test(path)) found.push(`${method} ${path} answered 200`);
    }
  } finally {
    await forget(world);
  }
  assertNone(found, "routes that half a sign-in opens");
}

export const guesses: Check<AuthWorld>[] = [
  { id: "D55", title: "guesses at one password are looked at ten times, whatever headers say of their address", run: passwords },
  { id: "D57", title: "no way to ask tells whether an address is known", run: known },
  { id: "D64", title: "a code of an authenticator app works once, near its time, and not after many guesses", run: codes },
  { id: "D65", title: "half of a sign-in opens nothing", run: half },
];
