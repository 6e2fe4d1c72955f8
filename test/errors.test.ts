/** The list of errors in src/errors.ts, and what SQL and TypeScript make of it, agree. */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { errorCodes, RelataError, sqlstateOf, sqlstatesOf, toRelataError } from "../src/errors.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const read = (pattern: string) => globSync(pattern, { cwd: ROOT }).map((file) => ({ file, text: readFileSync(ROOT + file, "utf8") }));
const sql = read("db/**/*.sql");
const typescript = [...read("src/**/*.ts"), ...read("plugins/*.ts"), ...read("tasks/*.ts")].filter(({ file }) => file !== "src/errors.ts");

const isOurs = (sqlstate: string) => /^[A-Z]{5}$/.test(sqlstate);
const sqlstates = errorCodes.map(sqlstateOf);

it("can tell every error by its code, and by its SQLSTATE", () => {
  expect(errorCodes.length).toBeGreaterThan(20);
  expect(new Set(errorCodes).size).toBe(errorCodes.length);
  expect(sqlstates.filter((sqlstate, n) => sqlstates.indexOf(sqlstate) !== n)).toEqual([]);
  for (const code of errorCodes) expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
});

it("can tell our own SQLSTATEs from PostgreSQL's, which all hold a digit", () => {
  expect(sqlstates.filter((sqlstate) => !isOurs(sqlstate) && !/^(?=.*\d)[0-9A-Z]{5}$/.test(sqlstate))).toEqual([]);
  expect(sqlstates.filter(isOurs).length).toBeGreaterThan(10);
});

it("can find every error that SQL raises in the list", () => {
  const raised = sql.flatMap(({ file, text }) =>
    [...text.matchAll(/private\.fail\(\s*'([^']*)'|errcode\s*=\s*'([^']*)'/g)].map((match) => ({ file, sqlstate: match[1] ?? match[2]! })),
  );
  expect(raised.length).toBeGreaterThan(20);
  expect(raised.filter(({ sqlstate }) => !errorCodes.flatMap(sqlstatesOf).includes(sqlstate))).toEqual([]);
});

it("cannot raise an error in SQL but by private.fail or a declared errcode", () => {
  const bare = sql.flatMap(({ file, text }) =>
    [...text.matchAll(/raise exception(?! using errcode)[^\n]*/gi)].map((match) => `${file}: ${match[0]}`),
  );
  expect(bare).toEqual([]);
});

it("cannot keep an error that nothing raises", () => {
  const texts = [...typescript, ...sql].map(({ text }) => text).join("\n");
  // PostgreSQL raises its own.
  const idle = errorCodes.filter(
    (code) =>
      isOurs(sqlstateOf(code)) &&
      !texts.includes(`"${code}"`) &&
      !texts.includes(`'${sqlstateOf(code)}'`) &&
      !texts.includes(`"${sqlstateOf(code)}"`),
  );
  expect(idle).toEqual([]);
});

it("can tell each status from the code", () => {
  for (const code of errorCodes) {
    const { status, message } = new RelataError(code);
    expect([400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429, 500, 503]).toContain(status);
    expect(message).toMatch(/^[A-Z].*\.$/);
  }
});

const METADATA = errorCodes.slice(errorCodes.indexOf("METADATA_VALIDATION_FAILED") + 1, errorCodes.indexOf("LIMIT_EXCEEDED"));

it.each(errorCodes.filter((code) => code !== "METADATA_VALIDATION_FAILED"))("can turn the database's %s into ours and back", (code) => {
  const shown = toRelataError({
    code: sqlstateOf(code),
    message: "What the database says.",
    column: METADATA.includes(code) ? "data.name" : "name",
    detail: "Key (email)=(secret) exists.",
  });
  if (METADATA.includes(code)) expect(shown).toMatchObject({ code: "METADATA_VALIDATION_FAILED", faults: [{ code, field: "data.name" }] });
  else expect(shown).toMatchObject({ code, status: new RelataError(code).status });
  // Our own sentences are for people; PostgreSQL's are not.
  const isSpoken = isOurs(sqlstateOf(code));
  expect(shown!.message).toBe(isSpoken ? "What the database says." : new RelataError(code).message);
  expect(JSON.stringify(shown!.extensions) + shown!.message).not.toContain("secret");
});

it("can list all that is wrong with a change of the data model", () => {
  const faults = [
    { sqlstate: "NAMEV", message: "A.", field: "data.name" },
    { sqlstate: "LABEL", message: "B.", field: "data.label" },
  ];
  expect(toRelataError({ code: "METAV", message: "2 things.", detail: JSON.stringify(faults) })!.extensions).toEqual({
    code: "METADATA_VALIDATION_FAILED",
    field: "data.name",
    errors: [
      { code: "NAME_INVALID", message: "A.", field: "data.name" },
      { code: "LABEL_INVALID", message: "B.", field: "data.label" },
    ],
  });
  expect(toRelataError({ code: "NTFND", message: "No.", column: "data.objectId" })).toMatchObject({
    code: "METADATA_VALIDATION_FAILED",
    faults: [{ code: "NOT_FOUND" }],
  });
});

it.each([
  [{ code: "23502", column: "job_title" }, "VALUE_REQUIRED", "jobTitle"],
  [{ code: "23514", constraint: "annual_revenue_check" }, "CHECK_FAILED", "annualRevenue"],
  [{ code: "23503", constraint: "company_id_fkey" }, "RELATED_NOT_FOUND", "companyId"],
  [{ code: "23505", constraint: "first_name+company_id_key_0123abcd" }, "CONFLICT", "firstName, companyId"],
])("can name the field behind %j", (thrown, code, field) => {
  expect(toRelataError(thrown)!.extensions).toEqual({ code, field });
});

it("can name the rule that was broken, in its own words", () => {
  const shown = toRelataError({ code: "RULED", message: "A deal is worth something.", constraint: "worth" })!;
  expect([shown.message, shown.extensions]).toEqual(["A deal is worth something.", { code: "CHECK_FAILED", rule: "worth" }]);
});

it.each(["08006", "57P01", "57P03", "53300", "25P03", "ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT"])(
  "can tell by %s that the database is away",
  (code) => {
    expect(toRelataError(Object.assign(new Error("x"), { code }))).toMatchObject({ code: "UNAVAILABLE", status: 503 });
  },
);

it.each([undefined, null, "text", 7, new Error("bug"), { code: "XX000" }, { code: 42501 }, new TypeError("x is not a function")])(
  "cannot show %p, which is our own fault",
  (thrown) => {
    expect(toRelataError(thrown)).toBeUndefined();
  },
);
