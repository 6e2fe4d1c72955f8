/**
 * One compiled GraphQL schema per shape, shared by all workspaces alike. A shape is
 * compiled once, one at a time; while a workspace's new shape is being compiled its
 * old one goes on answering. The database decides when that is no longer right
 * (authz.claim); this only remembers.
 */
import type { Pool } from "pg";
import { compileSchema, introspect } from "./compileSchema.ts";
import { RelataError } from "./errors.ts";
import { type CompiledSchema, type PageSizes, withDocuments } from "./graphql/documents.ts";
import type { Limits } from "./graphql/limits.ts";
import { Lru } from "./lru.ts";
import { runTransaction } from "./pgAdaptor.ts";

/** Who asks, where, and by which sign-in or API key; a job or a script has neither. */
export type Caller = { userId: string; workspaceId: string; sessionId?: string | undefined; apiKeyId?: string };

/** A workspace as it was when its shape was last looked up. */
export type KnownWorkspace = CompiledSchema & { schemaName: string; version: number; limits: Limits; plansAlone: boolean };

/** So many callers are remembered with the shape that they see. */
const MAX_CALLERS = 20_000;
const MAX_ATTEMPTS = 10;

/** What the database says of a workspace, as a caller sees it; and the role to read it as, when fields are held back from him. */
type WorkspaceShape = { schemaName: string; shape: string; version: number; limits: Limits; role: string | undefined; plansAlone: boolean };

type Shape = { compiling: Promise<CompiledSchema>; compiled?: CompiledSchema };

const keyOf = ({ workspaceId, userId }: Caller) => `${workspaceId} ${userId}`;

class ShapeMoved extends Error {}

export class SchemaRegistry {
  readonly #pool: Pool;
  readonly #preset: GraphileConfig.Preset;
  readonly #limits: Limits;
  readonly #pages: PageSizes;
  /** Only these hold compiled schemas, so that forgetting one frees its memory. */
  readonly #shapes: Lru<string, Shape>;
  readonly #callers = new Lru<string, WorkspaceShape>(MAX_CALLERS);
  readonly #refreshes = new Map<string, Promise<KnownWorkspace>>();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(pool: Pool, preset: GraphileConfig.Preset, limits: Limits, pages: PageSizes, maxSchemas: number) {
    this.#pool = pool;
    this.#preset = preset;
    this.#limits = limits;
    this.#pages = pages;
    this.#shapes = new Lru(maxSchemas);
  }

  /** The caller's workspace as he last saw it, at once; looked up and compiled when it is not. LOGIN_REQUIRED for no member. */
  current(caller: Caller): KnownWorkspace | Promise<KnownWorkspace> {
    const known = this.#callers.get(keyOf(caller));
    const shape = known && this.#shapes.get(known.shape);
    if (!shape) return this.refresh(caller);
    if (shape.compiled) return { ...shape.compiled, ...known };
    return shape.compiling.then(
      (compiled) => ({ ...compiled, ...known }),
      () => this.refresh(caller),
    );
  }

  /** The caller's workspace as it is now. Callers at the same time share one look. */
  refresh(caller: Caller): Promise<KnownWorkspace> {
    const key = keyOf(caller);
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
      const before = this.#callers.get(keyOf(caller));
      if (!before || before.version <= workspace.version) this.#callers.set(keyOf(caller), workspace);
      if (before?.shape !== workspace.shape) this.#forget(before?.shape);
      return { ...compiled, ...workspace };
    }
    throw new RelataError("METADATA_CHANGED");
  }

  /** Frees a compiled shape that nobody sees any more. */
  #forget(shape: string | undefined): void {
    if (shape && !this.#callers.some((known) => known.shape === shape)) this.#shapes.delete(shape);
  }

  async #look({ userId, workspaceId }: Caller): Promise<WorkspaceShape> {
    const text = "select schema_name, shape, metadata_version, limits, request_role, plans_alone from authz.shape_of($1, $2)";
    const [result] = await runTransaction(this.#pool, [{ name: "relata.shape_of", text, values: [userId, workspaceId] }]);
    const [schemaName, shape, version, own, role, alone] = result!.rows[0]! as [string, string, string, string, string | null, string];
    const limits = own === "{}" ? this.#limits : { ...this.#limits, ...(JSON.parse(own) as Partial<Limits>) };
    return { schemaName, shape, version: Number(version), limits, role: role ?? undefined, plansAlone: alone === "t" };
  }

  /** The compiled shape; undefined when the workspace changed under the look at its tables. */
  async #compile(caller: Caller, workspace: WorkspaceShape): Promise<CompiledSchema | undefined> {
    const { shape, schemaName } = workspace;
    let compiling = this.#shapes.get(shape)?.compiling;
    if (!compiling) {
      compiling = this.#queue.then(async () => {
        const introspection = await introspect(this.#pool, schemaName, workspace.role);
        if ((await this.#look(caller)).shape !== shape) throw new ShapeMoved();
        return withDocuments(await compileSchema(this.#pool, schemaName, introspection, this.#preset), this.#pages);
      });
      this.#queue = compiling.catch(() => {});
      const kept: Shape = { compiling };
      this.#shapes.set(shape, kept);
      compiling.then(
        (compiled) => {
          kept.compiled = compiled;
        },
        () => this.#shapes.delete(shape), // a failed build is never kept
      );
    }
    return compiling.catch((error) => {
      if (error instanceof ShapeMoved) return undefined;
      throw error;
    });
  }
}
