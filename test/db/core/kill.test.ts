/**
 * A metadata change is made wholly or not at all: the backend is killed after each
 * of its statements in turn, and in its commit, and nothing may be left.
 */
import pg from "pg";
import { allCases, type Change, Model, psqlCases, type Tried } from "../../changeCases.ts";
import { become, type Db, useTestDatabase, withAdminDb } from "../../helpers/db.ts";
import { Measuring } from "../../metadata/measured.ts";
import { DISAGREEMENTS, OWNER, rows, value } from "../support.ts";

const VIEWS = ["views", "view_fields", "view_field_groups", "view_filters", "view_filter_groups", "view_sorts", "view_groups"];
const WRITTEN = ["objects", "fields", "relations", "rules", "indexes", "workspaces", "changes", "trash", ...VIEWS];

/** Counts each statement that writes metadata or changes the catalog, and dies at the one of trap.kill_at. */
const TRAP = `
  create schema trap;

  create function trap.step() returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  declare
    _step int := coalesce(nullif(current_setting('trap.step', true), ''), '0')::int + 1;
  begin
    perform set_config('trap.step', _step::text, false);
    if _step = nullif(current_setting('trap.kill_at', true), '')::int then
      perform pg_terminate_backend(pg_backend_pid());
      perform pg_sleep(10);
    end if;
  end
  $$;

  create function trap.on_ddl() returns event_trigger
  language plpgsql security definer as $$ begin perform trap.step(); end $$;
  create event trigger trap on ddl_command_end execute function trap.on_ddl();

  create function trap.on_write() returns trigger
  language plpgsql security definer as $$ begin perform trap.step(); return null; end $$;
  ${WRITTEN.map(
    (table) =>
      `create trigger _999_trap after insert or update or delete on core.${table} for each statement execute function trap.on_write();`,
  ).join("\n")}

  -- The last step is within the commit.
  create constraint trigger _999_trap_commit after update on core.workspaces
    deferrable initially deferred for each row execute function trap.on_write();
  create constraint trigger _999_trap_commit after delete on core.trash
    deferrable initially deferred for each row execute function trap.on_write();
`;

const database = useTestDatabase();

beforeAll(async () => {
  const admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  await admin.query(TRAP);
  await admin.end();
});

const measuring = new Measuring(database);
const model = new Model(
  (changes) => measuring.apply(changes),
  (text, values) => measuring.asOwner((db) => db.query(text, values).then((found) => found.rows)),
  (text) => measuring.asAdministrator((db) => db.query(text)),
);
afterAll(() => measuring.close());

type Attempt = (db: Db) => Promise<unknown>;

/** Of test/changeCases.ts, those that differ in what they run, and one at least for each kind of change. */
const KILLED = [
  "an object is created",
  "a field is created: SELECT",
  "a field is created: RELATION",
  "a field is created: unique whatever the case",
  "an object is changed: its names, while others relate to it",
  "an object is changed: hidden, while others relate to it",
  "an object is changed: what search looks through",
  "a field is changed: its name, unique",
  "a field is changed: the name of a relation",
  "a field is changed: hidden",
  "a field is changed: required",
  "a field is changed: another default",
  "a field is changed: unique",
  "a field is changed: an option less, and records with another",
  "a field is deleted: one that search looks through",
  "a field is deleted: a relation, by force",
  "an object is deleted: it relates to others, and has a choice",
  "a list: an object is renamed, grows, and is hidden",
  "undone: an object that was created",
  "undone: an option that went",
  "undone: a relation that was deleted",
  "undone: an object that was deleted",
  "a field is created: a formula",
  "a field is created: a rollup",
  "a field is changed: its formula, of which another is made",
  "a field is changed: its name, of which a formula, a rule and an index are made",
  "undone: a rollup that was deleted",
  "a rule is created",
  "a rule is changed",
  "a rule is deleted",
  "undone: a rule that was deleted",
  "an index is created: unique",
  "an index is deleted",
  "a field is created: MORPH_RELATION",
  "a field is created: many-to-many",
  "undone: a many-to-many that was deleted",
  "a relation is changed: what becomes of records when others are destroyed",
  "a morph relation gets a target",
  "a morph relation loses a target, by force",
  "a field is changed: all that a morph relation points at",
  "undone: all that a morph relation points at",
  "a view is created",
  "a view is changed",
  "a view is deleted",
  "undone: a view that was changed",
  "undone: a view that was deleted",
  "a field is changed: hidden, while a board is grouped by it",
  "a column is adopted",
  "a field is forgotten, whose column was dropped",
];

/** The kinds of change that were killed. */
const killedKinds = new Set<string>();
const noteKinds = async (tried: Tried): Promise<void> => {
  if (!("undo" in tried)) for (const { kind } of tried) killedKinds.add(kind);
  else {
    const [row] = await measuring.asAdministrator((db) =>
      rows(db, "select inverse ->> 'kind' as kind from core.changes where id = $1", [tried.undo]),
    );
    killedKinds.add(row!["kind"] as string);
  }
};

const attemptOf =
  (tried: Tried): Attempt =>
  (db) =>
    "undo" in tried
      ? value(db, "select core.undo_change($1)", [tried.undo])
      : value(db, "select core.apply_changes($1)", [JSON.stringify(tried)]);

const asOwner =
  (work: Attempt): Attempt =>
  async (db) => {
    await become(db, OWNER);
    return work(db);
  };

const CHANGES: [name: string, prepare: () => Promise<Attempt>, isChange: boolean][] = [
  ...KILLED.map((name): (typeof CHANGES)[number] => {
    const [, prepare] = [...allCases, ...psqlCases].find(([found]) => found === name)!;
    const attempt = async () => {
      const tried = await prepare(model);
      await noteKinds(tried);
      return asOwner(attemptOf(tried));
    };
    return [name, attempt, true];
  }),
  ["the trash is purged", preparePurge, false],
];

/** Something of each kind in the trash, older than acme keeps it; nothing else is. */
async function preparePurge(): Promise<Attempt> {
  for (const name of ["a relation, by force", "has a choice", "records with another"]) {
    const [, prepare] = allCases.find(([found]) => found.endsWith(name))!;
    await model.apply((await prepare(model)) as Change[]);
  }
  return withAdminDb(database.adminUrl, async (admin) => {
    await admin.query("update core.trash set created_at = created_at - interval '31 days'");
    await admin.query("commit");
    const id = await value(admin, "select id from core.workspaces where subdomain = 'acme'");
    return async (db) => {
      await db.query("set local role relata_worker");
      expect(await rows(db, "select purged > 0 as purged, busy from authz.purge_trash($1)", [id])).toEqual([{ purged: true, busy: 0 }]);
    };
  });
}

/** Makes the change in a transaction of its own connection, which dies at a step. Answers the code of the death. */
async function attempt(change: Attempt, killAt: number): Promise<string | undefined> {
  const db = new pg.Client({ connectionString: database.adminUrl });
  const ended = new Promise((resolve) => db.once("end", resolve));
  db.on("error", () => {});
  await db.connect();
  try {
    await db.query("begin");
    await db.query("select set_config('trap.kill_at', $1, false)", [killAt]);
    await change(db);
    await db.query("commit");
    await db.end();
    return undefined;
  } catch (error) {
    // The backend has let go of all its locks once the connection is closed.
    await ended;
    return (error as { code?: string }).code;
  }
}

/** How many steps a change has. */
const stepsOf = (change: Attempt) =>
  withAdminDb(database.adminUrl, async (db) => {
    await change(db);
    await db.query("reset role");
    await db.query("set constraints all immediate");
    return Number(await value(db, "select current_setting('trap.step')"));
  });

/** A row is another once it is written: by where it stands and who wrote it, all of a table are compared at once. */
const state = (table: string) =>
  `select '${table}' as name, count(*)::int, sum(hashtextextended(t.ctid::text || t.xmin::text, 0))::text as rows from ${table} t`;
const METADATA = WRITTEN.filter((table) => table !== "workspaces")
  .map((table) => state(`core.${table}`))
  .join(" union all ");
const CATALOG = ["class", "attribute", "attrdef", "constraint", "index", "policy", "description", "trigger"]
  .map((table) => state(`pg_catalog.pg_${table}`))
  .join(" union all ");

/** All that a change could have left, as another connection sees it. */
const look = () =>
  measuring.asAdministrator(async (db) => ({
    workspaces: await rows(db, "select subdomain, metadata_version::int, compatible_from, shape from core.workspaces order by 1"),
    metadata: await rows(db, METADATA),
    catalog: await rows(db, CATALOG),
  }));

/** What a change makes, beside the version that it counts and the line that it leaves. */
const made = ({ metadata, catalog }: Awaited<ReturnType<typeof look>>) => [
  ...metadata.filter(({ name }) => name !== "core.changes"),
  ...catalog,
];

/** Some of them, the last always; all of them with RELATA_ALL_CASES, as npm run test:changes sets it. */
const MOST = process.env["RELATA_ALL_CASES"] ? Infinity : 3;
let tries = 0;
function stepsToTry(steps: number): number[] {
  const all = Array.from({ length: steps }, (_, i) => i + 1);
  if (steps <= MOST) return all;
  // Each change begins elsewhere, so that all sorts of statements have their turn.
  const [every, begin] = [steps / (MOST - 1), tries++];
  const some = Array.from({ length: MOST - 1 }, (_, i) => 1 + Math.floor(i * every + (begin % Math.ceil(every))));
  return [...new Set([...some.filter((step) => step < steps), steps])];
}

it.each(CHANGES)(
  "leaves nothing when the backend is killed, at whichever statement: %s",
  async (_name, prepare, isChange) => {
    const change = await prepare();
    const steps = await stepsOf(change);
    expect(steps).toBeGreaterThan(3);
    const before = await look();
    // None, but for what somebody typed in psql and this change makes metadata.
    const disagreements = () => measuring.asAdministrator((db) => rows(db, DISAGREEMENTS));
    const differed = await disagreements();

    for (const step of stepsToTry(steps)) {
      expect([step, await attempt(change, step)]).toEqual([step, "57P01"]);
      expect([step, await look()]).toEqual([step, before]);
    }
    expect(await disagreements()).toEqual(differed);

    // Every statement was counted: with one step more it lives, and is all there.
    expect(await attempt(change, steps + 1)).toBeUndefined();
    const after = await look();
    expect(await disagreements()).toEqual([]);
    expect(made(after)).not.toEqual(made(before));
    const version = (state: typeof before, subdomain: string) =>
      state.workspaces.find((workspace) => workspace["subdomain"] === subdomain)!["metadata_version"];
    expect(version(after, "acme")).toBe(Number(version(before, "acme")) + (isChange ? 1 : 0));
    expect(version(after, "globex")).toBe(version(before, "globex"));
  },
  120_000,
);

it("kills every kind of change there is", async () => {
  const known = await measuring.asAdministrator((db) =>
    rows(
      db,
      `select lower(left(n, 1)) || substr(n, 2) as kind
       from (select replace(initcap(replace(substr(proname, 8), '_', ' ')), ' ', '') as n from pg_proc
             where pronamespace = 'private'::regnamespace and proname like 'change\\_%' and pg_get_function_identity_arguments(oid) = 'data jsonb') x order by 1`,
    ),
  );
  expect([...killedKinds].sort()).toEqual(known.map(({ kind }) => kind).sort());
});
