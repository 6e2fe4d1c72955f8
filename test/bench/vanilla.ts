/**
 * PostGraphile as it comes: the amber preset over the same workspace schema, on
 * grafserv for node:http. As the administrator: no claims, no policies.
 */
import "../../src/graphileEnv.ts";
import { createServer } from "node:http";
import pg from "pg";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { readConfig } from "../../src/config.ts";

const { PG_DATABASE_URL, PG_POOL_MAX_CONNECTIONS } = readConfig();
const pool = new pg.Pool({ connectionString: PG_DATABASE_URL, max: PG_POOL_MAX_CONNECTIONS, options: "-c TimeZone=UTC -c jit=off" });

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  // It hides lists whose keys have only a partial index, as those of ours that may be null.
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  pgServices: [makePgService({ pool, schemas: [process.env["BENCH_SCHEMA"]!], pubsub: false })],
  grafserv: { graphiql: false, watch: false },
  grafast: { explain: false },
});
const served = instance.createServ(grafserv);
const server = createServer();
await served.addTo(server);

process.on("SIGTERM", () => process.exit(0));
server.listen(0, "127.0.0.1", () => process.stdout.write(`listening on ${(server.address() as { port: number }).port}\n`));
