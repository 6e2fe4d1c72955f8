/**
 * The demo data: two workspaces, five users, and in acme some thousand records,
 * the same each time. Workspaces and members are made by the functions that make
 * real ones; records are inserted as the owner, behind his claim, like any other's.
 */
import { faker } from "@faker-js/faker";
import pg from "pg";
import { hashPassword } from "./auth/password.ts";
import { DEMO } from "./demo.ts";
import { withAdmin } from "./migrate.ts";

const SIZE = { companies: 2000, people: 8000, opportunities: 1000, notes: 1000, tasks: 1000, projects: 200 };
const SEED = 20_261_123;
const INDUSTRIES = [
  "Technology",
  "Finance",
  "Healthcare",
  "Retail",
  "Manufacturing",
  "Energy",
  "Education",
  "Logistics",
  "Media",
  "Hospitality",
];
const STAGES = ["NEW", "SCREENING", "MEETING", "PROPOSAL", "CUSTOMER"];
const STATUSES = ["TODO", "IN_PROGRESS", "DONE"];
const NOW = new Date("2026-11-01T12:00:00Z");

type Row = Record<string, unknown>;
const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));
const pick = <T>(list: readonly T[]): T => faker.helpers.arrayElement(list as T[]);
const maybe = <T>(value: T): T | null => (faker.datatype.boolean(0.85) ? value : null);
const slug = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
const past = (years: number) => faker.date.past({ years, refDate: NOW }).toISOString();
/** UUIDs by the seed, so that the same records have the same ids. */
const id = () => faker.string.uuid();

function makeCompanies(members: string[]): Row[] {
  return many(SIZE.companies, (index) => {
    const name = `${faker.company.name()}${index % 7 ? "" : " Group"}`;
    return {
      id: id(),
      name,
      industry: pick(INDUSTRIES),
      employees: faker.number.int({ min: 1, max: 20_000 }),
      domain_name: maybe(`${slug(name)}-${index}.example`),
      address: maybe(`${faker.location.streetAddress()}, ${faker.location.city()}`),
      annual_recurring_revenue: maybe(faker.finance.amount({ min: 1000, max: 5_000_000 })),
      linkedin_link: maybe(`https://linkedin.example/company/${slug(name)}`),
      ideal_customer_profile: faker.datatype.boolean(0.3),
      account_owner_id: maybe(pick(members)),
      created_at: past(3),
    };
  });
}

function makePeople(companies: Row[]): Row[] {
  return many(SIZE.people, (index) => {
    const [firstName, lastName] = [faker.person.firstName(), faker.person.lastName()];
    return {
      id: id(),
      first_name: firstName,
      last_name: lastName,
      email: maybe(`${slug(firstName)}.${slug(lastName)}.${index}@mail.example`),
      phone: maybe(faker.phone.number({ style: "international" })),
      job_title: maybe(faker.person.jobTitle()),
      city: maybe(faker.location.city()),
      company_id: maybe(pick(companies)["id"]),
      created_at: past(3),
    };
  });
}

function makeOpportunities(companies: Row[], people: Row[], members: string[]): Row[] {
  return many(SIZE.opportunities, () => ({
    id: id(),
    name: `${faker.company.buzzVerb()} ${faker.company.buzzNoun()}`,
    amount: maybe(faker.finance.amount({ min: 500, max: 250_000 })),
    stage: pick(STAGES),
    close_date: maybe(faker.date.future({ years: 1, refDate: NOW }).toISOString()),
    company_id: pick(companies)["id"],
    point_of_contact_id: maybe(pick(people)["id"]),
    owner_id: maybe(pick(members)),
    created_at: past(1),
  }));
}

const makeNotes = (): Row[] =>
  many(SIZE.notes, () => ({
    id: id(),
    title: faker.lorem.sentence({ min: 2, max: 6 }),
    body: maybe(faker.lorem.paragraph()),
    created_at: past(1),
  }));

const makeTasks = (members: string[]): Row[] =>
  many(SIZE.tasks, () => ({
    id: id(),
    title: `${faker.hacker.verb()} ${faker.hacker.noun()}`,
    body: maybe(faker.lorem.sentences(2)),
    status: pick(STATUSES),
    due_at: maybe(faker.date.soon({ days: 60, refDate: NOW }).toISOString()),
    assignee_id: maybe(pick(members)),
    created_at: past(1),
  }));

const makeProjects = (companies: Row[]): Row[] =>
  many(SIZE.projects, () => ({
    id: id(),
    name: faker.commerce.productName(),
    budget: faker.finance.amount({ min: 1000, max: 90_000 }),
    company_id: pick(companies)["id"],
  }));

/** What each note or task is about: a company or a person. */
const makeTargets = (noun: "note" | "task", about: Row[], companies: Row[], people: Row[]): Row[] =>
  about.map((row) => ({
    id: id(),
    [`${noun}_id`]: row["id"],
    ...(faker.datatype.boolean() ? { target_company_id: pick(companies)["id"] } : { target_person_id: pick(people)["id"] }),
  }));

type Db = pg.Client;

const become = (db: Db, role: string) => db.query("select set_config('role', $1, true)", [role]);

/** From here on the transaction speaks for the demo owner, as his requests would. */
async function claimOwner(db: Db, userId: string, workspaceId: string): Promise<void> {
  await become(db, "relata_server");
  await db.query(
    "select set_config('role', c.request_role, true), set_config('search_path', c.schema_name, true) from authz.claim($1, $2, null) c",
    [userId, workspaceId],
  );
}

/** Inserts rows of one shape; the columns are the keys, the types are the table's own. */
async function insert(db: Db, table: string, rows: Row[]): Promise<void> {
  const columns = [...new Set(rows.flatMap(Object.keys))].map((column) => pg.escapeIdentifier(column)).join(", ");
  await db.query(`insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1)`, [
    JSON.stringify(rows),
  ]);
}

async function addCustomObject(db: Db): Promise<void> {
  const description = "Work for a customer: a custom object.";
  const relation = { targetObject: "company", targetFieldName: "projects" };
  const changes = [
    { kind: "createObject", data: { nameSingular: "project", namePlural: "projects", icon: "IconRocket", description } },
    { kind: "createField", data: { objectId: "project", name: "budget", type: "NUMERIC" } },
    { kind: "createField", data: { objectId: "project", name: "company", type: "RELATION", relation } },
  ];
  await db.query("select core.apply_changes($1)", [JSON.stringify(changes)]);
}

async function createWorkspaces(db: Db): Promise<{ userId: string; workspaceId: string; members: string[] }> {
  await become(db, "relata_owner");
  const passwordHash = await hashPassword(DEMO.password);
  const workspaces = new Map<string, string>();
  for (const [subdomain, name] of [
    ["acme", "Acme"],
    ["globex", "Globex"],
  ]) {
    const { rows } = await db.query<{ id: string }>("select private.create_workspace($1, $2) as id", [name, subdomain]);
    workspaces.set(subdomain!, rows[0]!.id);
  }
  const members: string[] = [];
  let owner = "";
  for (const { email, workspace, role, firstName, lastName } of DEMO.members) {
    const user = await db.query<{ id: string }>("select private.create_user($1, $2, $3, $4) as id", [
      email,
      passwordHash,
      firstName,
      lastName,
    ]);
    const userId = user.rows[0]!.id;
    const member = await db.query<{ id: string }>("select private.add_member($1, $2, $3) as id", [workspaces.get(workspace), userId, role]);
    if (workspace === DEMO.workspace) members.push(member.rows[0]!.id);
    if (email === DEMO.owner) owner = userId;
  }
  return { userId: owner, workspaceId: workspaces.get(DEMO.workspace)!, members };
}

/** Puts the demo data into a database where nobody can sign in yet, wholly or not at all. Answers whether it did. */
export const seed = (adminUrl: string): Promise<boolean> =>
  withAdmin(adminUrl, async (db) => {
    await db.query("begin");
    await become(db, "relata_server");
    const { rows } = await db.query<{ taken: boolean }>("select authz.is_installed() as taken");
    if (rows[0]!.taken) return false;

    faker.seed(SEED);
    faker.setDefaultRefDate(NOW);
    const { userId, workspaceId, members } = await createWorkspaces(db);
    await claimOwner(db, userId, workspaceId);
    const companies = makeCompanies(members);
    const people = makePeople(companies);
    const [notes, tasks] = [makeNotes(), makeTasks(members)];
    await insert(db, "company", companies);
    await insert(db, "person", people);
    await insert(db, "opportunity", makeOpportunities(companies, people, members));
    await insert(db, "note", notes);
    await insert(db, "task", tasks);
    await insert(db, "note_target", makeTargets("note", notes, companies, people));
    await insert(db, "task_target", makeTargets("task", tasks, companies, people));
    await addCustomObject(db);
    await insert(db, "project", makeProjects(companies));
    await db.query("commit");
    await db.query("analyze"); // the first queries shall not wait for autovacuum's statistics
    return true;
  });
