/**
 * The documents against the server: requests made of them, valid, broken and hostile. Each answer is one that
 * the document tells of; what the document refuses is refused; nothing is a fault of ours, and nothing is told
 * of SQL, of the program or of another workspace. RELATA_ALL_CASES=1 sends 10,000; RELATA_SEED makes others.
 */
import fc from "fast-check";
import "../helpers/slow.ts";
import { adminQuery, useApi } from "../helpers/server.ts";
import { Conformance } from "./conformance.ts";
import { documentFrom } from "./openapiSupport.ts";
import { requestsOf, type Sent } from "./requests.ts";

const api = useApi({ RATE_LIMIT_WORKSPACE: "0" });
const OWNER = "owner@acme.test";
const CANARY = "canary-of-another-workspace";
const isFull = Boolean(process.env["RELATA_ALL_CASES"]);
const RUNS = { core: isFull ? 8000 : 240, metadata: isFull ? 2000 : 60 };
const seed = Number(process.env["RELATA_SEED"] ?? 20261123);
const AT_ONCE = 6;
/** What no answer may hold: the words of PostgreSQL and of the program. What a client sent comes back to him in places. */
const LEAKS = [
  /syntax error at or near/i,
  /relation "[^"]+" does not exist/,
  /column "[^"]+" of relation/,
  /violates \w+ constraint/,
  /workspace_[0-9a-f]{12}\b/,
  /\bat (?:async )?[\w.<>]+ \(?(?:file:|\/|node:)/,
  /node_modules/,
  /\bpg_catalog\./,
  /search_path/,
];

type Fault = string;

async function ask(sent: Sent, token: string) {
  const response = await fetch(`${api.url}/rest${sent.url}`, {
    method: sent.method.toUpperCase(),
    headers: { ...sent.headers, authorization: `Bearer ${token}` },
    ...(sent.body !== undefined && { body: sent.body }),
  });
  return { status: response.status, type: response.headers.get("content-type") ?? "", text: await response.text() };
}

/** What was wrong with an answer. */
function faultsOf(sent: Sent, answer: Awaited<ReturnType<typeof ask>>, conformance: Conformance): Fault[] {
  const { status, text } = answer;
  const say = (what: string) =>
    `${sent.kind} ${sent.method} ${sent.url.slice(0, 200)} ${sent.body?.slice(0, 200) ?? ""}\n   -> ${status}: ${what}\n   ${text.slice(0, 300)}`;
  const faults: Fault[] = [];
  if (status >= 500) faults.push(say("a fault of ours"));
  if (text.includes(CANARY)) faults.push(say("another workspace's record"));
  const leak = LEAKS.find(
    (pattern) =>
      pattern.test(text) &&
      !pattern.test(decodeURIComponent(sent.url.replace(/%(?![0-9a-f]{2})/gi, "%25").replace(/%[89a-f][0-9a-f]/gi, "?")) + sent.body),
  );
  if (leak) faults.push(say(`it tells ${leak}`));
  // An address that is another one: nothing is told of it here.
  if (sent.kind === "hostile" && status === 404) return faults;
  const difference = conformance.difference(sent, answer);
  if (difference) faults.push(say(difference));
  if (status < 300 && !conformance.takes(sent)) faults.push(say("the document does not let that be sent"));
  return faults;
}

async function run(requests: Sent[], conformance: Conformance): Promise<{ faults: Fault[]; statuses: Map<string, number> }> {
  const token = await api.tokenOf(OWNER);
  const faults: Fault[] = [];
  const statuses = new Map<string, number>();
  const queue = [...requests];
  const work = async () => {
    for (let sent = queue.shift(); sent; sent = queue.shift()) {
      const answer = await ask(sent, token);
      const key = `${sent.kind} ${answer.status}`;
      statuses.set(key, (statuses.get(key) ?? 0) + 1);
      faults.push(...faultsOf(sent, answer, conformance));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { faults, statuses };
}

const countOf = (statuses: Map<string, number>, kind: string): number =>
  [...statuses].reduce((sum, [key, count]) => (key.startsWith(kind) ? sum + count : sum), 0);

beforeAll(async () => {
  await adminQuery(api.adminUrl, "update company set name = $1 || name, domain_name = $1", [CANARY], "globex");
});

it(`can answer ${RUNS.core} requests made of the document of records, each as it says`, async () => {
  const token = await api.tokenOf(OWNER);
  const document = await documentFrom(api.url, "core", token);
  const ids = new Map<string, string[]>();
  // As many as are not all deleted before the end.
  const body = JSON.stringify(Array.from({ length: RUNS.core / 8 }, () => ({})));
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  for (const path of Object.keys(document.paths).filter((one) => one.startsWith("/batch/"))) {
    const sent = await fetch(`${api.url}/rest${path}?fields=id`, { method: "POST", headers, body });
    const plural = path.split("/")[2]!;
    // What has fields that must be given has the seed's records only.
    const read = sent.ok ? sent : await fetch(`${api.url}/rest/${plural}?limit=60&fields=id`, { headers });
    const { data } = (await read.json()) as { data: Record<string, { id: string }[]> };
    ids.set(
      plural,
      Object.values(data)[0]!.map(({ id }) => id),
    );
  }
  const idsOf = (path: string) => ids.get(path.split("/").find((part) => ids.has(part)) ?? "") ?? [];
  const requests = fc.sample(
    requestsOf(document, idsOf, (path, method) => (method === "get" ? 3 : path.includes("companies") ? 2 : 1)),
    { numRuns: RUNS.core, seed },
  );
  const { faults, statuses } = await run(requests, new Conformance(document));
  if (isFull) console.info(Object.fromEntries([...statuses].sort()));
  expect(faults.slice(0, 10)).toEqual([]);
  expect(countOf(statuses, "valid 2")).toBeGreaterThan(RUNS.core / 5);
  expect(countOf(statuses, "broken 4")).toBeGreaterThan(RUNS.core / 20);
});

it(`can answer ${RUNS.metadata} requests made of the document of the data model, each as it says`, async () => {
  const document = await documentFrom(api.url, "metadata", await api.tokenOf(OWNER));
  // What changes the data model takes a while; nothing that is there is to be changed but this.
  const made = await fetch(`${api.url}/rest/metadata/objects`, {
    method: "POST",
    headers: { authorization: `Bearer ${await api.tokenOf(OWNER)}`, "content-type": "application/json" },
    body: JSON.stringify({ nameSingular: "vessel", namePlural: "vessels", labelSingular: "Vessel", labelPlural: "Vessels" }),
  });
  const { data } = (await made.json()) as { data: { createOneObject: { id: string; fields: { id: string }[] } } };
  const { id, fields } = data.createOneObject;
  const idsOf = (path: string) => (path.includes("/objects") ? [id] : path.includes("/fields") ? fields.map((field) => field.id) : []);
  const isSlow = (path: string, method: string) => method !== "get" && /objects|fields/.test(path);
  const requests = fc.sample(
    requestsOf(document, idsOf, (path, method) => (isSlow(path, method) ? 1 : 3)),
    { numRuns: RUNS.metadata, seed },
  );
  const { faults, statuses } = await run(requests, new Conformance(document));
  if (isFull) console.info(Object.fromEntries([...statuses].sort()));
  expect(faults.slice(0, 10)).toEqual([]);
  expect(countOf(statuses, "valid 2")).toBeGreaterThan(RUNS.metadata / 30);
});

it("can go on as before, and can tell a difference", async () => {
  expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
  expect(
    (await fetch(`${api.url}/rest/companies?limit=1`, { headers: { authorization: `Bearer ${await api.tokenOf(OWNER)}` } })).status,
  ).toBe(200);
  expect(api.output()).not.toMatch(/A request failed/);
  const document = await documentFrom(api.url, "core", await api.tokenOf(OWNER));
  const conformance = new Conformance(document);
  const sent = { kind: "valid", method: "get", path: "/companies/{id}", url: "", headers: {}, body: undefined, json: undefined } as const;
  const answer = (body: object) => ({ status: 200, type: "application/json", text: JSON.stringify(body) });
  const id = "0198f2c4-7b1e-7c3a-9d55-2f6a1c0e8b47";
  expect(conformance.difference(sent, answer({ data: { company: { id } } }))).toBeUndefined();
  expect(conformance.difference(sent, answer({ data: { company: { id, colour: "red" } } }))).toContain(
    "must NOT have additional properties",
  );
  expect(conformance.difference(sent, answer({ data: { company: { id: 7 } } }))).toContain("must be string");
});
