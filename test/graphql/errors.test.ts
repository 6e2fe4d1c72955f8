import { type Answer, useApi } from "../helpers/server.ts";
import { makeSamples } from "./samples.ts";

const api = useApi({ MAX_BODY_BYTES: "3000000" });
beforeAll(() => makeSamples(api, 5));

// What PostgreSQL says to developers is not for clients: its words, SQL, names of our tables.
const LEAKS =
  /violates|constraint|relation "|column "|Key \(|\bselect\b.*\bfrom\b|\binsert into\b|pg_|workspace_[0-9a-f]{12}|node_modules|\.ts:\d|at \w+ \(|Failing row|syntax error at or near/i;

/** The error of an answer: one, of a kind that the client can mend, that tells nothing of how we are made. */
function faultOf(answer: Answer): { code: string; field?: string } {
  const { headers: _headers, ...body } = answer;
  expect(JSON.stringify(body)).not.toMatch(LEAKS);
  expect(answer.status).toBeLessThan(500);
  expect(answer.errors).toHaveLength(1);
  return answer.errors![0]!.extensions;
}

const create = (noun: string, data: unknown) =>
  api.graphql(`mutation ($data: ${noun}CreateInput!) { create${noun}(data: $data) { id } }`, { data });
const filter = (by: unknown) => api.graphql("query ($by: SampleFilterInput) { samples(filter: $by) { totalCount } }", { by });

it.each<[string, Record<string, unknown>, string]>([
  ["a UUID that is none", { code: "7" }, "BAD_INPUT"],
  ["a UUID with SQL", { code: "'; drop table company; --" }, "BAD_INPUT"],
  ["a NUMERIC of letters", { price: "abc" }, "INVALID_VALUE"],
  ["a NUMERIC that is empty", { price: "" }, "INVALID_VALUE"],
  ["a NUMERIC past all bounds", { price: "1e200000" }, "VALUE_OUT_OF_RANGE"],
  ["a DATE that is none", { day: "someday" }, "INVALID_DATE"],
  ["a DATE that is empty", { day: "" }, "INVALID_DATE"],
  ["a day that is in no calendar", { day: "2024-02-30" }, "DATE_OUT_OF_RANGE"],
  ["a DATE past the calendar", { day: "9999999-01-01" }, "DATE_OUT_OF_RANGE"],
  ["a DATE_TIME that is none", { moment: "garbage" }, "INVALID_DATE"],
  ["an hour that no day has", { moment: "2024-01-01T25:00:00Z" }, "DATE_OUT_OF_RANGE"],
  ["a bigint past its size", { big: "9223372036854775808" }, "VALUE_OUT_OF_RANGE"],
  ["a bigint of letters", { big: "x" }, "INVALID_VALUE"],
  ["a bigint with a fraction", { big: "1.5" }, "INVALID_VALUE"],
  ["a text with a NUL", { name: "a\u0000b" }, "INVALID_TEXT"],
])("cannot write %s, or filter by it (typed)", async (_what, data, code) => {
  const [field, value] = Object.entries(data)[0]!;
  expect(faultOf(await create("Sample", data)).code).toBe(code);
  expect(faultOf(await filter({ [field]: { eq: value } })).code).toBe(code);
  expect(faultOf(await filter({ [field]: { in: [value] } })).code).toBe(code);
  expect((await api.graphql("{ samples { totalCount } }")).data).toEqual({ samples: { totalCount: 5 } });
});

it.each<[string, Record<string, unknown>]>([
  ["an int past its size", { count: 2147483648 }],
  ["an int with a fraction", { count: 1.5 }],
  ["an int as a text", { count: "1" }],
  ["a float as a text", { ratio: "1" }],
  ["a BOOLEAN as a text", { flag: "true" }],
  ["a BOOLEAN as a number", { flag: 1 }],
  ["a SELECT that is no option", { choice: "NEVER" }],
  ["a SELECT in small letters", { choice: "low" }],
  ["a text as a number", { name: 7 }],
  ["a text as an object", { name: { eq: "x" } }],
  ["a UUID as a number", { code: 7 }],
  ["an unknown field", { nope: 1 }],
])("cannot write %s (BAD_INPUT)", async (_what, data) => {
  expect(faultOf(await create("Sample", data)).code).toBe("BAD_INPUT");
});

it.each<[string, Record<string, unknown>]>([
  ["a time zone that is none", { moment: { eq: "2024-01-01T00:00:00 Mars/Phobos" } }],
  ["a time zone too far away", { moment: { eq: "2024-01-01T00:00:00+99:00" } }],
  ["a pattern that ends in its escape", { name: { like: "a\\" } }],
  ["a pattern that ends in its escape, in any case", { name: { ilike: "%\\" } }],
])("cannot filter by %s (typed)", async (_what, by) => {
  expect(faultOf(await filter(by)).code).toMatch(/^(BAD_INPUT|INVALID_\w+|\w+_OUT_OF_RANGE)$/);
});

it("cannot write an instant in a time zone that is none (typed)", async () => {
  for (const moment of ["2024-01-01T00:00:00 Mars/Phobos", "2024-01-01T00:00:00+99:00"]) {
    expect(faultOf(await create("Sample", { moment })).code).toMatch(/^(BAD_INPUT|INVALID_\w+|\w+_OUT_OF_RANGE)$/);
  }
});

it("can write and read what looks dangerous and is only text", async () => {
  const texts = [
    "'; drop table company; --",
    "\\",
    "%",
    "$" + "{1}",
    "{{x}}",
    "$1",
    "\u2028\ud83d\ude42",
    "null",
    "__proto__",
    '"',
    "a\tb\r\nc",
    "\\u0000",
  ];
  for (const name of texts) {
    const made = await api.graphql<{ createSample: { name: string } }>(
      "mutation ($data: SampleCreateInput!) { createSample(data: $data) { name } }",
      { data: { name } },
    );
    expect([made.errors, made.data!.createSample.name]).toEqual([undefined, name]);
    expect((await filter({ name: { eq: name } })).data).toEqual({ samples: { totalCount: 1 } });
  }
  await api.sql("delete from sample where name = any ($1)", [texts]);
});

it("cannot give two people one address, in whatever case (CONFLICT)", async () => {
  expect((await create("Person", { email: "One@mail.example" })).errors).toBeUndefined();
  for (const email of ["One@mail.example", "one@MAIL.example"])
    expect(faultOf(await create("Person", { email }))).toEqual({ code: "CONFLICT", field: "email" });
  const [row] = await api.sql("select count(*)::int as count from person where lower(email) = 'one@mail.example'");
  expect(row).toEqual({ count: 1 });
});

it("cannot create a second record of the same id (CONFLICT)", async () => {
  const id = "22222222-2222-4222-8222-222222222222";
  expect((await create("Company", { id })).errors).toBeUndefined();
  expect(faultOf(await create("Company", { id }))).toEqual({ code: "CONFLICT", field: "id" });
});

it("cannot relate to what is not there, or is another workspace's (RELATED_NOT_FOUND)", async () => {
  const theirs = await api.graphql<{ createCompany: { id: string } }>(
    'mutation { createCompany(data: { name: "Theirs" }) { id } }',
    {},
    "owner@globex.test",
  );
  const ids = ["00000000-0000-0000-0000-000000000000", theirs.data!.createCompany.id];
  for (const companyId of ids)
    expect(faultOf(await create("Person", { companyId }))).toEqual({ code: "RELATED_NOT_FOUND", field: "companyId" });
  const [a, b] = await Promise.all(ids.map((companyId) => create("Person", { companyId })));
  expect(a!.errors).toEqual(b!.errors);
});

it.each([
  ["idealCustomerProfile", "Company"],
  ["position", "Company"],
  ["stage", "Opportunity"],
])("cannot empty %s, which may not be (VALUE_REQUIRED)", async (field, noun) => {
  expect(faultOf(await create(noun, { [field]: null }))).toEqual({ code: "VALUE_REQUIRED", field });
});

it("cannot write more than 1 MB of text into a field (CHECK_FAILED)", async () => {
  expect((await create("Company", { name: "a".repeat(1_048_576) })).errors).toBeUndefined();
  expect(faultOf(await create("Company", { name: "a".repeat(1_048_577) }))).toEqual({ code: "CHECK_FAILED", field: "name" });
  await api.sql("delete from company where length(name) > 1000");
});

it("cannot pass an id that is none (INVALID_VALUE)", async () => {
  for (const query of [
    'mutation { deleteCompany(id: "x") { id } }',
    'mutation { updateCompany(id: "", data: { name: "x" }) { id } }',
    '{ company(filter: { id: { eq: "x" } }) { id } }',
  ]) {
    expect(["INVALID_VALUE", "BAD_INPUT", "GRAPHQL_VALIDATION_FAILED"]).toContain(faultOf(await api.graphql(query)).code);
  }
});

it.each(["null", '{ "id": 1 }', '"x"', "[]"])("cannot pass %s for data (typed)", async (data) => {
  expect(["BAD_INPUT", "GRAPHQL_VALIDATION_FAILED"]).toContain(faultOf(await create("Company", JSON.parse(data))).code);
});

it("can go on after errors, on every connection", async () => {
  const bad = () => create("Person", { companyId: "00000000-0000-0000-0000-000000000000" });
  const answers = await Promise.all(Array.from({ length: 60 }, bad));
  expect(new Set(answers.map((answer) => faultOf(answer).code))).toEqual(new Set(["RELATED_NOT_FOUND"]));
  const good = await Promise.all(Array.from({ length: 60 }, () => create("Person", { firstName: "After" })));
  expect(good.filter(({ errors }) => errors)).toEqual([]);
});
