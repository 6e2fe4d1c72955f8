/** What TypeScript knows of repositories: a model, as `relata types` writes it, tells of what is asked and what is answered. */

/** One object of a model: its fields, the objects that its relations lead to, and what is written. */
export type ObjectModel = { record: object; toOne: object; toMany: object; create: object; update: object };
export type Model = Record<string, ObjectModel>;

type AnyFields = Record<string, unknown>;
type AnyObject = { record: AnyFields & { id: string }; toOne: AnyFields; toMany: AnyFields; create: AnyFields; update: AnyFields };
/** The model of who has none: any object, with any fields. */
export type AnyModel = Record<string, AnyObject>;

export type Names<M extends Model> = keyof M & string;
type Field<M extends Model, N extends Names<M>> = keyof M[N]["record"] & string;
type One<M extends Model, N extends Names<M>> = keyof M[N]["toOne"] & string;
type Many<M extends Model, N extends Names<M>> = keyof M[N]["toMany"] & string;
type Target<M extends Model, N extends Names<M>, R> = (R extends keyof M[N]["toOne"]
  ? M[N]["toOne"][R]
  : R extends keyof M[N]["toMany"]
    ? M[N]["toMany"][R]
    : never) &
  Names<M>;

/** Whether nothing is known of a model, so that anything may be asked. */
type IsAny<M extends Model> = string extends keyof M ? true : false;

/** "contacts", "contacts.company", three relations deep. */
export type Path<M extends Model, N extends Names<M>, Depth extends 0[] = [0, 0, 0]> =
  IsAny<M> extends true
    ? string
    : Depth extends [0, ...infer Less extends 0[]]
      ? { [R in One<M, N> | Many<M, N>]: R | `${R}.${Path<M, Target<M, N, R>, Less>}` }[One<M, N> | Many<M, N>]
      : never;
type Head<P extends string> = P extends `${infer H}.${string}` ? H : P;
type Tail<P extends string, H extends string> = P extends `${H}.${infer T}` ? T : never;

/** A record with the relations that were asked for. */
export type Loaded<M extends Model, N extends Names<M>, P extends string, S extends PropertyKey = keyof M[N]["record"]> =
  IsAny<M> extends true
    ? M[N]["record"]
    : Pick<M[N]["record"], S & keyof M[N]["record"]> & { [R in Head<P> & One<M, N>]: Loaded<M, Target<M, N, R>, Tail<P, R>> | null } & {
        [R in Head<P> & Many<M, N>]: Loaded<M, Target<M, N, R>, Tail<P, R>>[];
      };

type Operators<V> = {
  eq?: V;
  neq?: V;
  gt?: V;
  gte?: V;
  lt?: V;
  lte?: V;
  in?: readonly V[];
  is?: "NULL" | "NOT_NULL";
} & ([V] extends [string] ? { like?: string; ilike?: string; startsWith?: string; endsWith?: string } : object);
type ListOperators<V> = { is?: "NULL" | "NOT_NULL"; isEmptyArray?: boolean; containsAny?: readonly V[]; containsIlike?: string };
type Condition<V> = unknown extends V
  ? unknown
  : [V] extends [string | number | boolean]
    ? V | readonly V[] | Date | Operators<V>
    : [V] extends [readonly (infer E)[]]
      ? ListOperators<E>
      : { [K in keyof V]?: Condition<NonNullable<V[K]>> | null };

/** Which records: a value that a field has, a list of them, null for none, or the operators of the API's filters. */
export type Where<M extends Model, N extends Names<M>> =
  IsAny<M> extends true
    ? AnyFields
    : { [F in Field<M, N>]?: Condition<NonNullable<M[N]["record"][F]>> | null } & {
        [R in One<M, N>]?: Where<M, Target<M, N, R>>;
      } & { [R in Many<M, N>]?: { [Q in "some" | "every" | "none"]?: Where<M, Target<M, N, R>> } } & {
        and?: readonly Where<M, N>[];
        or?: readonly Where<M, N>[];
        not?: Where<M, N>;
      };

export type Direction = "ASC" | "DESC" | "AscNullsFirst" | "AscNullsLast" | "DescNullsFirst" | "DescNullsLast";
export type Order<M extends Model, N extends Names<M>> =
  IsAny<M> extends true
    ? AnyFields
    : { [F in Field<M, N>]?: Direction | Record<string, Direction> } & {
        [R in One<M, N>]?: Order<M, Target<M, N, R>>;
      };

export type Options<M extends Model, N extends Names<M>, P extends string, S extends PropertyKey> = {
  /** A list of conditions means any of them. */
  where?: Where<M, N> | readonly Where<M, N>[];
  relations?: readonly P[];
  select?: readonly S[];
  order?: Order<M, N>;
  take?: number;
  skip?: number;
  /** Deleted records, too. */
  withDeleted?: boolean;
};
export type OneOptions<M extends Model, N extends Names<M>, P extends string, S extends PropertyKey> = Omit<
  Options<M, N, P, S>,
  "take" | "skip"
>;

/** Whom a change is about: one id, several, or a condition. */
export type Criteria<M extends Model, N extends Names<M>> = string | readonly string[] | Where<M, N>;
export type Touched = { affected: number; ids: string[] };
