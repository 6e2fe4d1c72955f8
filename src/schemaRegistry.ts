/**
 * One compiled GraphQL schema per shape, shared by all workspaces alike. A shape is
 * compiled once, one at a time; while a workspace's new shape is being compiled its
 * old one goes on answering. The database decides when that is no longer right
 * (authz.claim); this only remembers.
 */
import { createHash } from "node:crypto";
import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, specifiedRules, validate } from "graphql";
import type { Pool } from "pg";
import { compileSchema, introspect } from "./compileSchema.ts";
import { RelataError, toRelataError } from "./errors.ts";
import { assertWithinLimits, type QueryLimits } from "./graphql/queryLimits.ts";
import { Lru } from "./lru.ts";
import { runTransaction } from "./pgAdaptor.ts";

export type Caller = { userId: string; workspaceId: string };

/** A document, and why it may not run if so. */
export type ParsedDocument = { document: DocumentNode | undefined; errors: readonly GraphQLError[] | undefined; asksSchema?: boolean };

/** A compiled shape, with the documents it has seen: the same document object finds its plan again. */
export type CompiledSchema = { schema: GraphQLSchema; parseAndValidate: (query: string) => ParsedDocument };

/** A workspace as it was when its shape was last looked up. */
export type KnownWorkspace = CompiledSchema & { schemaName: string; version: number };

const DOCUMENTS_PER_SCHEMA = 200;
const MAX_TOKENS = 10_000;
const MAX_WORKSPACES = 10_000;
const MAX_ATTEMPTS = 10;

const refused = (document: DocumentNode | undefined, { message, extensions }: RelataError): ParsedDocument => ({
  document,
  errors: [new GraphQLError(message, { extensions })],
});

/** Wraps a schema so that documents are parsed and validated once. */
export function withDocuments(schema: GraphQLSchema, limits: QueryLimits): CompiledSchema {
  const documents = new Lru<string, ParsedDocument>(DOCUMENTS_PER_SCHEMA);

  function read(query: string): ParsedDocument {
    let document: DocumentNode;
    try {
      document = parse(query, { maxTokens: MAX_TOKENS });
    } catch (error) {
      if (!(error instanceof GraphQLError)) return refused(undefined, new RelataError("LIMIT_EXCEEDED", "The document nests too deep."));
      const { message, source, positions } = error;
      const shown = { source: source ?? null, positions: positions ?? null, extensions: { code: "GRAPHQL_PARSE_FAILED" } };
      return { document: undefined, errors: [new GraphQLError(message, shown)] };
    }
    try {
      assertWithinLimits(document, limits);
    } catch (error) {
      return refused(document, toRelataError(error)!);
    }
    const errors = validate(schema, document, specifiedRules, { maxErrors: 20 });
    const coded = errors.map(
      ({ message, nodes }) => new GraphQLError(message, { nodes: nodes ?? null, extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }),
    );
    return { document, errors: errors.length ? coded : undefined, asksSchema: /\b__(schema|type)\b/.test(query) };
  }

  return {
    schema,
    parseAndValidate(query) {
      const key = query.length > 200 ? createHash("sha256").update(query).digest("base64") : query;
      let parsed = documents.get(key);
      if (!parsed) documents.set(key, (parsed = read(query)));
      return parsed;
    },
  };
}

/** What the database says of a workspace. */
type WorkspaceShape = { schemaName: string; shape: string; version: number };

class ShapeMoved extends Error {}

export class SchemaRegistry {
  readonly #pool: Pool;
  readonly #preset: GraphileConfig.Preset;
  readonly #limits: QueryLimits;
  /** Only these hold compiled schemas, so that forgetting one frees its memory. */
  readonly #shapes: Lru<string, Promise<CompiledSchema>>;
  readonly #workspaces = new Lru<string, WorkspaceShape>(MAX_WORKSPACES);
  readonly #refreshes = new Map<string, Promise<KnownWorkspace>>();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(pool: Pool, preset: GraphileConfig.Preset, limits: QueryLimits, maxSchemas: number) {
    this.#pool = pool;
    this.#preset = preset;
    this.#limits = limits;
    this.#shapes = new Lru(maxSchemas);
  }

  /** The caller's workspace as last known; looked up and compiled when it is not. LOGIN_REQUIRED for no member. */
  async current(caller: Caller): Promise<KnownWorkspace> {
    const known = this.#workspaces.get(caller.workspaceId);
    const compiled = known && (await this.#shapes.get(known.shape)?.catch(() => undefined));
    return compiled ? { ...compiled, ...known } : this.refresh(caller);
  }

  /** The caller's workspace as it is now. Callers at the same time share one look. */
  refresh(caller: Caller): Promise<KnownWorkspace> {
    const key = `${caller.workspaceId} ${caller.userId}`;
    let refresh = this.#refreshes.get(key);
    if (!refresh) {
      refresh = this.#refresh(caller).finally(() => this.#refreshes.delete(key));
      this.#refreshes.set(key, refresh);
    }
    return refresh;
  }

  /** The caller's workspace at `version` or later. METADATA_CHANGED when it changes faster than we compile. */
  async atLeast(caller: Caller, version: number): Promise<KnownWorkspace> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const known = attempt === 0 ? await this.current(caller) : await this.refresh(caller);
      if (known.version >= version) return known;
    }
    throw new RelataError("METADATA_CHANGED");
  }

  async #refresh(caller: Caller): Promise<KnownWorkspace> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const workspace = await this.#look(caller);
      const compiled = await this.#compile(caller, workspace);
      if (!compiled) continue;
      const before = this.#workspaces.get(caller.workspaceId);
      if (!before || before.version <= workspace.version) this.#workspaces.set(caller.workspaceId, workspace);
      this.#forget(before?.shape);
      return { ...compiled, ...workspace };
    }
    throw new RelataError("METADATA_CHANGED");
  }

  /** Frees a compiled shape that no workspace has any more. */
  #forget(shape: string | undefined): void {
    if (shape && !this.#workspaces.some((workspace) => workspace.shape === shape)) this.#shapes.delete(shape);
  }

  async #look({ userId, workspaceId }: Caller): Promise<WorkspaceShape> {
    const text = "select schema_name, shape, metadata_version from authz.shape_of($1, $2)";
    const [result] = await runTransaction(this.#pool, [{ name: "relata.shape_of", text, values: [userId, workspaceId] }]);
    const [schemaName, shape, version] = result!.rows[0]! as [string, string, string];
    return { schemaName, shape, version: Number(version) };
  }

  /** The compiled shape; undefined when the workspace changed under the look at its tables. */
  async #compile(caller: Caller, workspace: WorkspaceShape): Promise<CompiledSchema | undefined> {
    const { shape, schemaName } = workspace;
    let compiling = this.#shapes.get(shape);
    if (!compiling) {
      compiling = this.#queue.then(async () => {
        const introspection = await introspect(this.#pool, schemaName);
        if ((await this.#look(caller)).shape !== shape) throw new ShapeMoved();
        return withDocuments(await compileSchema(this.#pool, schemaName, introspection, this.#preset), this.#limits);
      });
      this.#queue = compiling.catch(() => {});
      this.#shapes.set(shape, compiling);
      compiling.catch(() => this.#shapes.delete(shape)); // a failed build is never kept
    }
    return compiling.catch((error) => {
      if (error instanceof ShapeMoved) return undefined;
      throw error;
    });
  }
}
