/** `upsert: true`: a record is created, or changed when it is there already, by its id or whatever is unique. */
import { useApi } from "../helpers/server.ts";

const api = useApi();

type Person = { id: string; email: string | null; city: string | null; deletedAt: string | null; createdBy: { name: string } };
const FIELDS = "id email city deletedAt createdBy { name }";
const MANY = `mutation ($data: [PersonCreateInput!]!, $on: [String!]) { made: createPeople(data: $data, upsert: true, upsertOn: $on) { ${FIELDS} } }`;
const ONE = `mutation ($data: PersonCreateInput!) { made: createPerson(data: $data, upsert: true) { ${FIELDS} } }`;

async function ask<T = Person[]>(query: string, variables: object, email?: string) {
  const answer = await api.graphql<{ made: T | null }>(query, variables as Record<string, unknown>, email);
  const { created } = (answer as { extensions?: { created?: string[] } }).extensions ?? {};
  return { made: answer.data?.made ?? null, error: answer.errors?.[0]?.extensions, created };
}
async function create(emails: string[]): Promise<Person[]> {
  const { made } = await ask("mutation ($data: [PersonCreateInput!]!) { made: createPeople(data: $data) { id } }", {
    data: emails.map((email) => ({ email, city: "Here" })),
  });
  return made!;
}
const rowOf = async (id: string) => (await api.sql("select * from person where id = $1", [id]))[0]!;
const count = async () => (await api.sql<{ count: number }>("select count(*)::int as count from person"))[0]!.count;

it("can create some and change others, in the order of the input, and tell which", async () => {
  const [one, two] = await create(["one@up.example", "two@up.example"]);
  const before = await rowOf(two!.id);
  const data = [
    { email: "new@up.example", city: "New" },
    { email: "TWO@up.example", jobTitle: "Boss" },
    { id: one!.id, city: null },
    { city: "Nobody" },
  ];
  const { made, created } = await ask(MANY, { data }, "member@acme.test");
  expect(made).toMatchObject([
    { email: "new@up.example", city: "New", createdBy: { name: "Mia Member" } },
    { id: two!.id, email: "TWO@up.example", city: "Here", createdBy: { name: "Olivia Owner" } },
    { id: one!.id, email: "one@up.example", city: null },
    { email: null, city: "Nobody" },
  ]);
  expect(created).toEqual([made![0]!.id, made![3]!.id]);
  const after = await rowOf(two!.id);
  expect(after).toEqual({
    ...before,
    email: "TWO@up.example",
    job_title: "Boss",
    search_vector: expect.any(String),
    updated_at: expect.any(Date),
    updated_by_name: "Mia Member",
    updated_by_workspace_member_id: expect.any(String),
  });
});

it("can do so with one record, and create it under a new id of the client's", async () => {
  const id = "44444444-4444-4444-8444-444444444444";
  const first = await ask<Person>(ONE, { data: { id, email: "single@up.example" } });
  expect([first.made!.id, first.created]).toEqual([id, [id]]);
  const second = await ask<Person>(ONE, { data: { email: "single@up.example", city: "There" } });
  expect([second.made, second.created]).toMatchObject([{ id, city: "There" }, []]);
});

it("can bring back what was deleted under the same id, but not by a unique value that is free again", async () => {
  const [one] = await create(["back@up.example"]);
  await api.graphql("mutation ($id: UUID!) { deletePerson(id: $id) { id } }", { id: one!.id });
  const byEmail = await ask<Person>(ONE, { data: { email: "back@up.example" } });
  expect(byEmail.created).toEqual([byEmail.made!.id]);
  expect((await ask<Person>(ONE, { data: { id: one!.id, email: "other@up.example" } })).made).toMatchObject({
    id: one!.id,
    deletedAt: null,
  });
});

it("can be told which field to go by", async () => {
  const [one] = await create(["by@up.example"]);
  expect((await ask(MANY, { data: [{ email: "by@up.example", city: "Email" }], on: ["email"] })).made).toMatchObject([{ id: one!.id }]);
  expect((await ask(MANY, { data: [{ email: "by@up.example" }], on: ["id"] })).error).toEqual({ code: "CONFLICT", field: "data.0.email" });
  for (const on of [["city"], ["email", "id"], []]) {
    expect((await ask(MANY, { data: [{ city: "x" }], on })).error).toEqual({ code: "BAD_INPUT", field: "upsertOn" });
  }
});

it("cannot match two records with one input (UPSERT_MULTIPLE_MATCHING_RECORDS_CONFLICT)", async () => {
  const [one, two] = await create(["m1@up.example", "m2@up.example"]);
  const before = [await rowOf(one!.id), await rowOf(two!.id), await count()];
  const bad = { id: one!.id, email: "m2@up.example" };
  const code = "UPSERT_MULTIPLE_MATCHING_RECORDS_CONFLICT";
  expect((await ask(MANY, { data: [{ city: "x" }, bad] })).error).toEqual({ code, field: "data.1" });
  expect((await ask(ONE, { data: bad })).error).toEqual({ code, field: "data" });
  expect([await rowOf(one!.id), await rowOf(two!.id), await count()]).toEqual(before);
});

it("cannot match one record with two inputs, or create it twice (CONFLICT)", async () => {
  const [one] = await create(["t1@up.example"]);
  const before = [await rowOf(one!.id), await count()];
  const twice = [{ city: "x" }, { id: one!.id, city: "a" }, { email: "T1@up.example", city: "b" }];
  expect((await ask(MANY, { data: twice })).error).toEqual({ code: "CONFLICT", field: "data.2" });
  const same = [{ email: "t2@up.example" }, { city: "x" }, { email: "T2@up.example" }];
  expect((await ask(MANY, { data: same })).error).toEqual({ code: "CONFLICT", field: "data.2.email" });
  expect([await rowOf(one!.id), await count()]).toEqual(before);
});

it("cannot go on when one of the rows is bad", async () => {
  const [one] = await create(["b1@up.example"]);
  const before = [await rowOf(one!.id), await count()];
  const data = [{ email: "b1@up.example", city: "x" }, { city: "y" }, { companyId: "00000000-0000-0000-0000-000000000000" }];
  expect((await ask(MANY, { data })).error).toEqual({ code: "RELATED_NOT_FOUND", field: "data.2.companyId" });
  expect([await rowOf(one!.id), await count()]).toEqual(before);
});

it("cannot be done by a guest, nor bring back what its role may not delete (PERMISSION_DENIED)", async () => {
  const [one] = await create(["p1@up.example"]);
  const data = [{ email: "p1@up.example", city: "x" }];
  expect((await ask(MANY, { data }, "guest@acme.test")).error).toEqual({ code: "PERMISSION_DENIED" });
  await api.graphql("mutation ($id: UUID!) { deletePerson(id: $id) { id } }", { id: one!.id });
  const setRole = (permissions: string[]) =>
    api.sql("update core.roles set permissions = $1 where name = 'MEMBER' and workspace_id = authz.workspace_id()", [permissions]);
  await setRole(["*.read", "*.create", "*.update"]);
  const back = { data: [{ id: one!.id, city: "Back" }] };
  expect((await ask(MANY, back, "member@acme.test")).error).toEqual({ code: "PERMISSION_DENIED" });
  await setRole(["*.read", "*.create", "*.delete"]);
  expect((await ask(MANY, { data: [{ email: "one@up.example", city: "x" }] }, "member@acme.test")).error).toEqual({
    code: "PERMISSION_DENIED",
  });
  expect((await rowOf(one!.id))["deleted_at"]).not.toBeNull();
  expect((await ask(MANY, back)).made).toMatchObject([{ id: one!.id, city: "Back" }]);
});

it("cannot meet another workspace's records", async () => {
  const [one] = await create(["w1@up.example"]);
  const before = await rowOf(one!.id);
  const { made, created } = await ask(MANY, { data: [{ id: one!.id, email: "w1@up.example", city: "Theirs" }] }, "owner@globex.test");
  expect([made, created]).toMatchObject([[{ id: one!.id, city: "Theirs" }], [one!.id]]);
  expect(await rowOf(one!.id)).toEqual(before);
});

it("can be done by many at once, without one record twice", async () => {
  const data = Array.from({ length: 20 }, (_, n) => ({ email: `race${n}@up.example`, city: "Race" }));
  const answers = await Promise.all(Array.from({ length: 6 }, () => ask(MANY, { data })));
  const codes = answers.map(({ error }) => error?.code).filter((code) => code !== undefined);
  expect(codes.filter((code) => code !== "CONFLICT" && code !== "BUSY")).toEqual([]);
  const [row] = await api.sql("select count(*)::int as count from person where email like 'race%@up.example'");
  expect(row).toEqual({ count: 20 });
});

describe("of an object of one's own", () => {
  const EVERY = "mutation ($data: [GadgetCreateInput!]!) { made: createGadgets(data: $data, upsert: true) { id name code } }";
  type Gadget = { id: string; name: string; code: string | null };
  let objectId = "";
  beforeAll(async () => {
    const made = await api.metadata<{ createOneObject: { id: string } }>(
      'mutation { createOneObject(data: { nameSingular: "gadget", namePlural: "gadgets" }) { id } }',
    );
    objectId = made.data!.createOneObject.id;
    for (const data of [
      { name: "code", type: "TEXT", defaultValue: "none" },
      { name: "size", type: "NUMBER", settings: { dataType: "int" } },
      { name: "mail", type: "EMAILS", isUnique: true },
      { name: "holder", type: "FULL_NAME", isUnique: true },
      { name: "tags", type: "ARRAY" },
      { name: "extra", type: "RAW_JSON" },
    ]) {
      const { errors } = await api.metadata("mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }", {
        data: { objectId, ...data },
      });
      expect(errors).toBeUndefined();
    }
  });

  it("can be found by the parts of a composite", async () => {
    const first = await ask<Gadget[]>(EVERY, {
      data: [
        { name: "A", mail: { primaryEmail: "a@gadget.example", additionalEmails: ["b@gadget.example"] } },
        { name: "B", holder: { firstName: "Ada", lastName: "Byron" } },
      ],
    });
    expect(first.created).toHaveLength(2);
    const second = await ask<Gadget[]>(EVERY, {
      data: [
        { name: "B2", holder: { firstName: "Ada", lastName: "Byron" }, code: "b" },
        { name: "A2", mail: { primaryEmail: "A@Gadget.example" } },
        { name: "C2", holder: { firstName: "Ada", lastName: "Lovelace" } },
      ],
    });
    expect(second.made!.slice(0, 2)).toEqual([
      { id: first.made![1]!.id, name: "B2", code: "b" },
      { id: first.made![0]!.id, name: "A2", code: "none" },
    ]);
    expect(second.created).toEqual([second.made![2]!.id]);
  });

  it("can be found by a rule of several fields, from the next request on", async () => {
    const fields = await api.metadata<{ fields: { nodes: { id: string; name: string }[] } }>(
      `{ fields(filter: { objectId: { eq: "${objectId}" } }) { nodes { id name } } }`,
    );
    const idOf = (name: string) => fields.data!.fields.nodes.find((field) => field.name === name)!.id;
    const made = await api.metadata("mutation ($data: CreateIndexInput!) { createOneIndex(data: $data) { id } }", {
      data: { objectId, isUnique: true, fields: [{ fieldId: idOf("code") }, { fieldId: idOf("size") }] },
    });
    expect(made.errors).toBeUndefined();
    const first = await ask<Gadget[]>(EVERY, { data: [{ name: "R", code: "r", size: 1 }] });
    const again = await ask<Gadget[]>(EVERY, {
      data: [
        { name: "R2", code: "r", size: 1, tags: ["x", 'y"'], extra: { deep: [1, null] } },
        { name: "R3", code: "r", size: 2 },
      ],
    });
    expect(again.made![0]).toEqual({ id: first.made![0]!.id, name: "R2", code: "r" });
    expect(again.created).toEqual([again.made![1]!.id]);
    const [row] = await api.sql("select tags, extra from gadget where id = $1", [first.made![0]!.id]);
    expect(row).toEqual({ tags: ["x", 'y"'], extra: { deep: [1, null] } });
  });
});
