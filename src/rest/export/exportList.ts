/** `GET /rest/companies` with `Accept: text/csv` or `application/x-ndjson`: the same list, with the same parameters, as a file. */
import type { Response } from "express";
import { RelataError } from "../../errors.ts";
import type { Services } from "../../routes.ts";
import type { Caller } from "../../schemaRegistry.ts";
import { restObjectsOf } from "../objects.ts";
import { listQueryOf } from "../query/listQuery.ts";
import { refuse } from "../query/tree.ts";
import { selectionOf } from "../selection.ts";
import type { ListToStream } from "./document.ts";
import { type FileFormat, streamList } from "./streamList.ts";

const ASK_SCHEMA = "{ __schema { queryType { name } } }";
/** Leaves texts alone that a spreadsheet takes for formulas (csv.ts). */
const FORMULAS = "formulas";

function isVerbatimIn(parameters: URLSearchParams, format: FileFormat): boolean {
  if (format !== "csv") return false;
  const given = parameters.get(FORMULAS);
  parameters.delete(FORMULAS);
  if (given !== null && given !== "verbatim" && given !== "guarded") refuse(`${FORMULAS} is guarded or verbatim.`, FORMULAS);
  return given === "verbatim";
}

/** What is asked for, of a list's parameters: but for what is missing, which here means all, and no records inside. */
async function askedOf(services: Services, caller: Caller, plural: string, search: string, format: FileFormat): Promise<ListToStream> {
  const { schema } = await services.records.current(caller);
  const object = restObjectsOf(schema).get(plural);
  if (!object) throw new RelataError("NOT_FOUND", "There is nothing at this address.");
  const parameters = new URLSearchParams(search);
  const isVerbatim = isVerbatimIn(parameters, format);
  const { wanted, filter, orderBy, hasLimit, limit, page, cursor, offset } = listQueryOf(object, parameters.toString());
  if (page === "before") refuse("A file goes from the start to the end; give starting_after.", "ending_before");
  const selection = selectionOf(object, parameters.has("depth") ? wanted : { ...wanted, depth: 0 });
  return { object, selection, filter, orderBy, after: cursor, offset, limit: hasLimit ? limit : undefined, isVerbatim };
}

export async function exportList(
  services: Services,
  caller: Caller,
  plural: string,
  search: string,
  format: FileFormat,
  res: Response,
): Promise<void> {
  const attempt = async () => streamList(services, caller, await askedOf(services, caller, plural, search, format), format, res);
  const { schema } = await services.records.current(caller);
  await attempt().catch(async (error) => {
    const isMisunderstood = error instanceof RelataError && ["BAD_INPUT", "NOT_FOUND"].includes(error.code) && !res.headersSent;
    if (!isMisunderstood) throw error;
    // Perhaps the data model has changed elsewhere: whoever asks for it gets it as it is.
    await services.graphqlServer.run(services.records, caller, ASK_SCHEMA, {});
    if ((await services.records.current(caller)).schema === schema) throw error;
    await attempt();
  });
}
