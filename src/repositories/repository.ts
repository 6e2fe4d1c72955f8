/**
 * The records of one object for tasks, plugins and scripts:
 *
 *   const companies = workspace.getRepository("company");
 *   await companies.find({ where: { industry: "Technology" }, relations: ["contacts", "opportunities"] });
 *
 * Each call is an operation of the workspace's GraphQL schema, under the caller's role.
 */
import { RelataError } from "../errors.ts";
import type { Reader } from "./reader.ts";
import type { AnyModel, Criteria, Loaded, Model, Names, OneOptions, Options, Path, Touched, Where } from "./types.ts";
import type { Writer } from "./writer.ts";

export class Repository<M extends Model = AnyModel, N extends Names<M> = Names<M>> {
  readonly #reader: Reader;
  readonly #writer: Writer;

  constructor(reader: Reader, writer: Writer) {
    this.#reader = reader;
    this.#writer = writer;
  }

  /** All records that are meant, however many, read in pages. */
  find<const P extends Path<M, N> = never, const S extends keyof M[N]["record"] = keyof M[N]["record"]>(
    options: Options<M, N, P, S> = {},
  ): Promise<Loaded<M, N, P, S>[]> {
    return this.#reader.find(options as never) as Promise<never[]>;
  }

  findBy(where: Where<M, N>): Promise<M[N]["record"][]> {
    return this.#reader.find({ where }) as Promise<never[]>;
  }

  /** The records, and how many there are without `take` and `skip`. */
  async findAndCount<const P extends Path<M, N> = never, const S extends keyof M[N]["record"] = keyof M[N]["record"]>(
    options: Options<M, N, P, S> = {},
  ): Promise<[Loaded<M, N, P, S>[], number]> {
    return Promise.all([this.find(options), this.#reader.count(options as never)]);
  }

  /** The first of what is meant; null when there is none. */
  async findOne<const P extends Path<M, N> = never, const S extends keyof M[N]["record"] = keyof M[N]["record"]>(
    options: OneOptions<M, N, P, S>,
  ): Promise<Loaded<M, N, P, S> | null> {
    const [first] = await this.#reader.find({ ...(options as object), take: 1 });
    return (first ?? null) as Loaded<M, N, P, S> | null;
  }

  /** The first of what is meant; NOT_FOUND when there is none. */
  async findOneOrFail<const P extends Path<M, N> = never, const S extends keyof M[N]["record"] = keyof M[N]["record"]>(
    options: OneOptions<M, N, P, S>,
  ): Promise<Loaded<M, N, P, S>> {
    const found = await this.findOne(options);
    if (found) return found;
    throw new RelataError("NOT_FOUND");
  }

  async findOneBy(where: Where<M, N>): Promise<M[N]["record"] | null> {
    return (await this.findOne({ where } as never)) as M[N]["record"] | null;
  }

  count(options: Pick<Options<M, N, never, never>, "where" | "withDeleted"> = {}): Promise<number> {
    return this.#reader.count(options as never);
  }

  async exists(options: Pick<Options<M, N, never, never>, "where" | "withDeleted"> = {}): Promise<boolean> {
    return (await this.#reader.find({ ...(options as object), select: ["id"], take: 1 })).length > 0;
  }

  /** Writes a new record, or several, all or none; answers what was written. */
  insert(data: M[N]["create"]): Promise<M[N]["record"]>;
  insert(data: readonly M[N]["create"][]): Promise<M[N]["record"][]>;
  insert(data: object): Promise<never> {
    return this.#writer.insert(data) as Promise<never>;
  }

  /** The same as insert: unlike TypeORM's, it writes. */
  create(data: M[N]["create"]): Promise<M[N]["record"]>;
  create(data: readonly M[N]["create"][]): Promise<M[N]["record"][]>;
  create(data: object): Promise<never> {
    return this.#writer.insert(data) as Promise<never>;
  }

  /** Changes the record when `data` has an id, and writes a new one when not. What cannot be written, as createdAt, is left alone. */
  save(data: Partial<M[N]["record"]> | M[N]["create"] | (M[N]["update"] & { id: string })): Promise<M[N]["record"]> {
    return this.#writer.save(data) as Promise<never>;
  }

  /** Writes records, or changes those that are there already: by their id or what is unique, or by the fields `on` alone. */
  upsert(data: M[N]["create"], on?: readonly string[]): Promise<M[N]["record"]>;
  upsert(data: readonly M[N]["create"][], on?: readonly string[]): Promise<M[N]["record"][]>;
  upsert(data: object, on?: readonly string[]): Promise<never> {
    return this.#writer.insert(data, { upsert: true, ...(on && { upsertOn: on }) }) as Promise<never>;
  }

  update(criteria: Criteria<M, N>, data: M[N]["update"]): Promise<Touched> {
    return this.#writer.touch("update", criteria, { data });
  }

  softDelete(criteria: Criteria<M, N>): Promise<Touched> {
    return this.#writer.touch("delete", criteria);
  }

  restore(criteria: Criteria<M, N>): Promise<Touched> {
    return this.#writer.touch("restore", criteria);
  }

  /** Takes records away for good. */
  delete(criteria: Criteria<M, N>): Promise<Touched> {
    return this.#writer.touch("destroy", criteria);
  }

  /** Makes one record of several: `ids[preferred]` takes what the others know and all that belongs to them. */
  async merge(ids: readonly string[], preferred = 0, dryRun = false): Promise<M[N]["record"]> {
    return this.#writer.write("merge", true, { ids, conflictPriorityIndex: preferred, dryRun }, false) as Promise<never>;
  }
}
