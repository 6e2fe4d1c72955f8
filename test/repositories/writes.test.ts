/** What repositories write: one record or many, all or none, under the role of whoever opened the workspace. */
import type { Repository } from "../../src/repositories/repository.ts";
import type { WorkspaceDataSource } from "../../src/repositories/workspaces.ts";
import { useWorkspaces } from "../helpers/workspaces.ts";

const inside = useWorkspaces();
type Row = Record<string, unknown> & { id: string };
let acme: WorkspaceDataSource;
let companies: Repository;
let people: Repository;
beforeAll(async () => {
  acme = await inside.workspaces.open("acme");
  companies = acme.getRepository("company");
  people = acme.getRepository("person");
});
const make = async (name: string, rest: object = {}) => (await companies.insert({ name, ...rest })) as Row;
const MISSING = "01890000-0000-7000-8000-000000000001";

describe("new records", () => {
  it("can be one, answered as it was written", async () => {
    const company = await make("One", { employees: 3 });
    expect(company).toMatchObject({ name: "One", employees: 3, deletedAt: null, createdBy: { source: "SYSTEM", name: "Relata" } });
    expect(await companies.findOneBy({ id: company.id })).toEqual(company);
    expect(await companies.create({ name: "Created" })).toMatchObject({ name: "Created" });
  });

  it("can be many, in their order and all or none", async () => {
    const made = await companies.insert(Array.from({ length: 1200 }, (_, n) => ({ name: `Many ${n}` })));
    expect(made.map(({ name }) => name).slice(0, 3)).toEqual(["Many 0", "Many 1", "Many 2"]);
    expect(made).toHaveLength(1200);
    await expect(people.insert([{ firstName: "Half" }, { companyId: MISSING }])).rejects.toMatchObject({ code: "RELATED_NOT_FOUND" });
    expect(await people.count({ where: { firstName: "Half" } })).toBe(0);
    expect(await companies.insert([])).toEqual([]);
  });

  it.each<[string, object, object]>([
    ["a field that there is not", { nonsense: 1 }, { code: "BAD_INPUT" }],
    ["a value of another type", { employees: "many" }, { code: "BAD_INPUT", field: "employees" }],
    ["a date that the database writes", { updatedAt: "2026-01-01" }, { code: "BAD_INPUT" }],
    ["a relation to nothing", { accountOwnerId: MISSING }, { code: "RELATED_NOT_FOUND", field: "accountOwnerId" }],
  ])("cannot have %s", async (_title, data, told) => {
    await expect(companies.insert({ name: "Refused", ...data })).rejects.toMatchObject(told);
    expect(await companies.count({ where: { name: "Refused" } })).toBe(0);
  });
});

describe("saving", () => {
  it("can write a new record, and change one that was read with all that came with it", async () => {
    const saved = (await companies.save({ name: "Saved" })) as Row;
    await people.insert({ firstName: "S", companyId: saved.id });
    const read = (await companies.findOne({ where: { id: saved.id }, relations: ["contacts", "opportunities", "accountOwner"] })) as Row;
    expect(await companies.save({ ...read, name: "Saved again", employees: 8 })).toMatchObject({
      id: saved.id,
      name: "Saved again",
      employees: 8,
    });
    expect(await companies.findOne({ where: { id: saved.id }, relations: ["contacts"] })).toMatchObject({ contacts: [{ firstName: "S" }] });
  });

  it("can connect and create what belongs to it", async () => {
    const company = await make("Connected");
    const person = (await people.save({ firstName: "C", company: { connect: { where: { id: company.id } } } })) as Row;
    expect(person).toMatchObject({ companyId: company.id });
    const made = (await companies.save({ name: "With contacts", contacts: { create: [{ firstName: "New" }] } })) as Row;
    expect(await companies.findOne({ where: { id: made.id }, relations: ["contacts"] })).toMatchObject({
      contacts: [{ firstName: "New" }],
    });
    expect(await people.save({ id: person.id, company: { disconnect: true } })).toMatchObject({ companyId: null });
  });

  it("cannot change a record that is not there (NOT_FOUND), or write what there is not (BAD_INPUT)", async () => {
    await expect(companies.save({ id: MISSING, name: "X" })).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(companies.save({ nonsense: 1 })).rejects.toMatchObject({ code: "BAD_INPUT", field: "nonsense" });
  });
});

describe("upserting", () => {
  it("can write, and change what is there by what is unique", async () => {
    const first = (await people.upsert({ firstName: "Up", email: "up@sert.test" })) as Row;
    const second = (await people.upsert({ firstName: "Upper", email: "UP@sert.test" })) as Row;
    expect(second).toMatchObject({ id: first.id, firstName: "Upper" });
    const both = await people.upsert([
      { id: first.id, city: "Bern" },
      { firstName: "New", email: "new@sert.test" },
    ]);
    expect(both).toMatchObject([{ id: first.id, city: "Bern" }, { firstName: "New" }]);
    expect(await people.upsert({ email: "new@sert.test", city: "Rome" }, ["email"])).toMatchObject({ firstName: "New", city: "Rome" });
  });
});

describe("changes", () => {
  it("can be of one record, of several, and of those that a condition means", async () => {
    const [a, b, c] = [await make("C1"), await make("C2"), await make("C3", { employees: 50 })];
    expect(await companies.update(a.id, { industry: "I" })).toEqual({ affected: 1, ids: [a.id] });
    const two = await companies.update([b.id, c.id], { industry: "J" });
    expect([two.affected, [...two.ids].sort()]).toEqual([2, [b.id, c.id].sort()]);
    expect(await companies.update({ industry: "J", employees: { gt: 5 } }, { address: "K" })).toEqual({ affected: 1, ids: [c.id] });
    expect(await companies.update({ name: "Nobody's" }, { address: "K" })).toEqual({ affected: 0, ids: [] });
  });

  it("can delete, restore and destroy", async () => {
    const [a, b] = [await make("D1"), await make("D2")];
    const there = async (withDeleted = false) => companies.count({ where: { id: [a.id, b.id] }, withDeleted });
    expect(await companies.softDelete(a.id)).toEqual({ affected: 1, ids: [a.id] });
    expect([await there(), await there(true)]).toEqual([1, 2]);
    expect(await companies.softDelete({ name: ["D1", "D2"] })).toMatchObject({ affected: 1 });
    expect(await companies.restore([a.id, b.id])).toMatchObject({ affected: 2 });
    expect(await there()).toBe(2);
    expect(await companies.delete(a.id)).toMatchObject({ affected: 1 });
    expect(await companies.delete({ name: "D2" })).toMatchObject({ affected: 1 });
    expect(await there(true)).toBe(0);
  });

  it("can merge", async () => {
    const [a, b] = [await make("M1"), await make("M2", { address: "Somewhere" })];
    expect(await companies.merge([a.id, b.id], 0, true)).toMatchObject({ name: "M1", address: "Somewhere" });
    expect(await companies.merge([a.id, b.id])).toMatchObject({ id: a.id, name: "M1", address: "Somewhere" });
    expect(await companies.findOneBy({ id: b.id })).toBeNull();
  });

  it.each<[string, () => Promise<unknown>, object]>([
    ["a record that is not there", () => companies.update(MISSING, { name: "X" }), { code: "NOT_FOUND" }],
    ["everything", () => companies.update({}, { name: "X" }), { code: "BAD_INPUT" }],
    ["everything for good", () => companies.delete({}), { code: "BAD_INPUT" }],
    ["a condition that was forgotten", () => companies.softDelete({ name: undefined }), { code: "BAD_INPUT" }],
    ["nothing at all", () => companies.softDelete(undefined as never), { code: "BAD_INPUT" }],
    ["an id that is none", () => companies.softDelete("x"), { code: "BAD_INPUT" }],
    ["with nothing", async () => companies.update((await companies.find({ take: 1 }))[0]!.id, {}), { code: "BAD_INPUT" }],
  ])("cannot be of %s", async (_title, change, told) => {
    const before = await companies.count();
    await expect(change()).rejects.toMatchObject(told);
    expect(await companies.count()).toBe(before);
  });
});

describe("who writes", () => {
  it("cannot be a guest (PERMISSION_DENIED), whatever he tries", async () => {
    const company = await make("Guarded");
    const guest = (await inside.workspaces.open("acme", { as: "guest@acme.test" })).getRepository("company");
    expect(await guest.findOneBy({ id: company.id })).toMatchObject({ name: "Guarded" });
    const denied = { code: "PERMISSION_DENIED" };
    await expect(guest.insert({ name: "G" })).rejects.toMatchObject(denied);
    await expect(guest.insert([{ name: "G" }])).rejects.toMatchObject(denied);
    await expect(guest.save({ id: company.id, name: "G" })).rejects.toMatchObject(denied);
    await expect(guest.upsert({ id: company.id, name: "G" })).rejects.toMatchObject(denied);
    await expect(guest.update(company.id, { name: "G" })).rejects.toMatchObject(denied);
    await expect(guest.update({ name: "Guarded" }, { name: "G" })).rejects.toMatchObject(denied);
    await expect(guest.softDelete(company.id)).rejects.toMatchObject(denied);
    await expect(guest.restore(company.id)).rejects.toMatchObject(denied);
    await expect(guest.delete(company.id)).rejects.toMatchObject(denied);
    await expect(guest.merge([company.id, (await make("Guarded too")).id])).rejects.toMatchObject(denied);
    expect(await companies.findOneBy({ id: company.id })).toEqual(company);
  });

  it("can be a member, in whose name it is written; and he cannot destroy (PERMISSION_DENIED)", async () => {
    const member = (await inside.workspaces.open("acme", { as: "member@acme.test" })).getRepository("company");
    const company = (await member.insert({ name: "By a member" })) as Row;
    expect(company).toMatchObject({ createdBy: { name: "Mia Member", source: "API" } });
    await expect(member.delete(company.id)).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
  });

  it("cannot touch a record of another workspace (NOT_FOUND)", async () => {
    const globex = await inside.workspaces.open("globex");
    const theirs = (await globex.getRepository("company").insert({ name: "Theirs" })) as Row;
    for (const change of [companies.update(theirs.id, { name: "Ours" }), companies.softDelete(theirs.id), companies.delete(theirs.id)]) {
      await expect(change).rejects.toMatchObject({ code: "NOT_FOUND" });
    }
    expect(await companies.update([theirs.id], { name: "Ours" })).toEqual({ affected: 0, ids: [] });
    expect(await globex.getRepository("company").findOneBy({ id: theirs.id })).toEqual(theirs);
  });
});
