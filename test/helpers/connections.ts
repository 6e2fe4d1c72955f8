/**
 * Connections of the tests themselves, used again and again: a new backend reads
 * the catalog and compiles each function anew, which takes longer than most tests.
 * Whoever is given one finds it as new; a server's pool is used in the same way.
 */
import pg from "pg";

/** Its types do not tell of these two. */
type Client = pg.Client & { ref(): void; unref(): void };

const idle = new Map<string, Client[]>();

/** Nothing of who had it before: no setting, role, statement, lock or temporary table. */
const AS_NEW = `rollback; reset session authorization; reset all; deallocate all; close all; unlisten *;
  discard temp; discard sequences; select pg_advisory_unlock_all()`;

async function connect(url: string): Promise<Client> {
  const client = new pg.Client({ connectionString: url }) as Client;
  // One that is lost while nobody has it is found out by `first`.
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** One on which `first` was run: an idle one that was lost meanwhile fails there, and a new one takes its place. */
async function take(url: string, first: string): Promise<Client> {
  for (let client = idle.get(url)?.pop(); client; client = idle.get(url)?.pop()) {
    try {
      client.ref();
      await client.query(first);
      return client;
    } catch {
      await client.end().catch(() => {});
    }
  }
  const client = await connect(url);
  await client.query(first);
  return client;
}

async function giveBack(url: string, client: Client): Promise<void> {
  for (const event of ["notice", "notification"]) client.removeAllListeners(event);
  try {
    await client.query(AS_NEW);
    if (!idle.has(url)) idle.set(url, []);
    idle.get(url)!.push(client);
    client.unref(); // no process waits for it
  } catch {
    await client.end().catch(() => {});
  }
}

/** Runs `first`, then `work`, on a connection that nobody else has meanwhile. What was not committed is taken back. */
export async function withConnection<T>(url: string, first: string, work: (db: pg.Client) => Promise<T>): Promise<T> {
  const client = await take(url, first);
  try {
    return await work(client);
  } finally {
    await giveBack(url, client);
  }
}

/** Ends those that nobody has. */
export async function endConnections(): Promise<void> {
  const ended = [...idle.values()].flat();
  idle.clear();
  await Promise.all(ended.map((client) => client.end().catch(() => {})));
}

// Benches and proofs have no hooks: they end as a process.
globalThis.afterAll?.(endConnections);
