/**
 * Opens workspaces for what runs inside: as the machine, which may read and write every
 * record and no data model, or as one of its members. Who may, SQL decides.
 */
import { GraphQLError } from "graphql";
import type { Pool } from "pg";
import { RelataError, toRelataError } from "../errors.ts";
import { fieldOfVariable } from "../graphql/maskError.ts";
import type { GraphqlApi, GraphqlServer } from "../graphqlServer.ts";
import { runTransaction } from "../pgAdaptor.ts";
import type { Caller } from "../schemaRegistry.ts";
import { Reader, type Run } from "./reader.ts";
import { Repository } from "./repository.ts";
import type { AnyModel, Model, Names } from "./types.ts";
import { Writer } from "./writer.ts";

const FIND = "select user_id, workspace_id from authz.caller_in($1, $2)";

const ASK_SCHEMA = "{ __schema { queryType { name } } }";

/** Whether nothing of an operation ran, as it does not fit the schema that it was made for. */
const isMisunderstood = (error: unknown): boolean => error instanceof RelataError && error.code === "BAD_INPUT" && error.field !== "data";

/** A workspace and who speaks in it. */
export class WorkspaceDataSource<M extends Model = AnyModel> {
  readonly caller: Caller;
  readonly #run: Run;

  constructor(caller: Caller, run: Run) {
    this.caller = caller;
    this.#run = run;
  }

  getRepository<const N extends Names<M>>(name: N): Repository<M, N> {
    return new Repository<M, N>(new Reader(name, this.#run), new Writer(name, this.#run));
  }
}

/** What went wrong, as ours if it is; else as it came, for the log. */
export function toThrow(error: GraphQLError): Error {
  const { originalError, message, extensions } = error;
  if (originalError && !(originalError instanceof GraphQLError)) return toRelataError(originalError) ?? originalError;
  const field = fieldOfVariable(message);
  const code = extensions["code"] === "LIMIT_EXCEEDED" ? "LIMIT_EXCEEDED" : "BAD_INPUT";
  return new RelataError(code, message, { cause: error, ...(field && { field }) });
}

export class Workspaces {
  readonly #pool: Pool;
  readonly #graphql: GraphqlServer;
  readonly #records: GraphqlApi;

  constructor(pool: Pool, graphql: GraphqlServer, records: GraphqlApi) {
    this.#pool = pool;
    this.#graphql = graphql;
    this.#records = records;
  }

  /** The workspace of this subdomain or id, as the member with the address `as`, or else as the machine; NOT_FOUND when there is none. */
  async open<M extends Model = AnyModel>(workspace: string, { as }: { as?: string } = {}): Promise<WorkspaceDataSource<M>> {
    const statement = { name: "relata.caller_in", text: FIND, values: [workspace, as ?? null] };
    const [found] = await runTransaction(this.#pool, [statement]).catch((error) => {
      throw toRelataError(error) ?? error;
    });
    const [userId, workspaceId] = found!.rows[0]! as [string, string];
    return this.for<M>({ userId, workspaceId });
  }

  /** The workspace of a request's caller: for plugins. */
  for<M extends Model = AnyModel>(caller: Caller): WorkspaceDataSource<M> {
    const attempt: Run = async (make) => {
      const { schema, limits } = await this.#records.current(caller);
      const { query, variables } = make(schema, limits);
      const { data, errors } = await this.#graphql.run(this.#records, caller, query, variables);
      if (errors?.length) throw toThrow(errors[0]!);
      return { data: data as Record<string, unknown>, schema };
    };
    const twice: Run = async (make) => {
      const before = await this.#records.current(caller);
      return attempt(make).catch(async (error) => {
        if (!isMisunderstood(error)) throw error;
        // Perhaps the data model has changed elsewhere: whoever asks for it gets it as it is.
        await this.#graphql.run(this.#records, caller, ASK_SCHEMA, {});
        if ((await this.#records.current(caller)).schema === before.schema) throw error;
        return attempt(make);
      });
    };
    const run: Run = (make) =>
      twice(make).catch((error) => {
        throw toRelataError(error) ?? error;
      });
    return new WorkspaceDataSource<M>(caller, run);
  }
}
