/** What has been in the trash for longer than its workspace keeps it is dropped for good; all else waits. */
import pg from "pg";
import { allCases, type Change, type Done, Model } from "../../changeCases.ts";
import { type Db, useTestDatabase } from "../../helpers/db.ts";
import { Measuring } from "../../metadata/measured.ts";
import { DISAGREEMENTS, expectDenied, expectRefusal, rows, value } from "../support.ts";

const database = useTestDatabase();
const db = new Measuring(database);
const model = new Model(
  (changes) => db.apply(changes),
  (text, values) => db.asOwner((client) => client.query(text, values).then((found) => found.rows)),
  (text) => db.asAdministrator((client) => client.query(text)),
);
afterAll(() => db.close());

const make = async (name: string): Promise<Done> => model.apply((await allCases.find(([found]) => found === name)![1](model)) as Change[]);
const age = (days: number) =>
  db.asAdministrator((client) => client.query("update core.trash set created_at = now() - make_interval(days => $1)", [days]));
const trash = () => db.asAdministrator((client) => rows(client, "select kind, name from core.trash"));
const disagreements = () => db.asAdministrator((client) => rows(client, DISAGREEMENTS));

/** As the worker does it. */
const purge = (subdomain = "acme") =>
  db.asAdministrator(async (client) => {
    const id = await value(client, "select id from core.workspaces where subdomain = $1", [subdomain]);
    await client.query("begin; set local role relata_worker");
    const [purged] = await rows(client, "select purged, busy from authz.purge_trash($1)", [id]);
    await client.query("commit");
    return purged;
  });
const undo = async (done: Done, code: "NOT_FOUND" | undefined) => {
  const work = (client: Db) => client.query("select core.undo_change($1)", [done.changes.at(-1)!.changeId]);
  await db.asOwner<unknown>((client) => (code ? expectRefusal(client, () => work(client), code, "id") : work(client)), "rollback");
};

const KINDS: [string, string][] = [
  ["columns", "a field is deleted: one that search looks through"],
  ["relations", "a field is deleted: a relation, by force"],
  ["tables", "an object is deleted: it relates to others, and has a choice"],
  ["values", "a field is changed: an option less, and records with another"],
];

it.each(KINDS)("can purge %s, but for what is kept still, and then undoing is refused (NOT_FOUND)", async (_what, name) => {
  const done = await make(name);
  await age(29);
  expect(await purge()).toEqual({ purged: 0, busy: 0 });
  await undo(done, undefined);
  await age(31);
  expect(await purge("globex")).toEqual({ purged: 0, busy: 0 });
  expect(await trash()).not.toEqual([]);
  expect(await purge()).toEqual({ purged: 1, busy: 0 });
  expect(await trash()).toEqual([]);
  expect(await disagreements()).toEqual([]);
  await undo(done, "NOT_FOUND");
});

it("can purge a field of an object that is in the trash, and the object comes back without it", async () => {
  const objectId = await model.object();
  await model.make("deleteField", { id: await model.field({ type: "TEXT" }, "name", objectId) });
  await age(31);
  const done = await model.apply([{ kind: "deleteObject", data: { id: objectId } }]);
  expect(await purge()).toEqual({ purged: 1, busy: 0 });
  await undo(done, undefined);
  expect(await disagreements()).toEqual([]);
  await age(31);
  await purge();
});

it("leaves what somebody is using for the next day, and takes the rest", async () => {
  const objectId = await model.object();
  const field = await model.field({ type: "TEXT" }, "name", objectId);
  await model.make("deleteField", { id: field });
  await age(31);
  await make("an object is deleted");
  await db.asAdministrator((client) =>
    client.query("update core.trash set created_at = now() - interval '40 days' where created_at > now() - interval '1 hour'"),
  );
  const reader = new pg.Client({ connectionString: database.adminUrl });
  await reader.connect();
  const schema = await db.asAdministrator((client) => value(client, "select schema_name from core.workspaces where subdomain = 'acme'"));
  await reader.query(`begin; select * from ${schema}.${await model.table(objectId)}`);
  expect(await purge()).toEqual({ purged: 1, busy: 1 });
  expect((await trash()).map(({ kind }) => kind)).toEqual(["FIELD"]);
  await reader.end();
  expect(await purge()).toEqual({ purged: 1, busy: 0 });
  expect(await trash()).toEqual([]);
});

it("keeps what a workspace wants to keep for longer, and nothing where it wants nothing kept", async () => {
  await make("a field is deleted: a text");
  const keep = (days: number) =>
    db.asAdministrator((client) => client.query("update core.workspaces set trash_retention_days = $1 where subdomain = 'acme'", [days]));
  await keep(365);
  await age(364);
  expect(await purge()).toEqual({ purged: 0, busy: 0 });
  await keep(0);
  await age(0);
  expect(await purge()).toEqual({ purged: 1, busy: 0 });
  await expect(keep(-1)).rejects.toThrow(/check constraint/);
  await expect(keep(3651)).rejects.toThrow(/check constraint/);
});

it("cannot be asked for by anybody but the worker (PERMISSION_DENIED)", () =>
  db.asOwner(async (client) => {
    await expectDenied(client, () => client.query("select authz.purge_trash(authz.workspace_id())"));
    await client.query("set local role relata_server");
    await expectDenied(client, () => client.query("select authz.purge_trash(null)"));
    await expectDenied(client, () => client.query("select authz.workspaces_with_trash()"));
  }, "rollback"));
