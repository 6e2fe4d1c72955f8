/** What tests of exports share: asking for a file, and reading CSV by the letter of RFC 4180. */
import { request } from "node:http";
import { fromGuarded } from "../../src/rest/export/csv.ts";
import type { Api } from "../helpers/server.ts";

export const OWNER = "owner@acme.test";
export const TYPES = { csv: "text/csv", ndjson: "application/x-ndjson", json: "application/json" };
export type Form = keyof typeof TYPES;

export async function get(api: Api, path: string, form: Form, email = OWNER, headers: Record<string, string> = {}): Promise<Response> {
  const authorization = `Bearer ${await api.tokenOf(email)}`;
  return fetch(`${api.url}/rest/${path}`, { headers: { authorization, accept: TYPES[form], ...headers } });
}

export const textOf = async (api: Api, path: string, form: Form, email?: string): Promise<string> => {
  const response = await get(api, path, form, email);
  const text = await response.text();
  expect([path, response.status, response.status === 200 ? "" : text]).toEqual([path, 200, ""]);
  return text;
};

export const linesOf = (ndjson: string): string[] => ndjson.split("\n").slice(0, -1);

/** The cells of a file: null for what is not there, "" for an empty text. */
export function cellsOf(csv: string): (string | null)[][] {
  const rows: (string | null)[][] = [];
  const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/gy;
  for (let row: (string | null)[] = []; cell.lastIndex < csv.length; ) {
    const found = cell.exec(csv);
    if (!found) throw new Error("That is no CSV.");
    const [, raw, end] = found as unknown as [string, string, string];
    row.push(raw === "" ? null : raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw);
    if (end !== ",") {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

export const unguarded = (cell: string | null): string | null => cell && fromGuarded(cell);

/** A reader who has had the first bytes and takes no more, until he is told to. */
export async function openFile(api: Api, path: string, form: Form = "ndjson", email = OWNER) {
  const { hostname, port } = new URL(api.url);
  const headers = { authorization: `Bearer ${await api.tokenOf(email)}`, accept: TYPES[form] };
  const req = request({ host: hostname, port, path: `/rest/${path}`, headers, agent: false });
  req.end();
  const res = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
    req.once("response", resolve);
    req.once("error", reject);
  });
  res.pause();
  res.on("error", () => {}); // what is broken off
  return {
    status: res.statusCode,
    /** All of it; undefined when it was broken off. */
    rest: () =>
      new Promise<string | undefined>((resolve) => {
        const parts: Buffer[] = [];
        res.on("data", (part: Buffer) => parts.push(part));
        res.once("end", () => resolve(Buffer.concat(parts).toString()));
        res.once("error", () => resolve(undefined));
        res.resume();
      }),
    leave: () => req.destroy(),
  };
}

/** What exports do in the database, by what their statements begin with. */
export const exportsUnderWay = (api: Api) =>
  api.sql<{ state: string; waits: string | null }>(
    `select state, coalesce(wait_event, '') as waits from pg_stat_activity
     where usename = 'relata_server' and state <> 'idle' and query ~ '^select\\s+__(company|thing)__' and query !~ 'limit \\d+'`,
  );
