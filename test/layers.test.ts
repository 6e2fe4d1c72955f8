/** Who may import what (CONTRIBUTING.md): the arrows of the program point one way. */
import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
type Import = { from: string; to: string; isType: boolean };

/** `import a, { type B } from "x"` asks for x at run time; with nothing but types it does not. */
const isTypeOnly = (clause: string): boolean =>
  /^\s*type\b/.test(clause) ||
  (/^\s*\{[^}]+\}\s*$/.test(clause) &&
    clause
      .replace(/[{}]/g, "")
      .split(",")
      .every((name) => !name.trim() || /^\s*type\s/.test(name)));

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  const found: [string, string][] = [
    ...[...text.matchAll(/^(?:import|export)\s+([^"';]*?)\s*from\s+"([^"]+)"/gm)].map((match): [string, string] => [match[1]!, match[2]!]),
    ...[...text.matchAll(/^import\s+"([^"]+)"/gm)].map((match): [string, string] => ["", match[1]!]),
    ...[...text.matchAll(/\bimport\(\s*"([^"]+)"\s*\)/g)].map((match): [string, string] => ["", match[1]!]),
  ];
  return found.map(([clause, to]) => ({
    from: file,
    to: to.startsWith(".") ? normalize(join(dirname(file), to)) : to,
    isType: isTypeOnly(clause),
  }));
}

const files = (pattern: string) => globSync(pattern, { cwd: ROOT }).sort();
const [src, plugins, tasks] = [files("src/**/*.ts"), files("plugins/*.ts"), files("tasks/*.ts")];
const imports = [...src, ...plugins, ...tasks].flatMap(importsOf);
const from = (folder: string) => imports.filter((one) => one.from.startsWith(folder));
const arrows = (some: Import[]) => some.map((one) => `${one.from} → ${one.to}`);

it("can see the imports of the program", () => {
  expect([src.length > 20, plugins.length > 10, tasks.length > 0]).toEqual([true, true, true]);
  expect(arrows(imports)).toEqual(
    expect.arrayContaining(["src/main.ts → src/server.ts", "plugins/HealthPlugin.ts → src/routes.ts", "src/config.ts → src/env.ts"]),
  );
});

it("cannot import anything of ours from a leaf", () => {
  const leaves = ["src/config.ts", "src/env.ts", "src/errors.ts", "src/log.ts"];
  const ours = imports.filter((one) => leaves.includes(one.from) && /^(src|plugins|tasks)\//.test(one.to) && one.to !== "src/env.ts");
  expect(arrows(ours)).toEqual([]);
});

it("cannot import a plugin or a task from src, but for the two lists of plugins", () => {
  const allowed = ["src/postgraphile.ts → plugins/index.ts", "src/server.ts → plugins/index.ts"];
  const outward = arrows(from("src/").filter((one) => /^(plugins|tasks)\//.test(one.to)));
  expect(outward.filter((arrow) => !allowed.includes(arrow))).toEqual([]);
});

it("cannot import src/main.ts, which knows every other", () => {
  expect(arrows(imports.filter((one) => one.to === "src/main.ts"))).toEqual([]);
});

it("cannot import one plugin from another", () => {
  expect(arrows(from("plugins/").filter((one) => one.to.startsWith("plugins/") && one.from !== "plugins/index.ts"))).toEqual([]);
});

it("cannot import tasks or the web server from a plugin", () => {
  const outward = from("plugins/").filter((one) => one.to.startsWith("tasks/") || (one.to === "express" && !one.isType));
  expect(arrows(outward)).toEqual([]);
});

it("cannot import the server's inner parts from a plugin", () => {
  const inner = ["src/main.ts", "src/server.ts", "src/app.ts", "src/worker.ts", "src/migrate.ts", "src/seed.ts", "src/embeddedPostgres.ts"];
  expect(arrows(from("plugins/").filter((one) => inner.includes(one.to)))).toEqual([]);
});

it("cannot import plugins, the web server or another task from a task", () => {
  expect(arrows(from("tasks/").filter((one) => /^(plugins|tasks)\//.test(one.to) || one.to === "express"))).toEqual([]);
});

it("cannot import in a circle", () => {
  const edges = new Map<string, string[]>();
  for (const one of imports.filter(({ isType }) => !isType)) edges.set(one.from, [...(edges.get(one.from) ?? []), one.to]);
  const circles: string[] = [];
  const walk = (file: string, path: string[]): void => {
    if (path.includes(file)) return void circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
    for (const to of edges.get(file) ?? []) walk(to, [...path, file]);
  };
  for (const file of edges.keys()) walk(file, []);
  expect([...new Set(circles)]).toEqual([]);
});

it.each(plugins.filter((file) => file !== "plugins/index.ts"))("can know %s by its name, its export and its description", async (file) => {
  const name = basename(file, ".ts");
  expect(name).toMatch(/^[A-Z]\w*Plugin$/);
  const text = readFileSync(join(ROOT, file), "utf8");
  const exported = [...text.matchAll(/^export const (\w+Plugin)\b/gm)].map((match) => match[1]);
  expect(exported).toEqual([name]);
  const plugin = text.slice(text.indexOf(`export const ${name}`));
  expect([...plugin.matchAll(/^ {2}name: "(\w+)"/gm)].map((match) => match[1])).toEqual([name]);
  expect(text).toMatch(/^ {2}description: "[^"]{10,}"/m);
});

it.each(plugins.filter((file) => file !== "plugins/index.ts"))("can find %s in the list, once", (file) => {
  const name = basename(file, ".ts");
  const list = readFileSync(join(ROOT, "plugins/index.ts"), "utf8");
  expect(list.match(new RegExp(`from "\\./${name}\\.ts"`, "g"))).toHaveLength(1);
  expect(list.match(new RegExp(`\\b${name}\\b`, "g"))!.length).toBeGreaterThan(2);
});

it.each(tasks)("can know %s by its name: a verb and a noun, and a default export", (file) => {
  expect(basename(file, ".ts")).toMatch(/^[a-z]+(_[a-z]+)+$/);
  expect(readFileSync(join(ROOT, file), "utf8")).toMatch(/^export default /m);
});

it.each([...src, ...plugins, ...tasks])("can read at the top of %s what it is for", (file) => {
  expect(readFileSync(join(ROOT, file), "utf8")).toMatch(/^\/\*\*/);
});
