/**
 * A list as a file: NDJSON or CSV of all its records, however many, in constant memory. It is one snapshot, of the statement
 * that the planned GraphQL operation makes, so filters, grants and row rules are those of every other answer.
 *
 * What goes wrong before the first byte is thrown, for the route to answer; what goes wrong behind it breaks the connection off,
 * so that no client takes half a file for a whole one.
 */
import type { Response } from "express";
import { RelataError, toRelataError } from "../../errors.ts";
import type { GraphqlApi } from "../../graphqlServer.ts";
import { toThrow } from "../../repositories/workspaces.ts";
import type { Services } from "../../routes.ts";
import type { Caller } from "../../schemaRegistry.ts";
import { ByteWriter } from "./byteWriter.ts";
import { chunkRowsOf } from "./chunks.ts";
import { ownOf } from "./connections.ts";

import { csv } from "./csv.ts";
import { type ListToStream, operationOf } from "./document.ts";
import { ndjson } from "./ndjson.ts";
import { Outlet } from "./outlet.ts";
import { rowTextsOf } from "./rowTexts.ts";
import { RowWriter } from "./rowWriter.ts";
import type { Value } from "./values.ts";
import { WholeList } from "./wholeList.ts";
import { withoutPages } from "./withoutPages.ts";

export type FileFormat = "csv" | "ndjson";
type Row = Record<string, unknown>;
type Needed = Pick<Services, "config" | "log" | "pool" | "graphqlServer" | "records">;

const CONTENT_TYPES: Record<FileFormat, string> = { csv: "text/csv; charset=utf-8; header=present", ndjson: "application/x-ndjson" };
const HEADERS = ["content-type", "content-disposition", "content-encoding", "cache-control"];

/** How many rows are asked for, and how many would be too many. */
function limitsOf(limit: number | undefined, most: number): { maxRows: number; tooMany: number } {
  if (limit !== undefined && limit > most)
    throw new RelataError("LIMIT_EXCEEDED", `limit is ${limit}; an export holds at most ${most} records.`, { field: "limit" });
  return limit === undefined ? { maxRows: most + 1, tooMany: most + 1 } : { maxRows: limit, tooMany: Number.POSITIVE_INFINITY };
}

function setHeaders(res: Response, { object }: ListToStream, format: FileFormat): void {
  res.vary("Accept");
  res.vary("Accept-Encoding");
  res.vary("Authorization");
  res.setHeader("content-type", CONTENT_TYPES[format]);
  res.setHeader("content-disposition", `attachment; filename="${object.plural}-${new Date().toISOString().slice(0, 10)}.${format}"`);
  res.setHeader("cache-control", "no-store");
}

/** One export under way: what is asked for, where it is read and where it goes. */
type Export = {
  services: Needed;
  caller: Caller;
  asked: ListToStream;
  format: FileFormat;
  res: Response;
  api: GraphqlApi;
  list: WholeList;
  tooMany: number;
  stop: (error: Error) => void;
};

/** Writes all records of `asked` to `res`. */
export async function streamList(services: Needed, caller: Caller, asked: ListToStream, format: FileFormat, res: Response): Promise<void> {
  const { config, log, records } = services;
  const { slots, pool } = ownOf(services);
  const { maxRows, tooMany } = limitsOf(asked.limit, config.EXPORT_MAX_ROWS);
  const timeoutMs = config.EXPORT_TIMEOUT_MS;
  const giveBack = slots.take(caller.workspaceId);
  const api = withoutPages(records, timeoutMs);
  const list = new WholeList(pool, { timeoutMs, maxRows, rowsAtOnce: chunkRowsOf(asked.selection.text) }, () => api.pin());
  let failure: Error | undefined;
  const stop = (error: Error) => {
    failure ??= error;
    list.abort();
  };
  const onClose = () => void (res.writableFinished || stop(new RelataError("UNAVAILABLE", "The reader has gone.")));
  const timer = setTimeout(() => stop(new RelataError("QUERY_TIMEOUT", "The export took too long.")), timeoutMs);
  res.once("close", onClose);
  try {
    await run({ services, caller, asked, format, res, api, list, tooMany, stop });
  } catch (thrown) {
    const error = failure ?? (thrown as Error);
    list.fail(error);
    if (!res.headersSent && !res.destroyed) {
      for (const name of HEADERS) res.removeHeader(name);
      throw error;
    }
    log.info("An export was broken off", { error: toRelataError(error)?.message ?? error.stack ?? error.message });
    res.destroy();
  } finally {
    clearTimeout(timer);
    giveBack();
    res.off("close", onClose);
  }
}

async function run(work: Export): Promise<void> {
  const { services, asked, format, res, list, stop } = work;
  const isHead = res.req.method === "HEAD";
  const { query, variables } = operationOf(isHead ? { ...asked, limit: 0 } : asked, services.config.MAX_PAGE_SIZE);
  const ask = async (): Promise<Row[]> => {
    const { data, errors } = await services.graphqlServer.run(work.api, work.caller, query, variables, list);
    if (errors?.length) throw toThrow(errors[0]!);
    return (data!["list"] as { nodes: Row[] }).nodes;
  };
  const first = await ask();
  setHeaders(res, asked, format);
  if (isHead) return void res.end();

  const outlet = new Outlet(res, { pause: () => list.pause(), resume: () => list.resume(), stop });
  try {
    const out = new ByteWriter(outlet.take);
    const { values } = list;
    if (values) await writeStream(work, values, out);
    else await writeRows(work, first, ask, out, outlet);
    out.flush();
    outlet.end();
  } catch (error) {
    outlet.close();
    throw error;
  }
}

const tooManyRows = (tooMany: number): RelataError =>
  new RelataError("LIMIT_EXCEEDED", `An export holds at most ${tooMany - 1} records; filter them, or give a limit.`, { field: "limit" });

async function writeStream({ asked, format, list, tooMany, stop }: Export, values: Value[], out: ByteWriter): Promise<void> {
  const form = format === "csv" ? csv(asked.isVerbatim) : ndjson;
  out.text(form.head(values));
  const writer = new RowWriter(values, form, out);
  let count = 0;
  let isStopped = false;
  await list.flow({
    row(source, at) {
      if (isStopped) return;
      try {
        if (++count === tooMany) throw tooManyRows(tooMany);
        writer.write(source, at);
      } catch (error) {
        isStopped = true;
        stop(error as Error); // what is thrown here would end the process
      }
    },
  });
}

async function writeRows(work: Export, first: Row[], ask: () => Promise<Row[]>, out: ByteWriter, outlet: Outlet): Promise<void> {
  const { asked, format, list, tooMany } = work;
  const { head, textOf } = rowTextsOf(asked, format);
  out.text(head);
  let count = 0;
  for (let rows = first; ; rows = await ask()) {
    count += rows.length;
    if (count >= tooMany) throw tooManyRows(tooMany);
    for (const row of rows) out.text(textOf(row));
    if (list.isOver) break;
    await outlet.drained();
  }
  await list.close();
}
