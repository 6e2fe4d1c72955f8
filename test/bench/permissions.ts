/**
 * What rules of rows cost: the first 20 of 300,000 companies, for a member whose role has no rules, and in a
 * workspace alike but for three rules (his own, his colleagues', of one industry) for members who see few, many
 * and all of them. In turns, so that the ratios are of one run.
 */
import { hashPassword } from "../../src/auth/password.ts";
import { Client } from "./client.ts";
import { createWorkspace, makeTokens, type Workspace, withAdmin } from "./crm.ts";
import { atMost, median, type Options, percentile, progress, type Report } from "./report.ts";
import { startRelata, startWorld, type World } from "./world.ts";

const MEMBERS = 30;
const LIST =
  "{ companies(first: 20, orderBy: [{ position: AscNullsFirst }]) { nodes { id name industry accountOwnerId createdAt } pageInfo { hasNextPage } } }";
const NEWEST = LIST.replace("position: AscNullsFirst", "createdAt: DescNullsLast");

type Tokens = Awaited<ReturnType<typeof makeTokens>>;

/** A workspace with members and companies: the first member has 20, the third a third of all, the others the rest. */
export async function build(
  world: World,
  tokens: Tokens,
  name: string,
  rows: number,
): Promise<{ owner: Workspace; few: string; many: string }> {
  return withAdmin(world, async (db) => {
    const owner = await createWorkspace(db, tokens, name);
    await db.query("begin");
    await db.query("select set_config('role', 'relata_owner', true), set_config('relata.workspace_id', $1, true)", [owner.workspaceId]);
    const users: string[] = [];
    const passwordHash = await hashPassword("relata-bench");
    for (let n = 0; n < MEMBERS; n++) {
      const email = `member${n}@${name}.test`;
      const { rows: made } = await db.query<{ id: string }>("select private.create_user($1, $2, 'Mia', 'Member') as id", [
        email,
        passwordHash,
      ]);
      await db.query("select private.add_member($1, $2, 'MEMBER')", [owner.workspaceId, made[0]!.id]);
      users.push(made[0]!.id);
    }
    await db.query("commit");
    await db.query("select set_config('relata.workspace_id', $1, false)", [owner.workspaceId]);
    await db.query(`set search_path = ${owner.schemaName}`);
    progress(`${rows} companies for ${name}`);
    await db.query(
      `with m as (select id, row_number() over (order by length(user_email), user_email) - 1 as n from workspace_member where user_email like 'member%'), list as (select array_agg(id order by n) as ids from m)
       insert into company (name, industry, employees, position, account_owner_id)
       select 'Company ' || n, case when n % 10000 = 3 then 'Mining' else (array['Retail', 'Media', 'Energy', 'Finance'])[1 + n % 4] end, n % 1000, n,
              ids[case when n % ($1 / 20) = 7 then 1 when n % 3 = 0 then 3 when n % ($1 / 30) = 11 then 2 else 4 + n % ${MEMBERS - 4} end]
       from list, generate_series(1, $1::int) n`,
      [rows],
    );
    await db.query("vacuum analyze company");
    const tokenOf = async (userId: string) => {
      const { rows: session } = await db.query<{ id: string }>(
        "select private.open_session($1, $2, sha256(convert_to($3, 'UTF8')), '1 day') as id",
        [userId, owner.workspaceId, userId],
      );
      return tokens.sign({ userId, workspaceId: owner.workspaceId, sessionId: session[0]!.id });
    };
    return { owner, few: await tokenOf(users[0]!), many: await tokenOf(users[2]!) };
  });
}

const field = (name: string) => ({ field: name });
const RULES = [
  { name: "own", actions: ["read"], predicate: { op: "equals", args: [field("accountOwner"), { member: "id" }] } },
  { name: "colleagues", actions: ["read"], predicate: { op: "in", args: [field("accountOwner"), { colleagues: "locale" }] } },
  { name: "mining", actions: ["read"], predicate: { op: "equals", args: [field("industry"), "Mining"] } },
];

/** Three rules for MEMBER; the first two members speak a language of their own. */
export async function addRules(world: World, owner: Workspace): Promise<void> {
  await withAdmin(world, async (db) => {
    await db.query("begin");
    await db.query(
      "select set_config('role', 'relata_owner', true), set_config('relata.workspace_id', $1, true), set_config('relata.permissions', '*', true)",
      [owner.workspaceId],
    );
    await db.query(
      `update ${owner.schemaName}.workspace_member set locale = case when user_email ~ '^member[01]@' then 'de' when user_email ~ '^member(2|2.|3)@' then 'fr' else user_email end`,
    );
    await db.query(
      `select core.set_row_rules(r.id, o.id, $2) from core.roles r join core.objects o using (workspace_id) where r.workspace_id = $1 and r.name = 'MEMBER' and o.name_singular = 'company'`,
      [owner.workspaceId, JSON.stringify(RULES)],
    );
    await db.query(`create index on ${owner.schemaName}.company (industry)`);
    await db.query(`analyze ${owner.schemaName}.company`);
    await db.query("commit");
  });
}

export async function runPermissions({ count = 300_000, isQuick, rounds = isQuick ? 50 : 300 }: Options): Promise<Report> {
  const rows = isQuick ? Math.min(count, 60_000) : count;
  const world = await startWorld();
  const tokens = await makeTokens(world);
  const plain = await build(world, tokens, "plain", rows);
  const ruled = await build(world, tokens, "ruled", rows);
  await addRules(world, ruled.owner);
  const server = await startRelata(world, [], { PG_STATEMENT_TIMEOUT_MS: "120000" });
  const who: Record<string, { client: Client; ms: Record<string, number[]> }> = {};
  const of = (token: string) => ({ client: new Client(server, token), ms: { position: [], createdAt: [] } });
  Object.assign(who, {
    "no rules": of(plain.many),
    "three rules, few": of(ruled.few),
    "three rules, a third": of(ruled.many),
    "rules of others": of(ruled.owner.token),
  });
  for (let n = -20; n < rounds; n++) {
    for (const { client, ms } of Object.values(who)) {
      for (const [by, query] of [
        ["position", LIST],
        ["createdAt", NEWEST],
      ] as const) {
        const answer = await client.get<{ companies: { nodes: unknown[] } }>(query);
        if (answer.data.companies.nodes.length !== 20) throw new Error(answer.text);
        if (n >= 0) ms[by]!.push(answer.ms);
      }
    }
  }
  for (const { client } of Object.values(who)) client.close();
  const base = who["no rules"]!.ms;
  const found = Object.entries(who).flatMap(([name, { ms }]) =>
    Object.entries(ms).map(([by, all]) => ({
      name,
      by,
      p50: median(all),
      p95: percentile(all, 0.95),
      ratio: median(all) / median(base[by]!),
    })),
  );
  return {
    scenario: "permissions",
    tables: [
      {
        title: `The first 20 of ${rows} companies, ${rounds} times each in turns (ms, from end to end)`,
        columns: "name|who; by|sorted by; p50|p50|2; p95|p95|2; ratio|of no rules|2",
        rows: found,
      },
    ],
    bars: found
      .filter(({ name }) => name !== "no rules")
      .map(({ name, by, ratio }) => atMost(`${name}, by ${by}`, ratio, 1.3, "× without rules")),
  };
}
