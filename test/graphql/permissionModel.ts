/** What the issue says of roles and rules of rows, as a model: nothing of it is read from the database. */
export type Action = "read" | "create" | "update" | "delete" | "destroy";
export const ACTIONS: Action[] = ["read", "create", "update", "delete", "destroy"];

/** A member as rules know him, and a record. */
export type Person = { id: string; locale: string };
export type Parcel = { id: string; name: string; area: string | null; weight: number | null; keeper: string | null; isDeleted: boolean };
export type Node =
  | string
  | number
  | boolean
  | null
  | { op: string; args: Node[] }
  | { field: string }
  | { member: string }
  | { colleagues: string };
export type Rule = { actions: Action[]; predicate: Node };
export type Role = { grants: Action[]; rules: Rule[] };

type Value = string | number | boolean | null;

function isTrue(node: Node, parcel: Parcel, me: Person, all: readonly Person[]): Value {
  if (typeof node !== "object" || node === null) return node;
  if ("field" in node) return parcel[node.field as keyof Parcel] as Value;
  if ("member" in node) return node.member === "id" ? me.id : me.locale || null;
  if (!("op" in node)) return null;
  const { op, args } = node;
  const value = (n: number) => isTrue(args[n]!, parcel, me, all);
  const values = () => args.map((arg) => isTrue(arg, parcel, me, all));
  // Logic has three values: of what is not there nobody knows whether it is so.
  if (op === "and") return values().includes(false) ? false : values().includes(null) ? null : true;
  if (op === "or") return values().includes(true) ? true : values().includes(null) ? null : false;
  const first = value(0);
  if (op === "isEmpty") return first === null || first === "";
  if (op === "isNotEmpty") return !(first === null || first === "");
  if (op === "not") return first === null ? null : !first;
  if (op === "in" && typeof args[1] === "object" && args[1] !== null && "colleagues" in args[1]) {
    if (first === null || !me.locale) return null;
    return all.some(({ id, locale }) => id === first && locale === me.locale);
  }
  const second = value(1);
  if (op === "in") return first === null ? null : args.slice(1).includes(first as Node);
  if (first === null || second === null) return null;
  if (op === "equals") return first === second;
  if (op === "less") return first < second;
  if (op === "contains") return String(first).includes(String(second));
  throw new Error(op);
}

export class Model {
  readonly #roles: readonly Role[];
  readonly #me: Person;
  readonly #all: readonly Person[];

  constructor(roles: readonly Role[], me: Person, all: readonly Person[]) {
    this.#roles = roles;
    this.#me = me;
    this.#all = all;
  }

  /** A role opens what its rules let in, or all when it has none; a member sees what any of his roles opens. */
  may(action: Action, parcel: Parcel): boolean {
    return this.#roles.some(({ grants, rules }) => {
      if (!grants.includes(action)) return false;
      const mine = rules.filter(({ actions }) => actions.includes(action));
      return !mine.length || mine.some(({ predicate }) => isTrue(predicate, parcel, this.#me, this.#all) === true);
    });
  }

  sees(parcel: Parcel): boolean {
    return this.may("read", parcel);
  }

  creates(parcel: Parcel): boolean {
    return this.may("create", parcel);
  }

  /** Before and after, it must be his to see and to change; what is deleted then or now, his to delete. */
  changes(before: Parcel, after: Parcel): boolean {
    return [before, after].every((one) => this.sees(one) && this.may("update", one) && (!one.isDeleted || this.may("delete", one)));
  }

  destroys(parcel: Parcel): boolean {
    return this.sees(parcel) && this.may("destroy", parcel);
  }
}
