/** What of an error a client may see. */
import { GraphQLError } from "graphql";
import { RelataError, toRelataError } from "../errors.ts";
import type { Log } from "../log.ts";
import { unquoted } from "./unquoted.ts";

/** The path at fault in GraphQL's words for a bad variable: `Variable "$data" got invalid value 7 at "data.name.firstName"; …` */
export const fieldOfVariable = (message: string): string | undefined =>
  /^Variable "\$\w+" got invalid value [\s\S]* at "\w+\.([\w.[\]]+)"; /.exec(message)?.[1];

/** What was made here already: an answer may be written down before it is sent. */
const shownErrors = new WeakSet<GraphQLError>();

/** An error as clients see it: ours by code, GraphQL's own as they are, all else only logged. */
export function makeMaskError(log: Log) {
  const show = makeShow(log);
  return (error: GraphQLError): GraphQLError => {
    if (shownErrors.has(error)) return error;
    const shown = show(error);
    shownErrors.add(shown);
    return shown;
  };
}

const makeShow =
  (log: Log) =>
  (error: GraphQLError): GraphQLError => {
    const { originalError, nodes, path, message, extensions } = error;
    if (!originalError || originalError instanceof GraphQLError) {
      const code = extensions["code"] ?? "BAD_INPUT";
      const field = fieldOfVariable(message);
      return new GraphQLError(unquoted(message), {
        nodes: nodes ?? null,
        source: error.source ?? null,
        positions: error.positions ?? null,
        path: path ?? null,
        extensions: { code, ...(field && { field }) },
      });
    }
    const shown = toRelataError(originalError) ?? fromGrafast(originalError);
    if (shown) return new GraphQLError(shown.message, { nodes: nodes ?? null, path: path ?? null, extensions: shown.extensions });
    const reference = crypto.randomUUID();
    log.error("A request failed", { reference, error: originalError.stack ?? String(originalError) });
    return new GraphQLError("Something went wrong on our side.", {
      nodes: nodes ?? null,
      path: path ?? null,
      extensions: { code: "INTERNAL_ERROR", reference },
    });
  };

/** The libraries' few errors that are the client's fault, known by their words. */
function fromGrafast(error: Error): RelataError | undefined {
  if ("code" in error) return undefined; // PostgreSQL's: its text may hold anybody's names
  if (/^Invalid (?:'(?:before|after)' )?cursor|^Can only use '(?:before|after)' cursor/.test(error.message))
    return new RelataError("INVALID_CURSOR");
  if (error.message.startsWith("No values were deleted")) return new RelataError("NOT_FOUND");
  if (/no (values|columns|attributes)|without any|nothing to update/i.test(error.message)) {
    return new RelataError("BAD_INPUT", "There is nothing to change: give at least one field.", { field: "data" });
  }
  return undefined;
}
