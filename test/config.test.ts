/** .env.example and src/config.ts are one list, in one order. */
import { globSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { declaration, readConfig } from "../src/config.ts";

const example = readFileSync(new URL("../.env.example", import.meta.url), "utf8");
const variables = Object.entries(declaration);

it("can read in .env.example what each variable is about, and its default", () => {
  const [, ...lines] = example.trimEnd().split("\n").filter(Boolean);
  const written = variables.flatMap(([name, { about }]) => [`# ${about}`, expect.stringMatching(new RegExp(`^${name}=`))]);
  expect(lines).toEqual(written);
});

it("can start with .env.example as it stands, which changes nothing", () => {
  expect(readConfig(parseEnv(example))).toEqual(readConfig({}));
});

it("can leave every variable out or empty", () => {
  const empty = Object.fromEntries(variables.map(([name]) => [name, ""]));
  expect(readConfig(empty)).toEqual(readConfig({}));
  expect(Object.keys(readConfig({}))).toEqual(variables.map(([name]) => name));
});

it("can read numbers, choices, truths and lengths of time", () => {
  const config = readConfig({
    NODE_PORT: "8080",
    LOG_LEVEL: "debug",
    GRAPHIQL_ENABLED: "false",
    ACCESS_TOKEN_EXPIRES_IN: "45s",
    REFRESH_TOKEN_EXPIRES_IN: "2h",
  });
  expect(config).toMatchObject({
    NODE_PORT: 8080,
    LOG_LEVEL: "debug",
    GRAPHIQL_ENABLED: false,
    ACCESS_TOKEN_EXPIRES_IN: 45,
    REFRESH_TOKEN_EXPIRES_IN: 7200,
  });
});

it("cannot read what is none, and names every variable at fault", () => {
  const faulty = {
    NODE_PORT: "80.5",
    MAX_PAGE_SIZE: "many",
    LOG_LEVEL: "INFO",
    GRAPHIQL_ENABLED: "1",
    ACCESS_TOKEN_EXPIRES_IN: "30",
    NODE_ENV: "prod",
  };
  const message = () => {
    try {
      readConfig(faulty);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(
    message()
      .split("; ")
      .map((fault) => fault.split(" ")[0])
      .sort(),
  ).toEqual(Object.keys(faulty).sort());
});

it("cannot run in production with a weak secret, or on the embedded database", () => {
  const good = { NODE_ENV: "production", PG_DATABASE_URL: "postgres://db/relata", APP_SECRET: "x8Fq2LmZ0vRt7KpW4sYd9HnB3cJgE6uA" };
  expect(readConfig(good)).toMatchObject({ NODE_ENV: "production" });
  for (const APP_SECRET of ["", "short", "a".repeat(64), "abcabcabcabcabcabcabcabcabcabcabcabc"])
    expect(() => readConfig({ ...good, APP_SECRET })).toThrow(/^APP_SECRET/);
  expect(() => readConfig({ ...good, PG_DATABASE_URL: "" })).toThrow(/^PG_DATABASE_URL/);
});

it("cannot name a variable in the code that is not declared", () => {
  const known = new Set([...variables.map(([name]) => name), "GRAPHILE_ENV"]);
  const root = new URL("../", import.meta.url);
  const sources = globSync(["src/**/*.ts", "plugins/*.ts", "tasks/*.ts"], { cwd: root }).map((file) =>
    readFileSync(new URL(file, root), "utf8"),
  );
  expect(sources.length).toBeGreaterThan(40);
  const named = sources.flatMap((source) => [...source.matchAll(/process\.env(?:\.|\[")([A-Z_]+)/g)].map((match) => match[1]!));
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});

it.each<[string, Record<string, string>, RegExp]>([
  ["Google without its client", { AUTH_GOOGLE_ENABLED: "true" }, /AUTH_GOOGLE_CLIENT_ID/],
  ["Microsoft without its secret", { AUTH_MICROSOFT_ENABLED: "true", AUTH_MICROSOFT_CLIENT_ID: "x" }, /AUTH_MICROSOFT_CLIENT_SECRET/],
  ["a way out to what is no address", { EGRESS_ALLOW: "localhost" }, /EGRESS_ALLOW/],
  ["a way out to too long a prefix", { EGRESS_ALLOW: "10.0.0.0/33" }, /EGRESS_ALLOW/],
])("cannot be given %s", (_what, given, words) => {
  expect(() => readConfig(given)).toThrow(words);
});

it("cannot open the way to the machine itself in production", () => {
  const production = { NODE_ENV: "production", APP_SECRET: "0123456789abcdefghijklmnopqrstuv", PG_DATABASE_URL: "postgres://a@b/c" };
  expect(() => readConfig({ ...production, EGRESS_ALLOW: "10.0.0.0/8, 127.0.0.1" })).toThrow(/EGRESS_ALLOW names this machine/);
  expect(readConfig({ ...production, EGRESS_ALLOW: "10.0.0.0/8" }).EGRESS_ALLOW).toBe("10.0.0.0/8");
});
