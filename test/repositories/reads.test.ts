/** What repositories read: the records that are meant, with their relations, under the role of whoever opened the workspace. */
import type { WorkspaceDataSource } from "../../src/repositories/workspaces.ts";
import { useWorkspaces } from "../helpers/workspaces.ts";

const inside = useWorkspaces();
type Row = Record<string, unknown> & { id: string };
let workspaceDataSource: WorkspaceDataSource;
beforeAll(async () => {
  workspaceDataSource = await inside.workspaces.open("acme");
});
const companies = () => workspaceDataSource.getRepository("company");
const names = (found: readonly Record<string, unknown>[]) => found.map(({ name }) => name);

it("can find companies as the seed does", async () => {
  const companyRepository = workspaceDataSource.getRepository("company");
  const companies = await companyRepository.find({
    where: { industry: "Technology" },
    relations: ["contacts", "opportunities"],
  });
  const [told] = await inside.sql<Row>(
    `select count(*)::int as companies,
            (select count(*)::int from person p join company c on c.id = p.company_id where c.industry = 'Technology') as contacts,
            (select count(*)::int from opportunity o join company c on c.id = o.company_id where c.industry = 'Technology') as opportunities
     from company where industry = 'Technology'`,
  );
  const lengthOf = (key: string) => companies.reduce((sum, company) => sum + (company[key] as unknown[]).length, 0);
  expect({ companies: companies.length, contacts: lengthOf("contacts"), opportunities: lengthOf("opportunities") }).toEqual(told);
  expect(told!["companies"]).toBeGreaterThan(60);
  expect(companies[0]).toMatchObject({ industry: "Technology", contacts: expect.any(Array), createdBy: { source: expect.any(String) } });
});

describe("conditions", () => {
  beforeAll(async () => {
    await companies().insert({ name: "W1", employees: 1, industry: "Where" });
    await companies().insert({ name: "W2", employees: 5, industry: "Where", address: "Here" });
    await companies().insert({ name: "W3", employees: 9, industry: "Where", idealCustomerProfile: true });
  });
  const base = { industry: "Where" };

  it.each<[string, unknown, string[]]>([
    ["a value", { name: "W2" }, ["W2"]],
    ["an operator", { employees: { gt: 1 } }, ["W2", "W3"]],
    ["two operators", { employees: { gt: 1, lt: 9 } }, ["W2"]],
    ["null", { address: null }, ["W1", "W3"]],
    ["what is not null", { address: { is: "NOT_NULL" } }, ["W2"]],
    ["a list", { name: ["W1", "W3"] }, ["W1", "W3"]],
    ["a date", { createdAt: { lt: new Date(Date.now() + 60_000) } }, ["W1", "W2", "W3"]],
    ["false", { idealCustomerProfile: false }, ["W1", "W2"]],
    ["a part of a composite", { createdBy: { source: "SYSTEM" } }, ["W1", "W2", "W3"]],
    ["or", { or: [{ name: "W1" }, { employees: 9 }] }, ["W1", "W3"]],
    ["not", { not: { name: "W1" } }, ["W2", "W3"]],
    ["a relation's field", { accountOwner: { firstName: "Nobody" } }, []],
    ["nothing more", {}, ["W1", "W2", "W3"]],
  ])("can be %s", async (_title, where, wanted) => {
    const found = await companies().find({ where: { ...base, ...(where as object) }, order: { name: "ASC" } });
    expect(names(found)).toEqual(wanted);
    expect(await companies().count({ where: { ...base, ...(where as object) } })).toBe(wanted.length);
  });

  it("can be any of a list", async () => {
    expect(names(await companies().find({ where: [{ name: "W1" }, { name: "W3" }], order: { name: "DESC" } }))).toEqual(["W3", "W1"]);
  });

  it("can be put in an order, taken and skipped", async () => {
    const find = (options: object) => companies().find({ where: base, ...options });
    expect(names(await find({ order: { employees: "DESC" }, take: 2 }))).toEqual(["W3", "W2"]);
    expect(names(await find({ order: { address: "AscNullsFirst", name: "DESC" }, take: 2 }))).toEqual(["W3", "W1"]);
    expect(names(await find({ order: { name: "asc" }, skip: 1, take: 1 }))).toEqual(["W2"]);
    expect(await find({ take: 0 })).toEqual([]);
    const [page, total] = await companies().findAndCount({ where: base, take: 1, order: { createdBy: { name: "ASC" }, name: "ASC" } });
    expect([names(page), total]).toEqual([["W1"], 3]);
  });

  it("can select fields, and answers those alone", async () => {
    expect(await companies().find({ where: { name: "W1" }, select: ["name", "employees"] })).toEqual([{ name: "W1", employees: 1 }]);
  });

  it("can ask for one, or whether there is any", async () => {
    expect(await companies().findOneBy({ name: "W2" })).toMatchObject({ name: "W2", address: "Here" });
    expect(await companies().findOne({ where: { name: "W2" }, relations: ["contacts"] })).toMatchObject({ contacts: [] });
    expect(await companies().findOneBy({ name: "W0" })).toBeNull();
    await expect(companies().findOneOrFail({ where: { name: "W0" } })).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect([await companies().exists({ where: { name: "W2" } }), await companies().exists({ where: { name: "W0" } })]).toEqual([
      true,
      false,
    ]);
    expect(names(await companies().findBy({ name: "W3" }))).toEqual(["W3"]);
  });

  it.each<[string, object]>([
    ["a field that there is not", { where: { nonsense: 1 } }],
    ["a value that was forgotten", { where: { name: undefined } }],
    ["an operator that there is not", { where: { name: { resembles: "x" } } }],
    ["a value of another type", { where: { employees: "many" } }],
    ["a condition that is none", { where: "name" }],
    ["a relation that there is not", { relations: ["nonsense"] }],
    ["a field as a relation", { relations: ["name"] }],
    ["a relation that there is not, inside", { relations: ["contacts.nonsense"] }],
    ["a selection of what there is not", { select: ["nonsense"] }],
    ["half a record", { take: 1.5 }],
    ["less than nothing", { skip: -1 }],
    ["an order by what there is not", { order: { nonsense: "ASC" } }],
    ["an order that is none", { order: { name: 1 } }],
  ])("cannot ask for %s (BAD_INPUT)", async (_title, options) => {
    await expect(companies().find(options as never)).rejects.toMatchObject({ code: "BAD_INPUT" });
    await expect(companies().find({ where: { name: "W1" } })).resolves.toHaveLength(1);
  });

  it("cannot ask for an object that there is not (BAD_INPUT)", async () => {
    await expect(workspaceDataSource.getRepository("nonsense").find()).rejects.toMatchObject({ code: "BAD_INPUT", field: "object" });
  });
});

describe("relations", () => {
  it("can be nested", async () => {
    const company = (await companies().insert({ name: "Nested" })) as Row;
    const person = (await workspaceDataSource.getRepository("person").insert({ firstName: "N", companyId: company.id })) as Row;
    await workspaceDataSource.getRepository("opportunity").insert({ name: "O", companyId: company.id, pointOfContactId: person.id });
    const found = await companies().find({
      where: { name: "Nested" },
      relations: ["contacts.company", "opportunities.pointOfContact.company.contacts", "accountOwner"],
    });
    expect(found).toMatchObject([
      {
        contacts: [{ firstName: "N", company: { name: "Nested" } }],
        opportunities: [{ name: "O", pointOfContact: { firstName: "N", company: { name: "Nested", contacts: [{ firstName: "N" }] } } }],
        accountOwner: null,
      },
    ]);
  });

  it("can be read whole, however many, and so can a list", async () => {
    const company = (await companies().insert({ name: "Large" })) as Row;
    await inside.sql("insert into person (first_name, company_id) select 'L' || n, $1 from generate_series(1, 2500) n", [company.id]);
    const [found] = await companies().find({ where: { id: company.id }, relations: ["contacts"] });
    const contacts = found!["contacts"] as Row[];
    expect([contacts.length, new Set(contacts.map(({ id }) => id)).size]).toEqual([2500, 2500]);
    const people = workspaceDataSource.getRepository("person");
    const all = await people.find({ where: { companyId: company.id }, order: { firstName: "ASC" }, select: ["id", "firstName"] });
    expect([all.length, new Set(all.map(({ id }) => id)).size]).toEqual([2500, 2500]);
    expect(await people.find({ where: { companyId: company.id }, take: 1500, skip: 1200, select: ["id"] })).toHaveLength(1300);
  });
});

describe("what runs", () => {
  it("can be one statement, however deep", async () => {
    const find = () => companies().find({ where: { industry: "Technology" }, relations: ["contacts.company", "opportunities"], take: 5 });
    await find();
    const before = inside.statements();
    await find();
    expect(inside.statements() - before).toBe(1);
  });

  it("can follow a change of the data model made elsewhere", async () => {
    const OBJECT = { nameSingular: "novelty", namePlural: "novelties" };
    const changed = (kind: string, data: object) =>
      inside.sql(
        "select set_config('relata.permissions', '*', false), set_config('role', 'relata_owner', false), core.apply_changes(jsonb_build_array(jsonb_build_object('kind', $1::text, 'data', $2::jsonb)))",
        [kind, JSON.stringify(data)],
      );
    await expect(workspaceDataSource.getRepository("novelty").find()).rejects.toMatchObject({ code: "BAD_INPUT" });
    await changed("createObject", OBJECT);
    const novelties = workspaceDataSource.getRepository("novelty");
    expect(await novelties.insert({ name: "New" })).toMatchObject({ name: "New" });
    expect(names(await novelties.find())).toEqual(["New"]);
  });
});

describe("who reads", () => {
  it("can be a member, who sees his workspace alone", async () => {
    const globex = await inside.workspaces.open("globex", { as: "owner@globex.test" });
    const theirs = (await globex.getRepository("company").insert({ name: "Theirs" })) as Row;
    expect(await companies().findOneBy({ id: theirs!.id })).toBeNull();
    const machine = await inside.workspaces.open("globex");
    expect(await machine.getRepository("company").findOneBy({ id: theirs!.id })).toMatchObject({ id: theirs!.id });
    const [counted] = await inside.sql<{ n: number }>("select count(*)::int as n from company where deleted_at is null", [], "globex");
    expect(await machine.getRepository("company").count()).toBe(counted!.n);
  });

  it("can be opened by the workspace's id", async () => {
    const [row] = await inside.sql<Row>("select authz.workspace_id() as id");
    expect((await inside.workspaces.open(row!.id)).caller).toEqual(workspaceDataSource.caller);
  });

  it.each<[string, string, string | undefined]>([
    ["a workspace that there is not", "nowhere", undefined],
    ["a stranger", "acme", "owner@globex.test"],
    ["nobody", "acme", "nobody@nowhere.test"],
    ["what is no address", "acme", ""],
  ])("cannot be %s (NOT_FOUND)", async (_title, workspace, as) => {
    await expect(inside.workspaces.open(workspace, as === undefined ? {} : { as })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("cannot be the machine in a workspace that there is not (NOT_FOUND)", async () => {
    await expect(inside.workspaces.open("01890000-0000-7000-8000-000000000001")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("cannot go on reading once he is no member any more (LOGIN_REQUIRED)", async () => {
    const member = await inside.workspaces.open("acme", { as: "member@acme.test" });
    expect(await member.getRepository("company").find({ take: 1 })).toHaveLength(1);
    await inside.sql(
      "select private.remove_member(m.id) from core.workspace_members m join core.users u on u.id = m.user_id where u.email = 'member@acme.test'",
    );
    await expect(member.getRepository("company").find({ take: 1 })).rejects.toMatchObject({ code: "LOGIN_REQUIRED" });
  });
});
