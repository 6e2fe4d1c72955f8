/** Before anything is measured: all contenders answer the same rows, Relata and the limit the same bytes. */
import type { ApiWorld } from "./api.ts";
import { asks, isAsked, isCreation, type OperationName, variablesOf } from "./operations.ts";
import type { RunningServer } from "./world.ts";

const SAMPLES = [0, 1, 2, 7, 19];

/** Sends what the load will send, through the same words. */
async function answerTo(server: RunningServer, wire: string): Promise<string> {
  const [head, body] = wire.split("\r\n\r\n") as [string, string];
  const [start, ...lines] = head.split("\r\n") as [string, ...string[]];
  const [method, path] = start.split(" ") as [string, string];
  const headers = lines
    .map((line) => line.split(": ") as [string, string])
    .filter(([name]) => name !== "host" && name !== "content-length");
  const response = await fetch(server.url + path, { method, headers: Object.fromEntries(headers), ...(body && { body }) });
  const text = await response.text();
  if (!response.ok || text.includes('"errors"')) throw new Error(`${server.name} answered ${response.status} to ${wire}: ${text}`);
  return text;
}

/** What a created record has of its own: its id and its date. */
const withoutOwn = (text: string) =>
  text.replace(/"(id|rowId)":"[0-9a-f-]{36}"/g, '"$1":"…"').replace(/"createdAt":"[^"]+"/g, '"createdAt":"…"');

/** Names and dates as Relata writes them, without what stands around the records. */
function rowsOf(text: string): string {
  const plain = text
    .replaceAll('"rowId"', '"id"')
    .replace(/"createdAt":"([^"…]+)"/g, (_all, date: string) => `"createdAt":"${new Date(date).toISOString()}"`);
  const { data } = JSON.parse(plain) as { data: Record<string, Record<string, unknown>> };
  const root = Object.values(data)[0]!;
  return JSON.stringify(root["company"] && !root["id"] ? root["company"] : root);
}

/** That a peer with rows of its own answers as many companies as it is asked for. */
export async function assertAnswers(server: RunningServer, wire: string, count: number): Promise<void> {
  const text = await answerTo(server, wire);
  const { data } = JSON.parse(text) as { data: Record<string, unknown> };
  const root = Object.values(data)[0];
  const found = Array.isArray(root) ? root.length : root ? 1 : 0;
  if (found !== count) throw new Error(`${server.name} answered ${found} rows and not ${count}: ${text}`);
}

export async function assertSameAnswers({ workspace, people }: ApiWorld, servers: RunningServer[]): Promise<void> {
  for (const operation of ["list", "get", "create", "create100", "create1000", "groupBy"] as OperationName[]) {
    const all = variablesOf(operation, people);
    for (const index of SAMPLES) {
      const answers = new Map<string, string>();
      for (const server of servers) {
        if (!isAsked(server.name, operation)) continue;
        const text = await answerTo(server, asks[server.name as keyof typeof asks](operation, all[index]!, workspace.token));
        answers.set(server.name, isCreation(operation) ? withoutOwn(text) : text);
      }
      const [limit, relata, postgraphile] = [answers.get("limit")!, answers.get("relata")!, answers.get("postgraphile")];
      if (limit !== relata) throw new Error(`${operation}: the limit and Relata differ:\n${limit}\n${relata}`);
      if (postgraphile && rowsOf(relata) !== rowsOf(postgraphile))
        throw new Error(`${operation}: Relata and PostGraphile differ:\n${rowsOf(relata)}\n${rowsOf(postgraphile)}`);
      if (operation === "list" && relata.split('"industry"').length !== 21) throw new Error(`list: not 20 companies: ${relata}`);
    }
  }
}

/** The records of an answer of GraphQL or REST, their lists without what GraphQL wraps them in. */
function plainOf(text: string): string {
  const unwrapped = JSON.parse(text, (_name, value) => {
    if (typeof value !== "object" || value === null || !Array.isArray(value.edges)) return value;
    return value.edges.map(({ node }: { node: unknown }) => node);
  }) as { data?: Record<string, unknown> };
  return JSON.stringify(unwrapped.data ? Object.values(unwrapped.data)[0] : unwrapped);
}

/** That REST answers the same records as GraphQL. */
export async function assertSameRest({ workspace, people }: ApiWorld, server: RunningServer): Promise<void> {
  for (const operation of ["list", "get", "create", "create100", "create1000", "groupBy"] as OperationName[]) {
    for (const index of SAMPLES) {
      const variables = variablesOf(operation, people)[index]!;
      const [graphql, rest] = [asks.relata, asks.rest].map((ask) => answerTo(server, ask(operation, variables, workspace.token)));
      const [one, other] = [plainOf(withoutOwnIf(operation, await graphql!)), plainOf(withoutOwnIf(operation, await rest!))];
      if (one !== other) throw new Error(`${operation}: GraphQL and REST differ:\n${one}\n${other}`);
    }
  }
}

const withoutOwnIf = (operation: OperationName, text: string): string => (isCreation(operation) ? withoutOwn(text) : text);
