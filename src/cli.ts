/** What can be typed after `npm run relata --`, a line each; the commands are in src/commands/. */

/** Each answers its exit code: 0 when all is well, 2 when something differs, 1 when it could not be done. */
type Command = { usage: string; about: string; run: (args: string[]) => Promise<number> };

const migrations = () => import("./commands/migrations.ts");
const model = () => import("./commands/model.ts");
const bi = () => import("./commands/bi.ts");
const access = () => import("./commands/access.ts");
const workspaces = () => import("./commands/workspaces.ts");
const drift = () => import("./commands/drift.ts");
const secrets = () => import("./commands/secrets.ts");

const COMMANDS: Record<string, Command> = {
  "model export": { usage: "<workspace>", about: "the data model, as YAML", run: async (args) => (await model()).exportModel(args) },
  "model plan": {
    usage: "<workspace> <file> [--prune]",
    about: "what apply would do; 2 when there is something",
    run: async (args) => (await model()).planModel(args),
  },
  "model apply": {
    usage: "<workspace> <file> [--prune]",
    about: "gives the workspace the model of the file",
    run: async (args) => (await model()).applyModel(args),
  },
  types: {
    usage: "<workspace>",
    about: "the data model, as TypeScript for repositories",
    run: async (args) => (await import("./commands/types.ts")).printTypes(args),
  },
  drift: {
    usage: "[workspace] [--adopt]",
    about: "where metadata and tables differ; 2 when they do",
    run: async (args) => (await drift()).tellDrift(args),
  },
  doctor: {
    usage: "[--json] [--errors]",
    about: "what is wrong with this installation, and what mends it; 2 when something is",
    run: async (args) => (await import("./commands/doctor.ts")).tellHealth(args),
  },
  "keys rotate": {
    usage: "[--now]",
    about: "lets another key sign access tokens; --now: and forgets the former",
    run: async (args) => (await secrets()).rotateKeys(args),
  },
  "secrets rotate": {
    usage: "",
    about: "seals with APP_SECRET what APP_SECRET_FALLBACKS have sealed",
    run: async (args) => (await secrets()).rotateSecrets(args),
  },
  "workspace list": { usage: "", about: "all of them, and how they are", run: async () => (await workspaces()).listWorkspaces() },
  "workspace export": {
    usage: "<workspace>",
    about: "one workspace as a script for psql, which puts it back",
    run: async (args) => (await import("./commands/exportWorkspace.ts")).exportWorkspace(args),
  },
  "workspace suspend": {
    usage: "<workspace>",
    about: "keeps everybody out, at once",
    run: async (args) => (await workspaces()).changeWorkspace("suspend", args),
  },
  "workspace unsuspend": {
    usage: "<workspace>",
    about: "lets them in again",
    run: async (args) => (await workspaces()).changeWorkspace("unsuspend", args),
  },
  "workspace delete": {
    usage: "<workspace>",
    about: "gone for good after WORKSPACE_DELETION_GRACE",
    run: async (args) => (await workspaces()).changeWorkspace("delete", args),
  },
  "workspace restore": {
    usage: "<workspace>",
    about: "takes that back, until it is gone",
    run: async (args) => (await workspaces()).changeWorkspace("restore", args),
  },
  "server-admin": {
    usage: "<email> [--revoke]",
    about: "lets a user make and suspend workspaces",
    run: async (args) => (await workspaces()).setServerAdmin(args),
  },
  why: {
    usage: "[workspace] --user <address> --row <object>/<id>",
    about: "what decides who may do what with a record",
    run: async (args) => (await access()).tellWhy(args),
  },
  "access-matrix": {
    usage: "<workspace>",
    about: "who may do what, to be committed",
    run: async (args) => (await access()).printMatrix(args),
  },
  "bi create": {
    usage: "<workspace> [--role GUEST]",
    about: "a login for BI tools, which reads what the role reads",
    run: async (args) => (await bi()).createLogin(args),
  },
  "bi list": { usage: "[workspace]", about: "the logins of BI tools", run: async (args) => (await bi()).listLogins(args) },
  "bi drop": { usage: "<workspace> <login>", about: "ends a login", run: async (args) => (await bi()).dropLogin(args) },
  "db:reset": { usage: "", about: "forgets the embedded database", run: async () => (await migrations()).reset() },
  "db:commit": {
    usage: "-m <message>",
    about: "freezes migrations/current.sql",
    run: async (args) => (await migrations()).commitCurrent(args),
  },
  "db:watch": { usage: "", about: "applies migrations/current.sql as it changes", run: async () => (await migrations()).watchCurrent() },
};

const help = (): string =>
  `Commands:\n${Object.entries(COMMANDS)
    .map(([name, { usage, about }]) => `  ${`${name} ${usage}`.padEnd(42)} ${about}`)
    .join("\n")}\n`;

async function run(args: string[]): Promise<number> {
  const words = ["model", "keys", "secrets", "workspace", "bi"].includes(args[0] ?? "") ? 2 : 1;
  const command = COMMANDS[args.slice(0, words).join(" ")];
  if (command) return command.run(args.slice(words));
  process.stderr.write(help());
  return 1;
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  process.stderr.write(`${message || `The database cannot be reached (${code}).`}\n`);
  process.exitCode = 1;
}
