/**
 * The limit: what node:http and node-postgres reach when nothing is wasted. One
 * prepared statement answers the finished JSON text, byte for byte Relata's answer,
 * behind the same claim, under the same policies, in the same single round trip.
 * A token is known from a map, and nothing is parsed but the address.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { readConfig } from "../../src/config.ts";
import { makeLog } from "../../src/log.ts";
import { runClaimed } from "../../src/pgAdaptor.ts";
import { makeServerPool } from "../../src/pools.ts";
import { CREATE_MANY_SQL, CREATE_SQL, GET_SQL, GROUP_BY_SQL, LIST_SQL } from "./limitSql.ts";

type Caller = { userId: string; workspaceId: string; schemaName: string };
type NewCompany = { name: string; industry: string; employees: number };

const config = readConfig();
const pool = makeServerPool(config.PG_DATABASE_URL, config.APP_SECRET, config, makeLog("warn", true));
const callers = new Map(Object.entries(JSON.parse(process.env["BENCH_CALLERS"]!) as Record<string, Caller>));
const LIST = { name: "list", text: LIST_SQL };
const GET = { name: "get", text: GET_SQL };
const GROUP_BY = { name: "groupBy", text: GROUP_BY_SQL };
const CREATE = { name: "create", text: CREATE_SQL };
const CREATE_MANY = { name: "create_many", text: CREATE_MANY_SQL };
const SEARCH = { name: "search", text: process.env["BENCH_SEARCH"] ?? "" };

function readBody(req: IncomingMessage, use: (text: string) => void): void {
  let body = "";
  req.setEncoding("utf8");
  req.on("data", (chunk: string) => {
    body += chunk;
  });
  req.on("end", () => use(body));
}

function answer(req: IncomingMessage, res: ServerResponse, statement: { name: string; text: string }, values: unknown[]): void {
  const caller = callers.get(req.headers.authorization!.slice(7));
  if (!caller) return void res.writeHead(401).end();
  const claim = { ...caller, plannedVersion: Number.MAX_SAFE_INTEGER };
  runClaimed(pool, claim, [{ ...statement, values }]).then(
    ([result]) => {
      const json = result!.rows[0]![0]!;
      res.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(json) });
      res.end(json);
    },
    (error: Error) => res.writeHead(500).end(`{"errors":[${JSON.stringify(error.message)}]}`),
  );
}

const server = createServer((req, res) => {
  const url = req.url!;
  if (url.startsWith("/list?")) return answer(req, res, LIST, [decodeURIComponent(url.slice(6))]);
  if (url.startsWith("/get?")) return answer(req, res, GET, [url.slice(5)]);
  if (url === "/createMany") return readBody(req, (body) => answer(req, res, CREATE_MANY, [body]));
  if (url.startsWith("/groupBy?")) return answer(req, res, GROUP_BY, [url.slice(9)]);
  if (url.startsWith("/search?")) return answer(req, res, SEARCH, [url.slice(8)]);
  if (url !== "/create") return void res.writeHead(404).end();
  return readBody(req, (body) => {
    const { name, industry, employees } = JSON.parse(body) as NewCompany;
    answer(req, res, CREATE, [name, industry, employees]);
  });
});

process.on("SIGTERM", () => process.exit(0));
server.listen(0, "127.0.0.1", () => process.stdout.write(`listening on ${(server.address() as { port: number }).port}\n`));
