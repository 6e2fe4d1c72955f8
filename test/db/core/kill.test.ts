/**
 * A metadata change is made wholly or not at all: the backend is killed after each
 * of its statements in turn, and in its commit, and nothing may be left.
 */
import pg from "pg";
import { become, type Db, useTestDatabase, withAdminDb } from "../../helpers/db.ts";
import { change, createField, createObject, DISAGREEMENTS, idOf, OWNER, rows, value } from "../support.ts";

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
  ${["objects", "fields", "relations", "rules", "indexes", "workspaces"]
    .map(
      (table) =>
        `create trigger _999_trap after insert or update or delete on core.${table} for each statement execute function trap.on_write();`,
    )
    .join("\n")}

  -- The last step is within the commit.
  create constraint trigger _999_trap_commit after update on core.workspaces
    deferrable initially deferred for each row execute function trap.on_write();
`;

const database = useTestDatabase();

beforeAll(async () => {
  const admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  await admin.query(TRAP);
  await admin.end();
});

type Change = (db: Db) => Promise<string>;

const CHANGES: [name: string, change: Change][] = [
  ["core.create_object", (db) => createObject(db, { nameSingular: "house", namePlural: "houses", description: "A house." })],
  [
    "core.create_field of a SELECT",
    async (db) =>
      createField(db, { objectId: await idOf(db, "company"), name: "size", type: "SELECT", isUnique: true, options: [{ value: "SMALL" }] }),
  ],
  [
    "core.create_field of a RELATION",
    async (db) => {
      const relation = { targetObjectId: await idOf(db, "person"), targetFieldName: "houses" };
      return createField(db, { objectId: await idOf(db, "company"), name: "keeper", type: "RELATION", relation });
    },
  ],
  [
    "core.create_field of a many-to-many",
    async (db) => {
      const relation = { type: "MANY_TO_MANY", targetObject: "person", targetFieldName: "visited" };
      return createField(db, { objectId: await idOf(db, "company"), name: "visitors", type: "RELATION", relation });
    },
  ],
  [
    "core.create_field of a MORPH_RELATION",
    async (db) => {
      const targets = ["person", "company"].map((targetObject) => ({ targetObject, targetFieldName: "praised" }));
      return createField(db, { objectId: await idOf(db, "note"), name: "praises", type: "MORPH_RELATION", relation: { targets } });
    },
  ],
  [
    "core.create_field of a rollup",
    async (db) => {
      const settings = { rollup: { relation: "opportunities", function: "sum", field: "amount" } };
      return createField(db, { objectId: await idOf(db, "company"), name: "deals", type: "NUMERIC", settings });
    },
  ],
  [
    "createRule",
    async (db) =>
      change(db, "createRule", {
        objectId: await idOf(db, "company"),
        name: "named",
        expression: { op: "isNotNull", args: [{ field: "name" }] },
      }),
  ],
  [
    "createIndex",
    async (db) => {
      const objectId = await idOf(db, "company");
      const fieldId = await value(db, "select id from core.fields where object_id = $1 and name = 'address'", [objectId]);
      return change(db, "createIndex", { objectId, fields: [{ fieldId }] });
    },
  ],
];

/** Makes the change in a transaction of its own connection, which dies at a step. Answers the code of the death. */
async function attempt(change: Change, killAt: number): Promise<string | undefined> {
  const db = new pg.Client({ connectionString: database.adminUrl });
  const ended = new Promise((resolve) => db.once("end", resolve));
  db.on("error", () => {});
  await db.connect();
  try {
    await db.query("begin");
    await become(db, OWNER);
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
const stepsOf = (change: Change) =>
  withAdminDb(database.adminUrl, async (db) => {
    await become(db, OWNER);
    await change(db);
    await db.query("set constraints all immediate");
    return Number(await value(db, "select current_setting('trap.step')"));
  });

/** All that a change could have left, as a new connection sees it. */
const look = () =>
  withAdminDb(database.adminUrl, async (db) => ({
    disagreements: await rows(db, DISAGREEMENTS),
    workspaces: await rows(db, "select subdomain, metadata_version::int, compatible_from, shape from core.workspaces order by 1"),
    catalog: await rows(
      db,
      `select (select count(*) from core.objects) as objects, (select count(*) from core.fields) as fields, (select count(*) from core.relations) as relations,
              (select count(*) from pg_class) as classes, (select count(*) from pg_attribute) as columns, (select count(*) from pg_constraint) as constraints,
              (select count(*) from pg_policy) as policies, (select count(*) from pg_description) as comments, (select count(*) from pg_trigger) as triggers`,
    ),
  }));

it.each(CHANGES)(
  "%s leaves nothing when its backend is killed, at whichever statement",
  async (_name, change) => {
    const steps = await stepsOf(change);
    expect(steps).toBeGreaterThan(3);
    const before = await look();
    expect(before.disagreements).toEqual([]);

    for (let step = 1; step <= steps; step++) {
      expect([step, await attempt(change, step)]).toEqual([step, "57P01"]);
      expect([step, await look()]).toEqual([step, before]);
    }

    // Every statement was counted: with one step more it lives, and is all there.
    expect(await attempt(change, steps + 1)).toBeUndefined();
    const after = await look();
    expect(after.disagreements).toEqual([]);
    expect(after.catalog).not.toEqual(before.catalog);
    const version = (state: typeof before, subdomain: string) =>
      state.workspaces.find((workspace) => workspace["subdomain"] === subdomain)!["metadata_version"];
    expect(version(after, "acme")).toBe(Number(version(before, "acme")) + 1);
    expect(version(after, "globex")).toBe(version(before, "globex"));
  },
  120_000,
);
