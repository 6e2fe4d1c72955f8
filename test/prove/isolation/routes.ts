/** Foreign ids through every route of HTTP, and of REST as the server describes it. */
import { assert, assertNone, type Check } from "../group.ts";
import { routesOf } from "../routesOf.ts";
import { plain, randomId } from "./compare.ts";
import type { IsolationWorld } from "./world.ts";

/** What the routes of the app take in their bodies; each gets the id in all of them. */
const KEYS = [
  "id",
  "token",
  "loginToken",
  "userToken",
  "refreshToken",
  "identityProviderId",
  "workspace",
  "invitation",
  "passkey",
  "code",
  "state",
];
/** These end the attacker's sign-in, whatever they are sent. */
const ENDING = /^\/auth\/(logout|logout-all)$/;

const bodyOf = (id: string): Record<string, string> => Object.fromEntries(KEYS.map((key) => [key, id]));

type Door = { method: string; path: string };

async function ask(
  world: IsolationWorld,
  { method, path }: Door,
  id: string,
  token: string | undefined,
): Promise<{ status: number; told: string }> {
  const hasBody = method !== "GET" && method !== "HEAD";
  const filled = path.replace(/[:*{](?!:)[a-z]\w*\}?/gi, id);
  const response = await fetch(`${world.url}${filled}${hasBody ? "" : `?${new URLSearchParams(bodyOf(id))}`}`, {
    method,
    redirect: "manual",
    headers: { ...(hasBody && { "content-type": "application/json" }), ...(token && { authorization: `Bearer ${token}` }) },
    ...(hasBody && {
      body: JSON.stringify({
        email: "nobody@nowhere.test",
        password: "wrong password",
        ...bodyOf(id),
      }),
    }),
  });
  const headers = [...response.headers].filter(([name]) => !/^(date|ratelimit|set-cookie|content-length|x-request-id)$/.test(name));
  return { status: response.status, told: plain(`${response.status} ${JSON.stringify(headers)} ${await response.text()}`, id) };
}

async function compareDoors(world: IsolationWorld, doors: readonly Door[], rounds: number): Promise<string[]> {
  const { attackers } = world;
  const found: string[] = [];
  for (const door of doors)
    for (const token of [attackers[0]!.token, undefined])
      for (let n = 0; n < rounds; n++) {
        const foreign = world.foreignId();
        const [one, other] = [await ask(world, door, foreign, token), await ask(world, door, randomId(foreign), token)];
        if (one.status >= 500) found.push(`${door.method} ${door.path} answered ${one.told}`);
        if (one.told !== other.told) found.push(`${door.method} ${door.path}: ${one.told} and ${other.told}`);
      }
  return found;
}

type OpenApi = { servers?: { url: string }[]; paths?: Record<string, Record<string, unknown>> };

const OBJECTS = ["companies", "people", "notes", "tasks", "opportunities"];
/** What is asked while nothing describes it. */
const CORE: Door[] = OBJECTS.flatMap((name) => [
  ...["GET", "PATCH", "PUT", "DELETE"].map((method) => ({ method, path: `/rest/${name}/:id` })),
  ...["GET", "PATCH", "DELETE"].map((method) => ({ method, path: `/rest/${name}?filter=id[eq]::id&limit=3` })),
  { method: "PATCH", path: `/rest/restore/${name}/:id` },
  { method: "POST", path: `/rest/${name}/duplicates` },
  { method: "PATCH", path: `/rest/${name}/merge` },
  { method: "POST", path: `/rest/batch/${name}` },
]);

/** What REST says of itself. */
async function restDoors(world: IsolationWorld): Promise<Door[]> {
  const doors: Door[] = [...CORE];
  for (const name of ["core", "metadata"]) {
    const response = await fetch(`${world.url}/rest/open-api/${name}`, {
      headers: { authorization: `Bearer ${world.attackers[0]!.token}` },
    });
    if (response.status !== 200) continue;
    const { servers, paths = {} } = (await response.json()) as OpenApi;
    const prefix = servers?.[0]?.url ?? "/rest";
    for (const [path, methods] of Object.entries(paths)) {
      const whole = path.startsWith(prefix) ? path : prefix + path;
      for (const method of Object.keys(methods).filter((one) => /^(get|post|put|patch|delete)$/.test(one)))
        doors.push({ method: method.toUpperCase(), path: whole.replace(/\{(\w+)\}/g, ":$1") });
    }
  }
  return doors;
}

export const routes: Check<IsolationWorld>[] = [
  {
    id: "A2",
    title: "foreign ids through every route of HTTP, signed in and not: as random ones",
    async run(world) {
      const doors = routesOf().filter(({ path }) => !ENDING.test(path));
      assert(doors.length > 25, `only ${doors.length} routes were found`);
      world.note(`${doors.length} routes`);
      assertNone(await compareDoors(world, doors, world.isFull ? 20 : 2), "routes that tell");
    },
  },
  {
    id: "A2b",
    title: "foreign ids through every operation that /rest/open-api names",
    async run(world) {
      const doors = await restDoors(world);
      world.note(doors.length > CORE.length ? `${doors.length} operations` : `${doors.length} operations, and no description`);
      assertNone(await compareDoors(world, doors, world.isFull ? 10 : 1), "operations that tell");
    },
  },
];
