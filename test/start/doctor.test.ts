/** `npm run relata -- doctor`, as it is typed: after a start with no settings at all, and before one with bad ones. */
import { relata } from "../model/cli.ts";
import { TIMEOUT, useFolder } from "./folder.ts";
import "../helpers/slow.ts";

const folder = useFolder();
const doctor = (args: string[], env: Record<string, string> = {}) =>
  relata(["doctor", ...args], { GRAPHILE_ENV: "production", ...folder.env, ...env });

type Finding = { check: string; level: string; where: string; why: string; mend: string };

it(
  "can say nothing of what npm start makes, while it runs",
  async () => {
    await folder.start();
    expect(await doctor([])).toEqual({
      code: 0,
      out: expect.stringMatching(/^\d\d checks: no errors, no warnings, no notes\.\n$/),
      err: "",
    });
  },
  TIMEOUT,
);

it(
  "can tell people and programs what is wrong, and exits with 2",
  async () => {
    await folder.ensureRunning();
    const env = {
      PG_STATEMENT_TIMEOUT_MS: "90000",
      NODE_HOST: "0.0.0.0",
      EMAIL_DRIVER: "smtp",
      EMAIL_SMTP_HOST: "m",
      EMAIL_FROM_ADDRESS: "a@b",
    };
    const said = await doctor([], env);
    expect([said.code, said.err]).toEqual([2, ""]);
    expect(said.out).toContain("WARNING statement_timeout\n  A statement that may run for minutes holds a connection");
    expect(said.out).toMatch(/ {4}PG_STATEMENT_TIMEOUT_MS is 90000\n {2}mend: PG_STATEMENT_TIMEOUT_MS=10000\n/);
    const told = await doctor(["--json"], env);
    const { findings } = JSON.parse(told.out) as { findings: Finding[] };
    expect([told.code, [...new Set(findings.map(({ check }) => check))].sort()]).toEqual([
      2,
      ["demo_users", "statement_timeout", "trial_on_show"],
    ]);
  },
  TIMEOUT,
);

it("can leave warnings out of the exit code", async () => {
  await folder.ensureRunning();
  const env = { PG_STATEMENT_TIMEOUT_MS: "90000" };
  expect([(await doctor([], env)).code, (await doctor(["--errors"], env)).code]).toEqual([2, 0]);
});

it("can tell of variables that no server starts with", async () => {
  const said = await doctor([], { NODE_ENV: "production", APP_SECRET: "short" });
  expect([said.code, said.out]).toEqual([2, expect.stringMatching(/^ERROR configuration\n[\s\S]*APP_SECRET is too weak for production/)]);
});

it("cannot look at a database that is not there (exit code 1)", async () => {
  const said = await doctor([], {
    PG_DATABASE_URL: "postgres://nobody@127.0.0.1:1/relata",
    APP_SECRET: "kT7vQ2mX9pL4sW8nB3cR6yH1jD5gF0zA",
  });
  expect([said.code, said.err]).toEqual([1, expect.stringContaining("ECONNREFUSED")]);
});
