/** What a server asks of PostgreSQL: the texts of its statements, read off the wire between the two, and their plans. */
import { connect, createServer, type Server } from "node:net";
import { type Db, useTestDatabase, withMemberDb } from "./db.ts";
import { type Answer, post, signIn, startTestServer, type TestServer } from "./server.ts";

/** Calls `onParse` with the text of each statement that a client sends to be parsed, in the extended protocol or the simple one. */
function reader(onParse: (text: string) => void, onBind: (name: string) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  let isStarted = false;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      // The first message has no type.
      const at = isStarted ? 1 : 0;
      if (rest.length < at + 4) return;
      const end = at + rest.readInt32BE(at);
      if (rest.length < end) return;
      if (isStarted && rest[0] === 0x50) onParse(rest.toString("utf8", rest.indexOf(0, 5) + 1, end).split("\0")[0]!);
      if (isStarted && rest[0] === 0x51) onParse(rest.toString("utf8", 5, end - 1));
      if (isStarted && rest[0] === 0x42) onBind(rest.toString("utf8", 5, end).split("\0")[1]!);
      isStarted = true;
      rest = rest.subarray(end);
    }
  };
}

/** Stands between a server and its database, and reads along: the text of what is parsed, and the name of each statement that is bound. */
export function listen(target: URL, onParse: (text: string) => void, onBind: (name: string) => void = () => {}): Promise<Server> {
  const server = createServer((client) => {
    const folder = target.searchParams.get("host");
    const port = Number(target.searchParams.get("port") ?? (target.port || 5432));
    const upstream = folder?.startsWith("/") ? connect(`${folder}/.s.PGSQL.${port}`) : connect(port, folder ?? target.hostname);
    const read = reader(onParse, onBind);
    client.on("data", (chunk) => read(chunk as Buffer));
    client.pipe(upstream).pipe(client);
    for (const [one, other] of [[client, upstream] as const, [upstream, client] as const]) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** The same database, by way of a proxy. */
export function urlThrough(adminUrl: string, proxy: Server): string {
  const url = new URL(adminUrl);
  for (const name of ["host", "port"]) url.searchParams.delete(name);
  url.host = `127.0.0.1:${(proxy.address() as { port: number }).port}`;
  return url.href;
}

type Watched = {
  adminUrl: string;
  ask<T>(query: string, variables?: object): Promise<Answer<T>>;
  /** The statements that an operation needs, without the claim; each is new when none like it was asked before. */
  statementsOf(query: string, variables?: object): Promise<string[]>;
  /** How PostgreSQL would run a statement for a member, whatever its parameters. */
  planOf(statement: string, prepare?: (db: Db) => Promise<unknown>): Promise<string>;
};

/** A server whose statements can be read, on a database of its own. */
export function useWatchedServer(): Watched {
  const database = useTestDatabase();
  const texts: string[] = [];
  let proxy: Server | undefined;
  let server: TestServer | undefined;
  let token = "";
  beforeAll(async () => {
    proxy = await listen(new URL(database.adminUrl), (text) => texts.push(text));
    server = await startTestServer({ PG_DATABASE_URL: urlThrough(database.adminUrl, proxy), PG_POOL_MAX_CONNECTIONS: "1" });
    token = await signIn(server.url, "owner@acme.test");
    await ask("{ __typename }"); // so that the schema is compiled
  });
  afterAll(async () => {
    await server?.stop();
    proxy?.close();
  });
  const ask = async <T>(query: string, variables: object = {}) =>
    post<T>(server!.url, "/graphql", token, query, variables as Record<string, unknown>);
  return {
    get adminUrl() {
      return database.adminUrl;
    },
    ask,
    async statementsOf(query, variables) {
      texts.length = 0;
      const { errors } = await ask(query, variables);
      expect(errors).toBeUndefined();
      return texts.filter((text) => !text.includes("authz.claim("));
    },
    planOf: (statement, prepare) =>
      withMemberDb(database.adminUrl, "owner@acme.test", async (db) => {
        await prepare?.(db);
        const count = Math.max(0, ...[...statement.matchAll(/\$(\d+)/g)].map(([, n]) => Number(n)));
        await db.query("set local plan_cache_mode = force_generic_plan");
        await db.query(`prepare watched as ${statement}`);
        const nulls = Array.from({ length: count }, () => "null").join(", ");
        const { rows } = await db.query<{ "QUERY PLAN": string }>(`explain execute watched${count ? `(${nulls})` : ""}`);
        await db.query("deallocate watched");
        return rows.map((row) => row["QUERY PLAN"]).join("\n");
      }),
  };
}
