/** Many workspaces, each with its canary in every text of every row; some also have it in what the metadata API shows. */
import pg from "pg";
import { AccessTokens } from "../../../src/auth/accessToken.ts";
import { Sealed } from "../../../src/auth/sealed.ts";
import { SigningKeys } from "../../../src/auth/signingKeys.ts";
import { rolePassword, urlFor } from "../../../src/migrate.ts";
import { claimed, createWorkspace, type Db, type Workspace } from "../../bench/crm.ts";
import { TEST_SECRET } from "../../helpers/db.ts";
import type { Options } from "../group.ts";
import { canaryOf } from "../scanner.ts";
import { type Basics, makeServerWorld, type ServerWorld } from "../serverWorld.ts";

export type IsolationWorld = ServerWorld & {
  workspaces: Workspace[];
  /** Those who attack: what is theirs may be harmed. */
  attackers: Workspace[];
  victims: Workspace[];
  /** The ids of a victim's rows. */
  idsOf: (workspace: Workspace) => string[];
  /** The id of some victim's row, none again before all were: who has sent one may have made a row of his own under it. */
  foreignId: () => string;
};

const TOKEN_SECONDS = 12 * 3600;
const ATTACKERS = 3;
const ROWS = 3;
const MAKERS = 2;
/** How many victims have more than records: views, roles, keys, a custom object. */
const RICH = 2;

/** Signs as the server does; `end` ends its connection. */
async function makeTokens(adminUrl: string): Promise<{ tokens: AccessTokens; end: () => Promise<void> }> {
  const pool = new pg.Pool({ connectionString: urlFor(adminUrl, "relata_server", rolePassword(TEST_SECRET, "relata_server")), max: 1 });
  const keys = new SigningKeys(pool, new Sealed(TEST_SECRET), TOKEN_SECONDS, TOKEN_SECONDS);
  await keys.load();
  return { tokens: new AccessTokens(keys, TOKEN_SECONDS), end: () => pool.end() };
}

/** Puts the canary into every text that a member may write, in rows of every object. */
async function fill(db: Db, workspace: Workspace): Promise<void> {
  const { rows } = await db.query<{ tbl: string; columns: string[] }>(
    `select o.table_name as tbl, array_agg(c) as columns
     from core.objects o join core.fields f on f.object_id = o.id and f.type = 'TEXT', private.columns_of(f) c
     join pg_attribute a on a.attname = c and a.attgenerated = ''
     where o.workspace_id = $1 and o.name_singular <> 'workspaceMember' and a.attrelid = format('%I.%I', $2::text, o.table_name)::regclass
     group by 1`,
    [workspace.workspaceId, workspace.schemaName],
  );
  const canary = (column: string) => `'${canaryOf(workspace.workspaceId, "")}'::text || '${column} ' || i`;
  await claimed(db, workspace, async () => {
    for (const { tbl, columns } of rows) {
      const names = columns.map((column) => pg.escapeIdentifier(column)).join(", ");
      await db.query(
        `insert into ${tbl} (${names}) select ${columns.map((column) => `replace(${canary(column)}, '-END', '-' || i || '-END')`).join(", ")} from generate_series(1, ${ROWS}) i`,
      );
    }
    await db.query("update person set company_id = (select id from company limit 1)");
    await db.query(
      "update opportunity set company_id = (select id from company limit 1), point_of_contact_id = (select id from person limit 1)",
    );
    await db.query("insert into note_target (note_id, target_company_id) select n.id, (select id from company limit 1) from note n");
    await db.query("insert into task_target (task_id, target_company_id) select n.id, (select id from company limit 1) from task n");
  });
  await db.query("update core.roles set description = $2 where workspace_id = $1", [
    workspace.workspaceId,
    canaryOf(workspace.workspaceId, "role"),
  ]);
}

/** What only the metadata API knows: by the API itself. */
async function enrich(world: ServerWorld, { token, workspaceId }: Workspace): Promise<void> {
  const canary = canaryOf(workspaceId, "meta");
  const one = async (query: string, variables: object) => {
    const { data, errors } = await world.ask<Record<string, { id: string }>>("/metadata", token, query, variables);
    if (errors) throw new Error(JSON.stringify(errors));
    return Object.values(data!)[0]!.id;
  };
  const [company] = await world.sql<{ id: string; role: string }>(
    "select o.id, r.id as role from core.objects o join core.roles r on r.workspace_id = o.workspace_id and r.name = 'MEMBER' where o.workspace_id = $1 and o.name_singular = 'company'",
    [workspaceId],
  );
  await one("mutation ($data: CreateObjectInput!) { createOneObject(data: $data) { id } }", {
    data: { nameSingular: "vault", namePlural: "vaults", description: canary },
  });
  await one("mutation ($input: CreateViewInput!) { createView(input: $input) { id } }", {
    input: { objectMetadataId: company!.id, name: canary, icon: "x" },
  });
  await one("mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { id } }", {
    input: { name: canary, expiresAt: "2099-01-01T00:00:00Z", roleId: company!.role },
  });
}

async function readIds(world: ServerWorld, workspaces: Workspace[]): Promise<Map<string, string[]>> {
  const ids = new Map<string, string[]>();
  const admin = new pg.Client({ connectionString: world.adminUrl });
  await admin.connect();
  for (const { workspaceId, schemaName } of workspaces) {
    const { rows: tables } = await admin.query<{ name: string }>(
      "select format('%I.%I', $1::text, table_name) as name from core.objects where workspace_id = $2",
      [schemaName, workspaceId],
    );
    const core = ["objects", "fields", "roles", "views", "api_keys", "relations", "workspace_members", "changes"];
    const text = [
      ...tables.map(({ name }) => `select id from ${name}`),
      ...core.map((name) => `select id from core.${name} where workspace_id = '${workspaceId}'`),
    ].join(" union ");
    const { rows } = await admin.query<{ id: string }>(text);
    ids.set(
      workspaceId,
      rows.map(({ id }) => id),
    );
    world.scanner.addIds(workspaceId, ids.get(workspaceId)!);
  }
  await admin.end();
  return ids;
}

export async function makeIsolationWorld(options: Options, basics: Basics): Promise<IsolationWorld> {
  const world = await makeServerWorld(options, basics, {
    ACCESS_TOKEN_EXPIRES_IN: "12h",
    RATE_LIMIT_WORKSPACE: "0",
    PG_POOL_MAX_CONNECTIONS: "3",
  });
  const count = options.workspaces ?? (options.isFull ? 1000 : 50);
  const { tokens, end } = await makeTokens(world.adminUrl);
  const workspaces: Workspace[] = [];
  let next = 0;
  const make = async () => {
    const db = new pg.Client({ connectionString: world.adminUrl });
    await db.connect();
    for (let n = next++; n < count; n = next++) {
      workspaces[n] = await createWorkspace(db, tokens, `prove-${n}`);
      await fill(db, workspaces[n]!);
    }
    await db.end();
  };
  await Promise.all(Array.from({ length: MAKERS }, make));
  await end();
  const [attackers, victims] = [workspaces.slice(0, ATTACKERS), workspaces.slice(ATTACKERS)];
  for (const victim of victims.slice(0, RICH)) await enrich(world, victim);
  const ids = await readIds(world, workspaces);
  const idsOf = ({ workspaceId }: Workspace) => ids.get(workspaceId)!;
  const unsent = victims.flatMap(idsOf);
  const foreignId = () => {
    if (unsent.length === 0) unsent.push(...victims.flatMap(idsOf));
    const at = world.random(unsent.length);
    const id = unsent[at]!;
    unsent[at] = unsent.at(-1)!;
    unsent.pop();
    return id;
  };
  return Object.assign(world, { workspaces, attackers, victims, idsOf, foreignId });
}
