/**
 * Which row of a batch is at fault. PostgreSQL tells it to nobody under row security, so
 * halves of the batch are tried again alone, and taken back: as much work as the batch
 * itself, and only when it has failed.
 */
import { RelataError, toRelataError } from "../errors.ts";
import type { Row } from "./columns.ts";

type Attempt = (rows: Row[]) => Promise<unknown>;
type Raised = { code?: string; column?: string; constraint?: string; message?: string };

/** Faults of values and of constraints; any other is of the whole statement. */
const OF_A_ROW = /^(?:22|23|54000$|RULED$)/;

/** An error as it is told when it is about `place`. */
export function toldAt(thrown: unknown, argument: string, place?: number): RelataError | undefined {
  const error = toRelataError(thrown);
  if (!error) return undefined;
  const { code, message, field, rule } = error;
  return new RelataError(code, message, {
    cause: thrown,
    field: [argument, place, field].filter((part) => part !== undefined).join("."),
    ...(rule && { rule }),
  });
}

/** The later of two rows with the same values in the columns of a unique index, whose name tells them. */
function twin(rows: Row[], constraint: string | undefined): number {
  const path = /^(.+)_key_[0-9a-f]{8}$/.exec(constraint ?? "")?.[1] ?? (/_pkey$/.test(constraint ?? "") ? "id" : undefined);
  const columns = path?.split("+").map((column) => column.replace(".", "_"));
  if (!columns?.every((column) => rows.some((row) => column in row))) return -1;
  const seen = new Set<string>();
  return rows.findIndex((row) => {
    const values = columns.map((column) => row[column]);
    if (values.some((value) => value == null)) return false;
    const key = JSON.stringify(values).toLowerCase();
    return seen.size === seen.add(key).size;
  });
}

/** The place of the first row that cannot be written by itself, and why; none when they only cannot together. */
async function search(rows: Row[], attempt: Attempt): Promise<{ place: number; why: unknown } | undefined> {
  let from = 0;
  let to = rows.length;
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if (await attempt(rows.slice(from, middle))) to = middle;
    else from = middle;
  }
  const why = await attempt(rows.slice(from, to));
  return why ? { place: from, why } : undefined;
}

/** The error that `error` is, at the row that it is about. `attempt` tries rows alone and answers why it failed. */
export async function atRow(error: unknown, rows: Row[], argument: string, attempt: Attempt): Promise<unknown> {
  const { code, constraint } = error as Raised;
  if (typeof code !== "string" || !OF_A_ROW.test(code)) return error;
  const place = code === "23505" ? twin(rows, constraint) : -1;
  if (place >= 0) return toldAt(error, argument, place) ?? error;
  const found = await search(rows, attempt);
  return (found && toldAt(found.why, argument, found.place)) ?? error;
}
