/** `relata types acme`: TypeScript of the model, by which repositories know what may be asked and what is answered. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TEST_SECRET } from "../helpers/db.ts";
import { PROCESS_ENV } from "../helpers/processEnv.ts";
import { useApi } from "../helpers/server.ts";
import "../helpers/slow.ts";

const api = useApi();
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const run = (args: string[], cwd = ROOT) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const env = { ...PROCESS_ENV, PG_DATABASE_URL: api.adminUrl, APP_SECRET: TEST_SECRET, NODE_ENV: "test" };
    execFile(process.execPath, args, { cwd, env }, (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }));
  });
const types = async (workspace: string) => run(["src/cli.ts", "types", workspace]);

const PROGRAM = `
import type { WorkspaceDataSource } from "${ROOT}src/repositories/workspaces.ts";
import type { Objects } from "./acme.d.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_equal: Equal<A, B>): void => {};

export async function program(workspaceDataSource: WorkspaceDataSource<Objects>) {
  const companyRepository = workspaceDataSource.getRepository("company");
  const companies = await companyRepository.find({
    where: { industry: "Technology", employees: { gt: 5 }, createdBy: { source: "API" }, accountOwner: { firstName: "A" }, address: null },
    relations: ["contacts", "opportunities", "contacts.company"],
    order: { employees: "DESC", accountOwner: { lastName: "ASC" } },
  });
  same<(typeof companies)[0]["name"], string | null>(true);
  same<(typeof companies)[0]["id"], string>(true);
  same<(typeof companies)[0]["idealCustomerProfile"], boolean>(true);
  same<(typeof companies)[0]["contacts"][0]["email"], string | null>(true);
  const boss = companies[0]!.contacts[0]!.company;
  same<NonNullable<typeof boss>["name"], string | null>(true);
  const ideas = await workspaceDataSource.getRepository("opportunity").find({ where: { stage: ["NEW", "MEETING"] }, select: ["stage"] });
  same<(typeof ideas)[0]["stage"], "NEW" | "SCREENING" | "MEETING" | "PROPOSAL" | "CUSTOMER">(true);
  await companyRepository.insert({ name: "A", employees: 3, position: "first" });
  await companyRepository.insert([{ name: "A" }]);
  const saved = await companyRepository.save({ id: "x", name: null });
  same<typeof saved["createdAt"], string>(true);
  await companyRepository.update({ name: "A" }, { industry: "B" });
  const probe = await workspaceDataSource.getRepository("probe").findOneBy({ kinds: { containsAny: ["BIG"] } });
  same<NonNullable<typeof probe>["mail"], import("./acme.d.ts").Emails | null>(true);

  // @ts-expect-error There is no such object.
  workspaceDataSource.getRepository("compny");
  // @ts-expect-error There is no such field.
  await companyRepository.find({ where: { indstry: "Technology" } });
  // @ts-expect-error A number is no text.
  await companyRepository.find({ where: { industry: 7 } });
  // @ts-expect-error A field is no relation.
  await companyRepository.find({ relations: ["industry"] });
  // @ts-expect-error Contacts have no such relation.
  await companyRepository.find({ relations: ["contacts.opportunity"] });
  // @ts-expect-error The contacts were not asked for.
  (await companyRepository.find())[0]!.contacts;
  // @ts-expect-error Only the name was selected.
  (await companyRepository.find({ select: ["name"] }))[0]!.industry;
  // @ts-expect-error It may be null.
  (await companyRepository.find())[0]!.name.length;
  // @ts-expect-error There is no such option.
  await workspaceDataSource.getRepository("opportunity").find({ where: { stage: "LOST" } });
  // @ts-expect-error The database writes it.
  await companyRepository.insert({ updatedAt: "2026-01-01" });
}
`;
const CONFIG = {
  extends: `${ROOT}tsconfig.json`,
  compilerOptions: {
    noEmit: true,
    typeRoots: [`${ROOT}node_modules/@types`],
    types: ["node"],
    skipLibCheck: true,
    rootDir: "/",
    noUnusedLocals: false,
  },
  // As a script of one's own is compiled: within the project.
  files: ["program.ts"],
  include: [`${ROOT}src/**/*.ts`, `${ROOT}plugins/*.ts`],
};

let acme = "";
beforeAll(async () => {
  const FIELD = "mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }";
  const { data } = await api.metadata<{ createOneObject: { id: string } }>(
    "mutation ($data: CreateObjectInput!) { createOneObject(data: $data) { id } }",
    { data: { nameSingular: "probe", namePlural: "probes", description: "Ends */ here.\nAnd goes on." } },
  );
  const objectId = data!.createOneObject.id;
  const fields = [
    { name: "mail", type: "EMAILS" },
    { name: "kinds", type: "MULTI_SELECT", options: [{ value: "BIG" }, { value: "SMALL" }] },
    { name: "files", type: "FILES", settings: { maxNumberOfValues: 3 }, description: "What was sent." },
    { name: "needed", type: "NUMBER", isNullable: false, defaultValue: 3 },
    { name: "anything", type: "RAW_JSON" },
  ];
  for (const field of fields) expect((await api.metadata(FIELD, { data: { objectId, ...field } })).errors).toBeUndefined();
  const printed = await types("acme");
  expect([printed.code, printed.err]).toEqual([0, ""]);
  acme = printed.out;
});

it("can print the same bytes again", async () => {
  expect((await types("acme")).out).toBe(acme);
});

it("can print what the model says: nullability, choices, composites, lists and words", () => {
  const probe = /export interface Probe \{[\s\S]*?\n\}/.exec(acme)![0];
  expect(probe.split("\n").map((line) => line.trim())).toEqual(
    expect.arrayContaining([
      "id: string;",
      "mail: Emails | null;",
      "kinds: (ProbeKindsEnum | null)[] | null;",
      "/** What was sent. */",
      "needed: number;",
      "anything: unknown;",
    ]),
  );
  expect(acme).toContain("/** Ends *\\/ here. And goes on. */\nexport interface Probe {");
  expect(acme).toContain('export type ProbeKindsEnum = "BIG" | "SMALL";');
  expect(acme).not.toContain("2026-");
});

it("can make repositories typed: what is right compiles, and what is wrong does not", async () => {
  const folder = await mkdtemp(join(tmpdir(), "relata-types-"));
  try {
    await writeFile(join(folder, "acme.d.ts"), acme);
    await writeFile(join(folder, "program.ts"), PROGRAM);
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(CONFIG));
    expect(await run([join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder], folder)).toEqual({ code: 0, out: "", err: "" });
  } finally {
    await rm(folder, { recursive: true });
  }
});

it("cannot print a workspace that there is not", async () => {
  expect(await types("nowhere")).toMatchObject({ code: 1, out: "", err: "There is no such workspace.\n" });
});
