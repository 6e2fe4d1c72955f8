/**
 * Operations made from the schema, valid and broken, on both APIs: the server answers each
 * with data or an error of its own words, tells nothing of another workspace, and lives.
 * RELATA_ALL_CASES=1 sends 10,000 to each; RELATA_SEED others.
 */
import { getIntrospectionQuery, type IntrospectionQuery } from "graphql";
import { errorCodes } from "../../src/errors.ts";
import { post, useApi } from "../helpers/server.ts";
import { makeOperations } from "./operations.ts";
import { makeRandom } from "./samples.ts";

const OPERATIONS = process.env["RELATA_ALL_CASES"] ? 10_000 : 400;
const seed = Number(process.env["RELATA_SEED"] ?? 1);
const AT_ONCE = 4;
const CANARY = "canary7q3z";
/** What only a developer could make sense of. */
const UNMASKED =
  /(relation|column|constraint|function|operator|schema) "|syntax error at or near|TypeError|Cannot read prop|is not a function|node_modules|\/src\/|at position|workspace_[0-9a-f]{12}|SQLSTATE/;
const WORDS_OF_GRAPHQL = new Set(["GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"]);

const api = useApi();
const random = makeRandom(seed);
const ids: string[] = [];
/** Ids of the other workspace that no operation names. */
const secret: string[] = [];

beforeAll(async () => {
  const CREATE =
    "mutation ($name: String!) { createCompany(data: { name: $name }) { id } createNote(data: { title: $name, body: $name }) { id } }";
  for (let n = 0; n < 20; n++) {
    type Made = { createCompany: { id: string }; createNote: { id: string } };
    const { data, errors } = await api.graphql<Made>(CREATE, { name: `${CANARY} ${n}` }, "owner@globex.test");
    expect(errors).toBeUndefined();
    (n % 2 ? ids : secret).push(data!.createCompany.id, data!.createNote.id);
  }
  const own = await api.sql<{ id: string }>(
    "(select id from company limit 20) union all (select id from person limit 20) union all (select id from note limit 5)",
  );
  ids.push(...own.map(({ id }) => id), "00000000-0000-0000-0000-000000000000");
});

/** What is wrong with an answer; null when nothing is. */
function faultOf(status: number, text: string): string | null {
  if (status >= 500) return `status ${status}`;
  if (text.includes(CANARY)) return "a word of another workspace";
  const leaked = secret.find((id) => text.includes(id));
  if (leaked) return `the id ${leaked} of another workspace`;
  const { errors } = JSON.parse(text) as { errors?: { message: string; extensions?: { code?: string } }[] };
  for (const { message, extensions } of errors ?? []) {
    const code = String(extensions?.code);
    if (code === "INTERNAL_ERROR" || (!errorCodes.includes(code as never) && !WORDS_OF_GRAPHQL.has(code)))
      return `code ${code}: ${message}`;
    if (UNMASKED.test(message)) return `unmasked: ${message}`;
  }
  return null;
}

async function send(path: string, query: string): Promise<{ query: string; fault: string | null; isAnswered: boolean }> {
  const response = await fetch(`${api.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${await api.tokenOf("owner@acme.test")}` },
    body: JSON.stringify({ query }),
  });
  const text = await response.text();
  const { data } = JSON.parse(text) as { data?: object | null };
  // With something that was asked for, and not with errors alone.
  const isAnswered = Object.entries(data ?? {}).some(([name, value]) => name !== "__typename" && value !== null);
  return { query, fault: faultOf(response.status, text), isAnswered };
}

it.each(["/graphql", "/metadata"])(
  `can answer ${OPERATIONS} operations made from the schema of %s, and live`,
  async (path) => {
    const introspection = await api[path === "/graphql" ? "graphql" : "metadata"]<IntrospectionQuery>(getIntrospectionQuery());
    const operations = makeOperations(introspection.data!, random, ids);
    const faults: unknown[] = [];
    let answered = 0;
    for (let sent = 0; sent < OPERATIONS; sent += AT_ONCE) {
      const all = await Promise.all(Array.from({ length: AT_ONCE }, () => send(path, operations.next())));
      faults.push(...all.filter(({ fault }) => fault).map(({ query, fault }) => [fault, query]));
      answered += all.filter(({ isAnswered }) => isAnswered).length;
    }
    expect(faults).toEqual([]);
    // It would prove little if nothing had come through.
    expect(answered).toBeGreaterThan(OPERATIONS / 10);
    const { status, data } = await post(api.url, "/graphql", await api.tokenOf("owner@globex.test"), "{ companies { totalCount } }");
    expect([status, data]).toEqual([200, { companies: { totalCount: expect.any(Number) } }]);
    expect(api.output()).not.toMatch(/A request failed/);
  },
  1_800_000,
);
