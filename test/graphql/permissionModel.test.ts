/**
 * Random roles, rules of rows, records and operations against a model written from the spec (permissionModel.ts):
 * what GraphQL answers, and what psql does as the request's role. RELATA_SEED names another run.
 */
import pg from "pg";
import { adminQuery, useApi } from "../helpers/server.ts";
import { ACTIONS, Model, type Node, type Parcel, type Person, type Role } from "./permissionModel.ts";

const api = useApi();
const OPERATIONS = process.env["RELATA_ALL_CASES"] ? 5000 : 160;
const SEED = Number(process.env["RELATA_SEED"] ?? 20_261_123);
const PER_ROUND = 20;
const HOLD: Record<string, string[]> = { "admin@acme.test": ["ONE", "TWO"], "member@acme.test": ["ONE"], "guest@acme.test": ["TWO"] };
const EMAILS = ["admin@acme.test", "member@acme.test", "guest@acme.test"];

let state = SEED;
const roll = (n: number): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * n);
};
const pick = <T>(list: readonly T[]): T => list[roll(list.length)]!;
const some = <T>(list: readonly T[], of: number): T[] => list.filter(() => roll(10) < of);

const AREAS = ["north", "south", "", null];
const field = (name: string): Node => ({ field: name });
function predicate(depth: number, people: Person[]): Node {
  const leaf: (() => Node)[] = [
    () => ({ op: "equals", args: [field("keeper"), { member: "id" }] }),
    () => ({ op: "in", args: [field("keeper"), { colleagues: "locale" }] }),
    () => ({ op: "equals", args: [field("area"), pick(["north", "south"])] }),
    () => ({ op: "equals", args: [field("area"), { member: "locale" }] }),
    () => ({ op: "less", args: [field("weight"), roll(100)] }),
    () => ({ op: pick(["isEmpty", "isNotEmpty"]), args: [field(pick(["area", "weight", "keeper"]))] }),
    () => ({ op: "in", args: [field("area"), "north", "west"] }),
    () => ({ op: "contains", args: [field("area"), "ou"] }),
    () => ({ op: "equals", args: [field("keeper"), pick(people).id] }),
  ];
  if (depth > 2 || roll(3)) return pick(leaf)();
  const op = pick(["and", "or", "not"]);
  return { op, args: Array.from({ length: op === "not" ? 1 : 2 }, () => predicate(depth + 1, people)) };
}
const role = (people: Person[]): Role => ({
  grants: some(ACTIONS, 8),
  rules: Array.from({ length: roll(3) }, () => ({ actions: [pick(ACTIONS), ...some(ACTIONS, 5)], predicate: predicate(0, people) })),
});

let db: pg.Client;
let people: Person[];
let schema: string;
let objectId: string;
const parcels = new Map<string, Parcel>();
const one = async <T = string>(text: string, values: unknown[] = []) => Object.values((await db.query(text, values)).rows[0] ?? {})[0] as T;

beforeAll(async () => {
  const create = async (data: object) =>
    (
      await api.metadata<{ createOneField: { id: string } }>("mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }", {
        data,
      })
    ).errors;
  const made = await api.metadata<{ createOneObject: { id: string } }>(
    'mutation { createOneObject(data: { nameSingular: "parcel", namePlural: "parcels" }) { id } }',
  );
  objectId = made.data!.createOneObject.id;
  const [found] = await adminQuery<{ id: string }>(
    api.adminUrl,
    "select id from core.objects where workspace_id = authz.workspace_id() and name_singular = 'workspaceMember'",
  );
  const memberObject = found!.id;
  expect(await create({ objectId, name: "area", type: "TEXT" })).toBeUndefined();
  expect(await create({ objectId, name: "weight", type: "NUMBER" })).toBeUndefined();
  expect(
    await create({
      objectId,
      name: "keeper",
      type: "RELATION",
      relation: { type: "MANY_TO_ONE", targetObjectId: memberObject, targetFieldName: "parcels", targetFieldLabel: "Parcels" },
    }),
  ).toBeUndefined();
  db = new pg.Client({ connectionString: api.adminUrl });
  db.on("error", () => {}); // the database goes first
  await db.connect();
  const workspaceId = await one("select id from core.workspaces where subdomain = 'acme'");
  schema = await one("select schema_name from core.workspaces where id = $1", [workspaceId]);
  await db.query("select set_config('relata.workspace_id', $1, false), set_config('relata.permissions', '*', false)", [workspaceId]);
  await db.query(`set search_path = ${schema}`);
  await db.query(
    "update workspace_member set locale = case user_email when 'admin@acme.test' then 'north' when 'member@acme.test' then 'north' else '' end",
  );
  people = (await db.query<Person>("select id, locale from workspace_member order by user_email")).rows;
  for (const [n, name] of ["ONE", "TWO"].entries()) {
    await db.query("insert into core.roles (workspace_id, name, label, permissions) values ($1, $2, $2, $3)", [
      workspaceId,
      name,
      [`people.${n ? "read" : "update"}`],
    ]);
  }
  for (const name of ["ONE", "TWO"]) {
    for (const email of EMAILS.filter((one) => HOLD[one]!.includes(name))) {
      await db.query(
        "insert into core.role_assignments (workspace_id, role_id, member_id) select $1, r.id, m.id from core.roles r, workspace_member m where r.workspace_id = $1 and r.name = $2 and m.user_email = $3",
        [workspaceId, name, email],
      );
    }
  }
  await db.query(
    "delete from core.role_assignments a using core.roles r, workspace_member m where r.id = a.role_id and r.name not in ('ONE', 'TWO') and m.id = a.member_id and m.user_email = any($1)",
    [EMAILS],
  );
});
afterAll(() => db?.end());

const parcel = (): Omit<Parcel, "id"> => ({
  name: `P${roll(1e6)}`,
  area: pick(AREAS),
  weight: roll(4) ? roll(100) : null,
  keeper: roll(4) ? pick(people).id : null,
  isDeleted: false,
});

/** New roles and rules for those who hold the first, the second or both. */
async function deal(): Promise<Map<string, Role[]>> {
  const roles = [role(people), role(people)];
  for (const [n, { grants, rules }] of roles.entries()) {
    const id = await one("select id from core.roles where name = $1 and workspace_id = authz.workspace_id()", [["ONE", "TWO"][n]]);
    await db.query("update core.roles set permissions = $2 where id = $1", [
      id,
      ["people.read", ...grants.map((action) => `parcels.${action}`)],
    ]);
    await db.query("select core.set_row_rules($1, $2, $3)", [
      id,
      objectId,
      JSON.stringify(rules.map((rule, m) => ({ name: `rule${m}`, ...rule }))),
    ]);
  }
  return new Map(EMAILS.map((email) => [email, roles.filter((_role, n) => HOLD[email]!.includes(["ONE", "TWO"][n]!))]));
}

/** What psql does as the request's role, taken back: whether one record was changed. */
async function inPsql(email: string, text: string, values: unknown[]): Promise<boolean> {
  await db.query("begin");
  try {
    await db.query("select set_config('role', 'relata_server', true)");
    await db.query(
      "select set_config('role', c.request_role, true), set_config('search_path', c.schema_name, true) from authz.claim((select user_id from pg_temp.people where email = $1), (select workspace_id from pg_temp.people where email = $1), null) c",
      [email],
    );
    return (await db.query(text, values)).rowCount === 1;
  } catch (error) {
    if ((error as { code?: string }).code === "42501") return false;
    throw error;
  } finally {
    await db.query("rollback");
  }
}

const ids = (list: { id: string }[]) => list.map(({ id }) => id).sort();

const REFUSED = new Set(["PERMISSION_DENIED", "NOT_FOUND", "GRAPHQL_VALIDATION_FAILED"]);
async function inGraphql(email: string, query: string, variables: object): Promise<boolean> {
  const { data, errors } = await api.graphql<Record<string, unknown>>(query, variables as never, email);
  if (!errors) return Object.values(data ?? {})[0] !== null;
  const code = errors[0]!.extensions?.["code"] as string;
  if (!REFUSED.has(code)) throw new Error(JSON.stringify(errors));
  return false;
}

const INPUT = ({ name, area, weight, keeper }: Omit<Parcel, "id">) => ({ name, area, weight, keeperId: keeper });

async function operate(email: string, model: Model, wrong: unknown[], told: Map<string, number>): Promise<void> {
  const kind = pick(["list", "create", "update", "move", "delete", "destroy"]);
  const target = pick([...parcels.values()]);
  const fresh = { ...parcel(), id: await one<string>("select authz.uuid_v7()") };
  const note = (channel: string, expected: unknown, got: unknown) => {
    const key = `${kind} ${typeof expected === "boolean" ? expected : ""}`;
    told.set(key, (told.get(key) ?? 0) + 1);
    if (JSON.stringify(expected) !== JSON.stringify(got)) wrong.push({ kind, channel, email, target, fresh, expected, got });
  };
  if (kind === "list") {
    const seen = [...parcels.values()].filter((one) => !one.isDeleted && model.sees(one));
    const { data } = await api.graphql<{ parcels: { nodes: { id: string }[] } }>("{ parcels(first: 60) { nodes { id } } }", {}, email);
    note("graphql", ids(seen), ids(data?.parcels.nodes ?? []));
  } else if (kind === "create") {
    const values = [fresh.id, fresh.name, fresh.area, fresh.weight, fresh.keeper];
    note(
      "psql",
      model.creates(fresh),
      await inPsql(email, "insert into parcel (id, name, area, weight, keeper_id) values ($1, $2, $3, $4, $5)", values),
    );
    // What is made is answered, too.
    const may = model.creates(fresh) && model.sees(fresh);
    note(
      "graphql",
      may,
      await inGraphql(email, "mutation ($data: ParcelCreateInput!) { createParcel(data: $data) { id } }", {
        data: { id: fresh.id, ...INPUT(fresh) },
      }),
    );
    if (may) parcels.set(fresh.id, fresh);
  } else if (kind === "destroy") {
    const may = model.destroys(target);
    note("psql", may, await inPsql(email, "delete from parcel where id = $1", [target.id]));
  } else {
    const after = {
      ...target,
      ...(kind === "update" ? { name: fresh.name } : kind === "move" ? { keeper: fresh.keeper, area: fresh.area } : { isDeleted: true }),
    };
    const may = !target.isDeleted && model.changes(target, after);
    if (target.isDeleted) return;
    const text = { update: "name = $2", move: "keeper_id = $2, area = $3", delete: "deleted_at = now()" }[kind as "update"];
    const values = { update: [after.name], move: [after.keeper, after.area], delete: [] }[kind as "update"];
    note("psql", may, await inPsql(email, `update parcel set ${text} where id = $1`, [target.id, ...values]));
    const query =
      kind === "delete"
        ? "mutation ($id: UUID!) { deleteParcel(id: $id) { id } }"
        : "mutation ($id: UUID!, $data: ParcelUpdateInput!) { updateParcel(id: $id, data: $data) { id } }";
    const data = kind === "update" ? { name: after.name } : { keeperId: after.keeper, area: after.area };
    note("graphql", may, await inGraphql(email, query, kind === "delete" ? { id: target.id } : { id: target.id, data }));
    if (may) parcels.set(target.id, after);
  }
}

it(`can do in ${OPERATIONS} operations just what the model says`, async () => {
  await db.query(
    "create temporary table people as select u.email, u.id as user_id, m.workspace_id from core.users u join core.workspace_members m on m.user_id = u.id where m.workspace_id = authz.workspace_id()",
  );
  await db.query("grant select on pg_temp.people to public");
  for (let n = 0; n < 25; n++) {
    const made = parcel();
    const id = await one("insert into parcel (name, area, weight, keeper_id) values ($1, $2, $3, $4) returning id", [
      made.name,
      made.area,
      made.weight,
      made.keeper,
    ]);
    parcels.set(id, { ...made, id });
  }
  // An empty text is as the field's type has it.
  const { rows } = await db.query<{ id: string; area: string | null }>("select id, area from parcel");
  for (const { id, area } of rows) parcels.get(id)!.area = area;
  const wrong: unknown[] = [];
  const told = new Map<string, number>();
  let hands = new Map<string, Role[]>();
  for (let n = 0; n < OPERATIONS && wrong.length < 5; n++) {
    if (n % PER_ROUND === 0) hands = await deal();
    const email = pick(EMAILS);
    const me = people[["admin@acme.test", "guest@acme.test", "member@acme.test", "owner@acme.test"].indexOf(email)]!;
    await operate(email, new Model(hands.get(email)!, me, people), wrong, told);
    if (parcels.size > 50) {
      const [gone] = parcels.keys();
      await db.query("delete from parcel where id = $1", [gone]);
      parcels.delete(gone!);
    }
  }
  expect(wrong).toEqual([]);
  // Both answers came up for each kind.
  for (const kind of ["create", "update", "move", "delete"]) {
    expect([kind, (told.get(`${kind} true`) ?? 0) > 0, (told.get(`${kind} false`) ?? 0) > 0]).toEqual([kind, true, true]);
  }
}, 1_800_000);
