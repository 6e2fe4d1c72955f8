/** private.create_workspace: a tenant with its schema, roles and standard objects. */
import { become, type Db, useTestDatabase, withAdminDb } from "../../helpers/db.ts";
import { count, DISAGREEMENTS, expectDenied, expectRefusal, OWNER, rows, value } from "../support.ts";
import "../../helpers/slow.ts";

const database = useTestDatabase();

const asOwnerRole = (work: (db: Db) => Promise<void>) =>
  withAdminDb(database.adminUrl, async (db) => {
    await db.query("set local role relata_owner");
    await work(db);
  });

const create = (db: Db, name = "Initech", subdomain = "initech") => value(db, "select private.create_workspace($1, $2)", [name, subdomain]);
const names = async (db: Db, text: string, values: unknown[] = []) =>
  (await rows<{ name: string }>(db, text, values)).map(({ name }) => name);

/** The objects that every workspace begins with; each object also has the fields of every record. */
const STANDARD: Record<string, string> = {
  company:
    "name domainName industry employees address annualRecurringRevenue linkedinLink idealCustomerProfile accountOwner contacts opportunities noteTargets taskTargets attachments",
  person:
    "firstName lastName name email phone jobTitle city linkedinLink avatarUrl company pointOfContactForOpportunities noteTargets taskTargets attachments",
  opportunity: "name amount closeDate stage company pointOfContact owner noteTargets taskTargets attachments",
  note: "title body noteTargets attachments",
  task: "title body dueAt status assignee taskTargets attachments",
  noteTarget: "note targetCompany targetPerson targetOpportunity",
  taskTarget: "task targetCompany targetPerson targetOpportunity",
  attachment: "name fullPath fileCategory targetCompany targetPerson targetOpportunity targetNote targetTask",
  workspaceMember:
    "firstName lastName name userEmail userId avatarUrl locale timeZone accountOwnerForCompanies ownedOpportunities assignedTasks",
};
const EVERY = "id createdAt updatedAt deletedAt createdBy updatedBy position searchVector";

describe("standard objects", () => {
  it("are those that were promised, with the fields that were promised, and no other", () =>
    asOwnerRole(async (db) => {
      const id = await create(db);
      const made = await rows<{ name: string; fields: string[] }>(
        db,
        `select o.name_singular as name, array_agg(f.name) as fields
         from core.objects o join core.fields f on f.object_id = o.id where o.workspace_id = $1 group by o.id`,
        [id],
      );
      const sorted = (fields: string[]) => [...fields].sort().join(" ");
      const promised = Object.entries(STANDARD).map(([name, fields]) => [name, sorted(`${fields} ${EVERY}`.split(" "))]);
      expect(Object.fromEntries(made.map(({ name, fields }) => [name, sorted(fields)]))).toEqual(Object.fromEntries(promised));
    }));

  it("are no admin's, and in step with their tables", () =>
    asOwnerRole(async (db) => {
      const id = await create(db);
      for (const table of ["objects", "fields"])
        expect(await count(db, `core.${table} where workspace_id = '${id}' and is_custom`)).toBe(0);
      await db.query("reset role");
      expect(await rows(db, DISAGREEMENTS)).toEqual([]);
      const schema = await value(db, "select schema_name from core.workspaces where id = $1", [id]);
      for (const name of await names(db, "select table_name as name from core.objects where workspace_id = $1", [id])) {
        expect(await count(db, `${schema}.${name}`)).toBe(0);
      }
    }));
});

it("starts with four roles", () =>
  asOwnerRole(async (db) => {
    const id = await create(db);
    expect(await rows(db, "select name, permissions, is_custom from core.roles where workspace_id = $1 order by name", [id])).toEqual([
      {
        name: "ADMIN",
        permissions: [
          ...["*.read", "*.create", "*.update", "*.delete", "*.destroy"],
          ...["data_model", "members", "roles", "security", "workspace", "api_keys", "views"],
        ],
        is_custom: false,
      },
      { name: "GUEST", permissions: ["*.read"], is_custom: false },
      { name: "MEMBER", permissions: ["*.read", "*.create", "*.update", "*.delete", "views"], is_custom: false },
      { name: "OWNER", permissions: ["*"], is_custom: false },
    ]);
  }));

it("has a schema whose name tells nothing", () =>
  asOwnerRole(async (db) => {
    const made: string[] = [];
    for (const subdomain of ["initech", "initrode", "umbrella"]) {
      const id = await create(db, subdomain, subdomain);
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
      const schema = await value(db, "select schema_name from core.workspaces where id = $1", [id]);
      expect(schema).toMatch(/^workspace_[0-9a-f]{12}$/);
      // The random end of the id, not its clock, which anybody could guess.
      expect(schema.slice(-12)).toBe(id.slice(-12));
      made.push(schema);
    }
    for (let place = 10; place < 22; place += 4) expect(new Set(made.map((schema) => schema.slice(place, place + 4))).size).toBe(3);
  }));

it.each(["acme", "globex"])("cannot have the subdomain %s again (NAME_TAKEN)", (subdomain) =>
  asOwnerRole(async (db) => {
    const schemas = "pg_namespace where nspname like 'workspace\\_%'";
    const before = await count(db, schemas);
    await expectRefusal(db, () => create(db, "Other", subdomain), "NAME_TAKEN", "data.subdomain");
    expect(await count(db, schemas)).toBe(before);
    expect(await create(db)).toBeTruthy();
    expect(await count(db, schemas)).toBe(before + 1);
  }),
);

it("can have the name of another", () =>
  asOwnerRole(async (db) => {
    expect(await create(db, "Acme", "acme-2")).toBeTruthy();
  }));

it.each(["", "Acme", "-a", "a-", "a.b", "a b", "a_b", "\u00e4", "a".repeat(64), "a'; drop schema core; --", "a\n"])(
  "cannot have the subdomain %j (CHECK_FAILED)",
  (subdomain) =>
    asOwnerRole(async (db) => {
      await expectRefusal(db, () => create(db, "Other", subdomain), "CHECK_FAILED");
    }),
);

it.each(["a", "1-a", "a".repeat(63)])("can have the subdomain %s", (subdomain) =>
  asOwnerRole(async (db) => {
    expect(await create(db, "Other", subdomain)).toBeTruthy();
  }),
);

it("cannot be without a name (CHECK_FAILED)", () =>
  asOwnerRole(async (db) => {
    await expectRefusal(db, () => create(db, ""), "CHECK_FAILED");
    expect(await create(db)).toBeTruthy();
  }));

it("cannot be made by the owner of another workspace (42501)", () =>
  withAdminDb(database.adminUrl, async (db) => {
    await become(db, OWNER);
    await expectDenied(db, () => create(db));
    await db.query("reset role");
    expect(await create(db)).toBeTruthy();
  }));
