/** Plans of the mutations that write: their arguments become a write, and what it wrote is read. */
import type { FieldArgs, Step } from "postgraphile/grafast";
import { RelataError } from "../errors.ts";
import { maximumsOf } from "../records/maximums.ts";
import type { RecordResource } from "../records/resources.ts";
import { versionGuard } from "../records/version.ts";
import { destroyOne, markOne, updateOne } from "./byId.ts";
import { type Row, tableOf } from "./columns.ts";
import { Draft } from "./draft.ts";
import { changesOf, type Input, inputFields, rowOf } from "./inputs.ts";
import { insertMany, insertOne } from "./insert.ts";
import { type Write, WriteStep, type Writing, WrittenRows } from "./step.ts";
import { updateEach } from "./updateEach.ts";
import { upsertMany } from "./upsert.ts";

export type Plan = (_$root: unknown, fieldArgs: FieldArgs) => Step;
type Build = GraphileBuild.Build;

/** `args` are what `write` takes; the last ones, which records have, rows of core may lack. */
const many =
  (resource: RecordResource, args: string[], write: Write<never[]>, isGone = false) =>
  (_$root: unknown, fieldArgs: FieldArgs): WrittenRows => {
    const given = args.map((name) => fieldArgs.getRaw(name) as Step | undefined).filter(($arg) => $arg !== undefined);
    return new WrittenRows(new WriteStep(resource, given, write, isGone));
  };

const one =
  (...about: Parameters<typeof many>): Plan =>
  ($root, fieldArgs) =>
    many(...about)($root, fieldArgs).single();

type Version = string | null | undefined;

/** Makes of a `version` what guards the write. */
function guardsOf({ inflection }: Build, resource: RecordResource) {
  const query = inflection.recordSingle(resource.codec);
  return (id: string, version: Version, input?: Input) =>
    version == null ? undefined : versionGuard(tableOf(resource), query, { ...input, id, updatedAt: version });
}

/** LIMIT_EXCEEDED for more inputs than are written at once. */
function assertBatch(maxBatchSize: number, inputs: readonly unknown[], argument: string): void {
  if (inputs.length <= maxBatchSize) return;
  throw new RelataError("LIMIT_EXCEEDED", `${inputs.length} records are given; at most ${maxBatchSize} are written at once.`, {
    field: argument,
  });
}

const NESTED_UPSERT = "Records cannot be nested in an upsert: nobody could tell which are there already.";

/** What is to be created or upserted, with what it connects to looked up. */
async function drafted(
  writing: Writing,
  most: number,
  upsert: boolean | undefined,
  read: (draft: Draft) => Row[],
): Promise<[Draft, Row[]]> {
  const draft = new Draft(most);
  const rows = read(draft);
  if (upsert && draft.nested.size) throw new RelataError("ARGS_CONFLICT", NESTED_UPSERT, { field: "upsert" });
  await draft.resolve(writing.client);
  return [draft, rows];
}

/** `createCompany(data:, upsert:, upsertOn:)`; `argument` is what the input is called. */
export function planCreate(build: Build, resource: RecordResource, argument: string): Plan {
  const { maxBatchSize } = maximumsOf(build);
  const write = async (writing: Writing, input: Input, upsert?: boolean, upsertOn?: string[]) => {
    const [draft, rows] = await drafted(writing, maxBatchSize, upsert, (its) => [rowOf(inputFields(resource, "insert"), input, "", its)]);
    return upsert ? upsertMany(writing, resource, rows, upsertOn) : insertOne(writing, resource, rows[0]!, draft);
  };
  return one(resource, [argument, "upsert", "upsertOn"], write);
}

/** `createCompanies(data: [], upsert:, upsertOn:)`. */
export function planCreateMany(build: Build, resource: RecordResource, argument: string): Plan {
  const { maxBatchSize } = maximumsOf(build);
  const write = async (writing: Writing, inputs: Input[], upsert?: boolean, upsertOn?: string[]) => {
    assertBatch(maxBatchSize, inputs, argument);
    const fields = inputFields(resource, "insert");
    const [draft, rows] = await drafted(writing, maxBatchSize, upsert, (its) =>
      inputs.map((input, place) => rowOf(fields, input, `${argument}.${place}.`, its)),
    );
    return upsert ? upsertMany(writing, resource, rows, upsertOn, argument) : insertMany(writing, resource, rows, argument, draft);
  };
  return many(resource, [argument, "upsert", "upsertOn"], write);
}

/** `updateCompany(id:, data:, version:)`. */
export function planUpdate(build: Build, resource: RecordResource, argument: string): Plan {
  const { maxBatchSize } = maximumsOf(build);
  const guardOf = guardsOf(build, resource);
  return one(resource, ["id", argument, "version"], async (writing, id: string, input: Input, version: Version) => {
    const guard = guardOf(id, version, input);
    const draft = new Draft(maxBatchSize);
    const row = changesOf(inputFields(resource, "update"), input, argument, "", draft);
    await draft.resolve(writing.client);
    return updateOne(writing, resource, id, row, draft, guard);
  });
}

/** `updateManyViews(inputs: [{ id, update }])`: each its own change. */
export function planUpdateEach(build: Build, resource: RecordResource, argument: string): Plan {
  const { maxBatchSize } = maximumsOf(build);
  return many(resource, [argument], (writing, inputs: { id: string; update: Input }[]) => {
    assertBatch(maxBatchSize, inputs, argument);
    const draft = new Draft(0);
    const rows = inputs.map(({ id, update }, place): Row => {
      const path = `${argument}.${place}.update`;
      return { ...changesOf(inputFields(resource, "update"), update, path, `${path}.`, draft), id };
    });
    return updateEach(writing, resource, rows, argument);
  });
}

/** `deleteCompany(id:, version:)`, which marks the record, and `restoreCompany(id:, version:)`, which takes the mark away. */
export function planMark(build: Build, resource: RecordResource, deletes: boolean): Plan {
  const guardOf = guardsOf(build, resource);
  return one(resource, ["id", "version"], async (writing, id: string, version: Version) =>
    markOne(writing, resource, id, deletes, guardOf(id, version)),
  );
}

/** `destroyCompany(id:, version:)`. */
export function planDestroy(build: Build, resource: RecordResource): Plan {
  const guardOf = guardsOf(build, resource);
  const write = async (writing: Writing, id: string, version: Version) => destroyOne(writing, resource, id, guardOf(id, version));
  return one(resource, ["id", "version"], write, true);
}
