/** `version`: a record is written only in the state that it was read in. */

import { microsecondsOf } from "../helpers/moments.ts";
import { send } from "../helpers/send.ts";
import { useApi } from "../helpers/server.ts";

const api = useApi();
type Company = { id: string; name: string; updatedAt: string };
const UPDATE =
  "mutation ($id: UUID!, $data: CompanyUpdateInput!, $version: DateTime) { updateCompany(id: $id, data: $data, version: $version) { id name updatedAt } }";
const update = (id: string, data: object, version?: string | null) =>
  api.graphql<{ updateCompany: Company }>(UPDATE, { id, data, version });

async function create(name: string): Promise<Company> {
  const { data } = await api.graphql<{ createCompany: Company }>(
    'mutation ($name: String) { createCompany(data: { name: $name, employees: 7, industry: "Energy" }) { id name updatedAt } }',
    { name },
  );
  return data!.createCompany;
}
const rowOf = async (id: string) =>
  (
    await api.sql<{ name: string; updated_at: string }>("select name, employees, updated_at::text, deleted_at from company where id = $1", [
      id,
    ])
  )[0]!;

it("can read and send a version to the microsecond", async () => {
  const made = await create("Micro");
  await api.sql("update company set employees = 8 where id = $1", [made.id]);
  const { data } = await api.graphql<{ company: Company }>("query ($id: UUID!) { company(filter: { id: { eq: $id } }) { updatedAt } }", {
    id: made.id,
  });
  const { updatedAt } = data!.company;
  // PostgreSQL leaves out the zeros at the end.
  expect(updatedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$/);
  const [{ same }] = (await api.sql<{ same: boolean }>("select updated_at = $2::timestamptz as same from company where id = $1", [
    made.id,
    updatedAt,
  ])) as [{ same: boolean }];
  expect(same).toBe(true);
});

it("can update the state that was read, again and again", async () => {
  let { id, updatedAt } = await create("Chain");
  for (let n = 0; n < 5; n++) {
    const { data, errors } = await update(id, { name: `Chain ${n}` }, updatedAt);
    expect(errors).toBeUndefined();
    expect(microsecondsOf(data!.updateCompany.updatedAt)).toBeGreaterThan(microsecondsOf(updatedAt));
    ({ updatedAt } = data!.updateCompany);
  }
  expect(await rowOf(id)).toMatchObject({ name: "Chain 4" });
});

it("cannot update a state that is past (CONFLICT), and is told both states", async () => {
  const made = await create("Stale");
  await update(made.id, { name: "Newer", employees: 8 });
  const { data, errors } = await update(made.id, { name: "Mine", industry: "Rail" }, made.updatedAt);
  expect(data).toEqual({ updateCompany: null });
  const now = await rowOf(made.id);
  expect(errors).toMatchObject([
    {
      path: ["updateCompany"],
      extensions: {
        code: "CONFLICT",
        field: "version",
        current: {
          id: made.id,
          name: "Newer",
          employees: 8,
          industry: "Energy",
          deletedAt: null,
          createdBy: { source: "API", name: "Olivia Owner" },
        },
        given: { id: made.id, updatedAt: made.updatedAt, name: "Mine", industry: "Rail" },
      },
    },
  ]);
  expect(now).toMatchObject({ name: "Newer", employees: 8 });
  // What is told of now is good for the next attempt.
  const { current } = errors![0]!.extensions as unknown as { current: Company };
  expect((await update(made.id, { name: "Mine" }, current.updatedAt)).errors).toBeUndefined();
});

it("can leave version out, or null, in a literal and in a variable", async () => {
  const made = await create("Free");
  expect((await update(made.id, { name: "Free 1" })).errors).toBeUndefined();
  expect((await update(made.id, { name: "Free 2" }, null)).errors).toBeUndefined();
  const literal = await api.graphql(`mutation { updateCompany(id: "${made.id}", data: { name: "Free 3" }, version: null) { name } }`);
  expect(literal.data).toEqual({ updateCompany: { name: "Free 3" } });
});

it("can delete the state that was read, and not another one (CONFLICT)", async () => {
  const made = await create("Deleted");
  const DELETE = "mutation ($id: UUID!, $version: DateTime) { deleteCompany(id: $id, version: $version) { id updatedAt } }";
  const { data } = await update(made.id, { name: "Deleted 2" });
  const stale = await api.graphql(DELETE, { id: made.id, version: made.updatedAt });
  expect(stale.errors).toMatchObject([
    { extensions: { code: "CONFLICT", current: { name: "Deleted 2" }, given: { id: made.id, updatedAt: made.updatedAt } } },
  ]);
  expect(await rowOf(made.id)).toMatchObject({ deleted_at: null });
  const done = await api.graphql(DELETE, { id: made.id, version: data!.updateCompany.updatedAt });
  expect(done.errors).toBeUndefined();
  // Who comes too late now is told of a record that is deleted.
  const late = await update(made.id, { name: "Late" }, made.updatedAt);
  expect(late.errors).toMatchObject([{ extensions: { code: "CONFLICT", current: { name: "Deleted 2", deletedAt: expect.any(String) } } }]);
});

it("can restore and destroy the state that was read, and not another one (CONFLICT)", async () => {
  const { data } = await api.graphql<{ __type: { fields: { name: string; args: { name: string }[] }[] } }>(
    '{ __type(name: "Mutation") { fields { name args { name } } } }',
  );
  for (const verb of ["restore", "destroy"]) {
    const field = data!.__type.fields.find(({ name }) => name === `${verb}Company`)!;
    expect(field.args.map(({ name }) => name)).toContain("version");
    const made = await create(verb);
    await api.sql("update company set deleted_at = now() where id = $1", [made.id]);
    const MUTATION = `mutation ($id: UUID!, $version: DateTime) { ${verb}Company(id: $id, version: $version) { id } }`;
    const stale = await api.graphql(MUTATION, { id: made.id, version: made.updatedAt });
    expect(stale.errors).toMatchObject([{ extensions: { code: "CONFLICT", current: { id: made.id } } }]);
    const [{ at }] = (await api.sql<{ at: string }>(
      "select to_char(updated_at, 'YYYY-MM-DD\"T\"HH24:MI:SS.USOF') || ':00' as at from company where id = $1",
      [made.id],
    )) as [{ at: string }];
    expect((await api.graphql(MUTATION, { id: made.id, version: at })).errors).toBeUndefined();
  }
});

it("can let twelve race with one version: one wins, whoever writes", async () => {
  const made = await create("Race");
  const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => update(made.id, { name: `Race ${n}` }, made.updatedAt)));
  const winners = answers.filter(({ errors }) => !errors);
  expect(winners).toHaveLength(1);
  for (const { errors } of answers)
    if (errors) expect(errors).toMatchObject([{ extensions: { code: "CONFLICT", given: { id: made.id } } }]);
  expect(await rowOf(made.id)).toMatchObject({ name: winners[0]!.data!.updateCompany.name });
});

it("cannot tell by a version whether a record of another workspace is there (NOT_FOUND)", async () => {
  const theirs = await api.graphql<{ createCompany: Company }>(
    'mutation { createCompany(data: { name: "T" }) { id updatedAt } }',
    {},
    "owner@globex.test",
  );
  const { id, updatedAt } = theirs.data!.createCompany;
  for (const version of [updatedAt, "2020-01-01T00:00:00Z"]) {
    const [foreign, unknown] = [
      await update(id, { name: "x" }, version),
      await update("00000000-0000-0000-0000-000000000000", { name: "x" }, version),
    ];
    expect(foreign.errors).toEqual(unknown.errors);
    expect(foreign.errors).toMatchObject([{ extensions: { code: "NOT_FOUND" } }]);
  }
});

it("cannot give a version as a guest (PERMISSION_DENIED), and learns no state", async () => {
  const made = await create("Guests");
  const { errors } = await api.graphql(UPDATE, { id: made.id, data: { name: "x" }, version: "2020-01-01T00:00:00Z" }, "guest@acme.test");
  expect(errors).toMatchObject([{ extensions: { code: "PERMISSION_DENIED" } }]);
  expect(errors![0]!.extensions).not.toHaveProperty("current");
});

it.each(["yesterday", "", "2024-13-01T00:00:00Z", 7])("cannot give %j as a version (typed)", async (version) => {
  const made = await create("Bad");
  const { status, errors } = await update(made.id, { name: "Written" }, version as string);
  expect(status).toBeLessThan(500);
  expect(errors).toMatchObject([{ path: ["updateCompany"], extensions: { code: "INVALID_DATE", field: "version" } }]);
  expect(await rowOf(made.id)).toMatchObject({ name: "Bad" });
});

it("can check versions in a transaction: one that is past takes all back", async () => {
  const [one, two] = [await create("Tx one"), await create("Tx two")];
  const both = (version: string) =>
    api.graphql(
      `mutation @transaction { a: updateCompany(id: "${one.id}", data: { name: "Tx new" }) { name } b: updateCompany(id: "${two.id}", data: { name: "Tx new" }, version: "${version}") { name } }`,
    );
  const stale = await both("2020-01-01T00:00:00Z");
  expect([stale.data, stale.errors]).toMatchObject([
    { a: null, b: null },
    [
      { path: ["b"], extensions: { code: "CONFLICT", current: { name: "Tx two" } } },
      { path: ["a"], extensions: { code: "ROLLED_BACK" } },
    ],
  ]);
  expect([await rowOf(one.id), await rowOf(two.id)]).toMatchObject([{ name: "Tx one" }, { name: "Tx two" }]);
  expect((await both(two.updatedAt)).errors).toBeUndefined();
});

it("can replay a conflict that came beside a write, with both states", async () => {
  const made = await create("Replayed");
  const query = `mutation { a: createCompany(data: { name: "Beside" }) { name } b: updateCompany(id: "${made.id}", data: { name: "x" }, version: "2020-01-01T00:00:00Z") { name } }`;
  const first = await send(api, { query }, { "idempotency-key": "conflict" });
  expect(first.errors).toMatchObject([{ path: ["b"], extensions: { current: { name: "Replayed" }, given: { name: "x" } } }]);
  const again = await send(api, { query }, { "idempotency-key": "conflict" });
  expect([again.headers.get("idempotency-replayed"), again.errors]).toEqual(["true", first.errors]);
});

it("cannot leave a version behind for the next part of an operation", async () => {
  const [one, two] = [await create("Left one"), await create("Left two")];
  const { data, errors } = await api.graphql(
    `mutation { a: updateCompany(id: "${one.id}", data: {}, version: "2020-01-01T00:00:00Z") { name } b: updateCompany(id: "${two.id}", data: { name: "Right" }) { name } }`,
  );
  expect([data, errors]).toMatchObject([{ a: null, b: { name: "Right" } }, [{ path: ["a"], extensions: { code: "BAD_INPUT" } }]]);
});

describe("beside others in one operation", () => {
  const PAST = "2020-01-01T00:00:00Z";
  const nothing = (id: string) => `a: updateCompany(id: "${id}", data: {}, version: "${PAST}") { name }`;

  it.each<[string, (id: string) => string]>([
    ["deletes the same record", (id) => `deleteCompany(id: "${id}") { name }`],
    ["changes the same record", (id) => `updateCompany(id: "${id}", data: { employees: 9 }) { name }`],
    ["connects to the same record", (id) => `createPerson(data: { company: { connect: { where: { id: "${id}" } } } }) { firstName }`],
    ["names the same record", (id) => `createCompany(data: { name: "${id}" }) { name }`],
  ])("cannot leave a version behind for a part that %s", async (_what, other) => {
    const { id } = await create("Beside");
    const { data, errors } = await api.graphql<{ b: object | null }>(`mutation { ${nothing(id)} b: ${other(id)} }`);
    expect(errors).toMatchObject([{ path: ["a"], extensions: { code: "BAD_INPUT" } }]);
    expect(data!.b).not.toBeNull();
  });

  it("can look at the version of a record that creates another, and of one that connects", async () => {
    const { id: companyId } = await create("Nested");
    const { data } = await api.graphql<{ createPerson: Company }>(
      'mutation { createPerson(data: { firstName: "Nested" }) { id updatedAt } }',
    );
    const { id, updatedAt } = data!.createPerson;
    const ask = (company: object, version: string) =>
      api.graphql<{ updatePerson: Company }>(
        "mutation ($id: UUID!, $data: PersonUpdateInput!, $version: DateTime) { updatePerson(id: $id, data: $data, version: $version) { updatedAt } }",
        { id, data: { company }, version },
      );
    const counts = () => api.sql("select count(*)::int as n from company where name like 'Nested%'");
    const [connect, make] = [{ connect: { where: { id: companyId } } }, { create: { name: "Nested too" } }];
    for (const company of [connect, make]) {
      expect((await ask(company, PAST)).errors).toMatchObject([{ extensions: { code: "CONFLICT" } }]);
    }
    expect(await counts()).toEqual([{ n: 1 }]);
    const first = await ask(connect, updatedAt);
    expect(first.errors).toBeUndefined();
    expect((await ask(make, first.data!.updatePerson.updatedAt)).errors).toBeUndefined();
    expect(await counts()).toEqual([{ n: 2 }]);
  });
});
