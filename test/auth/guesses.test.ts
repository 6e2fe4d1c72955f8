/** Guessing passwords: how many guesses are looked at, and who is harmed by them. */
import "../helpers/slow.ts";
import { adminQuery, PASSWORD, startTestServer, type TestServer, useTestServer } from "../helpers/server.ts";

const LIMITS = {
  RATE_LIMIT_SIGN_IN_ACCOUNT: "10",
  RATE_LIMIT_SIGN_IN_ADDRESS: "10",
  RATE_LIMIT_MAIL_ADDRESS: "5",
  RATE_LIMIT_MAIL_SENDER: "8",
  TRUST_PROXY: "1",
};
const GUESSES = process.env["RELATA_ALL_CASES"] ? 10_000 : 300;
const ACCOUNTS = process.env["RELATA_ALL_CASES"] ? 1000 : 100;

const server = useTestServer(LIMITS);
/** On the same database; it remembers nobody whom the first has refused. */
let other: TestServer | undefined;
beforeAll(async () => {
  other = await startTestServer({ PG_DATABASE_URL: server.adminUrl, ...LIMITS });
});
afterAll(() => other?.stop());
beforeEach(() => adminQuery(server.adminUrl, "truncate private.rate_limits, private.known_addresses"));

type Told = { status: number; headers: Headers; errors?: { extensions: { code: string; retryAfter?: number } }[] };

async function login(email: string, password: string, from: string, url = server.url): Promise<Told> {
  const response = await fetch(`${url}/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": from },
    body: JSON.stringify({ email, password }),
  });
  return { status: response.status, headers: response.headers, ...((await response.json()) as object) };
}

/** Many at once, sixteen at a time; answers the statuses. */
async function flood(count: number, one: (index: number) => Promise<Told>): Promise<number[]> {
  const statuses: number[] = [];
  let next = 0;
  const work = async () => {
    while (next < count) statuses.push((await one(next++)).status);
  };
  await Promise.all(Array.from({ length: 16 }, work));
  return statuses;
}

const looked = (statuses: number[]) => statuses.filter((status) => status !== 429).length;

// Each test has addresses of its own, as servers remember who is blocked.
let network = 0;
beforeEach(() => void network++);
const address = (host: number) => `10.${network}.${host >> 8}.${host & 255}`;

it("cannot guess at one account more than ten times at once, from however many addresses (RATE_LIMITED)", async () => {
  const statuses = await flood(GUESSES, (index) => login("owner@acme.test", `guess ${index}`, address(index)));
  expect(looked(statuses)).toBe(10);
  const told = await login("OWNER@acme.test", PASSWORD, address(9999));
  expect(told).toMatchObject({ status: 429, errors: [{ extensions: { code: "RATE_LIMITED", retryAfter: expect.any(Number) } }] });
  expect(Number(told.headers.get("retry-after"))).toBeGreaterThan(300);
  expect(told.headers.get("ratelimit-policy")).toBe('"signInAccount";q=10;w=3600');
  expect(told.headers.get("ratelimit")).toMatch(/^"signInAccount";r=0;t=\d+$/);
  // Others are not harmed, wherever they are.
  expect((await login("admin@acme.test", PASSWORD, address(7))).status).toBe(200);
});

it("cannot guess at many accounts from one address more than ten times at once (RATE_LIMITED)", async () => {
  const statuses = await flood(ACCOUNTS, (index) => login(`user${index}@acme.test`, "relata", address(1)));
  expect(looked(statuses)).toBe(10);
  expect((await login("member@acme.test", PASSWORD, address(1))).headers.get("ratelimit-policy")).toBe('"signInAddress";q=10;w=3600');
  expect((await login("member@acme.test", PASSWORD, address(2))).status).toBe(200);
});

it("cannot get around the limit by the many addresses of one IPv6 network (RATE_LIMITED)", async () => {
  const statuses = await flood(40, (index) => login(`user${index}@globex.test`, "relata", `2001:db8:${network}:1::${index.toString(16)}`));
  expect(looked(statuses)).toBe(10);
});

it("can go on where one has signed in before, while others guess from elsewhere and from the same address", async () => {
  const [home, elsewhere] = [address(1), address(2)];
  expect((await login("guest@acme.test", PASSWORD, home)).status).toBe(200);
  await flood(20, (index) => login("guest@acme.test", `guess ${index}`, elsewhere));
  await flood(20, (index) => login(`user${index}@acme.test`, "relata", home));
  expect((await login("guest@acme.test", PASSWORD, elsewhere)).status).toBe(429);
  expect((await login("guest@acme.test", PASSWORD, home)).status).toBe(200);
});

it("cannot guess without end where somebody has signed in before (RATE_LIMITED)", async () => {
  const home = address(1);
  await login("admin@acme.test", PASSWORD, home);
  const statuses = await flood(40, (index) => login("admin@acme.test", `guess ${index}`, home));
  expect(looked(statuses)).toBe(10);
});

it("can sign in as often as one likes, and many at once", async () => {
  const emails = ["admin@acme.test", "member@acme.test"];
  const statuses = await flood(40, (index) => login(emails[index % 2]!, PASSWORD, address(1)));
  expect(new Set(statuses)).toEqual(new Set([200]));
});

it("cannot tell whether there is such an account", async () => {
  const told: (readonly [string, Told[]])[] = [];
  for (const [host, email] of ["owner@globex.test", "nobody@acme.test"].entries()) {
    const answers: Told[] = [];
    for (let index = 0; index < 12; index++) answers.push(await login(email, "wrong", address(host * 100 + index)));
    told.push([email, answers]);
  }
  const shapes = told.map(([, answers]) => answers.map(({ status, errors }) => [status, errors!.map(({ extensions }) => extensions.code)]));
  expect(shapes[0]).toEqual(shapes[1]);
  expect(shapes[0]![11]).toEqual([429, ["RATE_LIMITED"]]);
});

it("cannot be counted against somebody when nothing was guessed", async () => {
  await flood(30, () => login("member@acme.test", "", address(1)));
  expect((await login("member@acme.test", "wrong", address(1))).status).toBe(401);
});

it("can get a point back as time goes by", async () => {
  await flood(20, (index) => login("late@acme.test", "wrong", address(index)));
  await adminQuery(server.adminUrl, "update private.rate_limits set seen_at = seen_at - interval '6 minutes'");
  const after = [
    await login("late@acme.test", "wrong", address(100), other!.url),
    await login("late@acme.test", "wrong", address(101), other!.url),
  ];
  expect(after.map(({ status }) => status)).toEqual([401, 429]);
});

it("cannot guess more on two servers than on one (RATE_LIMITED)", async () => {
  const statuses = await flood(60, (index) => login("two@acme.test", `guess ${index}`, address(index), (index % 2 ? server : other!).url));
  expect(looked(statuses)).toBe(10);
});

/** An operation without a token, from an address. */
async function metadata(query: string, from: string) {
  const response = await fetch(`${server.url}/metadata`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": from },
    body: JSON.stringify({ query }),
  });
  const { errors = [] } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
  return { status: response.status, headers: response.headers, codes: errors.map(({ extensions }) => extensions.code) };
}

it("cannot guess more often by GraphQL, nor by many fields of one operation (RATE_LIMITED)", async () => {
  const guess = (index: number) =>
    `g${index}: getLoginTokenFromCredentials(email: "fields@acme.test", password: "guess ${index}", origin: "http://acme.localhost") { loginToken { token } }`;
  const first = await metadata(`mutation { ${Array.from({ length: 15 }, (_, index) => guess(index)).join(" ")} }`, address(1));
  expect(first.codes.sort()).toEqual([...Array(10).fill("BAD_CREDENTIALS"), ...Array(5).fill("RATE_LIMITED")]);
  const second = await metadata(`mutation { ${guess(99)} }`, address(2));
  expect([second.status, second.codes]).toEqual([429, ["RATE_LIMITED"]]);
  expect(Number(second.headers.get("retry-after"))).toBeGreaterThan(300);
  expect(second.headers.get("ratelimit-policy")).toBe('"signInAccount";q=10;w=3600');
  expect((await login("fields@acme.test", "guess 100", address(3))).status).toBe(429);
});

it("cannot have more than five mails sent to somebody, by REST and GraphQL together, nor more than eight to anybody (RATE_LIMITED)", async () => {
  const ask = async (email: string, from: string) => {
    const response = await fetch(`${server.url}/auth/magic-link`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-forwarded-for": from },
      body: JSON.stringify({ email }),
    });
    return response.status;
  };
  const statuses: number[] = [];
  for (let index = 0; index < 7; index++) statuses.push(await ask(index % 2 ? "Mails@acme.test" : "mails@acme.test", address(index)));
  expect(statuses).toEqual([202, 202, 202, 202, 202, 429, 429]);
  const byGraphql = await metadata('mutation { emailPasswordResetLink(email: "mails@acme.test") { success } }', address(99));
  expect(byGraphql).toMatchObject({ status: 429, codes: ["RATE_LIMITED"] });

  const others: number[] = [];
  for (let index = 0; index < 10; index++) others.push(await ask(`anybody${index}@acme.test`, address(100)));
  expect(others).toEqual([...Array(8).fill(202), 429, 429]);
});
