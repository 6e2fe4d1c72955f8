/** Reads a schema as an attacker does: every place that takes a value of a type, and what may be asked of an answer. */
import type { IntrospectionInputValue, IntrospectionQuery, IntrospectionType, IntrospectionTypeRef } from "graphql";

/** One place in the arguments of one root field. */
export type Place = {
  kind: "query" | "mutation";
  root: string;
  /** As a reader would name it: `updateCompany(data.accountOwnerId)`. */
  name: string;
  document: string;
  variables: (value: unknown) => Record<string, unknown>;
};
type Wrap = (value: unknown) => unknown;
type Inside = { type: IntrospectionTypeRef; wrap: Wrap; names: string[] };

const MAX_DEPTH = 6;
const SCALARS: Record<string, unknown> = {
  Int: 1,
  Float: 1,
  BigInt: "1",
  BigFloat: "1",
  Boolean: false,
  JSON: {},
  Date: "2030-01-01",
  DateTime: "2030-01-01T00:00:00Z",
  UUID: "00000000-0000-4000-8000-000000000001",
};

const nameOf = (ref: IntrospectionTypeRef): string => (ref.kind === "NON_NULL" || ref.kind === "LIST" ? nameOf(ref.ofType!) : ref.name);
const isList = (ref: IntrospectionTypeRef): boolean => ref.kind === "LIST" || (ref.kind === "NON_NULL" && isList(ref.ofType));
const printRef = (ref: IntrospectionTypeRef): string =>
  ref.kind === "NON_NULL" ? `${printRef(ref.ofType)}!` : ref.kind === "LIST" ? `[${printRef(ref.ofType!)}]` : ref.name;
const isNeeded = ({ type, defaultValue }: IntrospectionInputValue) => type.kind === "NON_NULL" && defaultValue == null;

export class SchemaReader {
  readonly #types: Map<string, IntrospectionType>;
  readonly #schema: IntrospectionQuery["__schema"];
  #made = 0;

  constructor({ __schema }: IntrospectionQuery) {
    this.#schema = __schema;
    this.#types = new Map(__schema.types.map((type) => [type.name, type]));
  }

  /** The least that a type takes. */
  #least(ref: IntrospectionTypeRef, depth = 0): unknown {
    const type = this.#types.get(nameOf(ref))!;
    const one = (): unknown => {
      if (type.kind === "ENUM") return type.enumValues[0]!.name;
      if (type.kind !== "INPUT_OBJECT") return SCALARS[type.name] ?? `x${this.#made++}`;
      const needed = depth > MAX_DEPTH ? [] : type.inputFields.filter(isNeeded);
      return Object.fromEntries(needed.map((field) => [field.name, this.#least(field.type, depth + 1)]));
    };
    return isList(ref) ? [one()] : one();
  }

  /** What a selection may ask for: everything that needs no arguments, and lists a little. */
  selection(typeName: string, depth = 0): string {
    const type = this.#types.get(typeName);
    if (type?.kind !== "OBJECT") return "";
    const plain = type.fields.filter(({ args }) => !args.some(isNeeded));
    const isLeaf = (name: string) => this.#types.get(name)?.kind !== "OBJECT";
    const leaves = plain.filter((field) => isLeaf(nameOf(field.type))).slice(0, depth ? 8 : 14);
    const deeper = plain.filter((field) => !isLeaf(nameOf(field.type)) && (field.name === "nodes" || depth < 1));
    const inside = deeper.sort((a) => (a.name === "nodes" ? -1 : 1)).slice(0, 2);
    const parts = inside.map(({ name, type: of }) => {
      const inner = this.selection(nameOf(of), depth + (name === "nodes" ? 0.5 : 1));
      return inner && `${name} ${inner}`;
    });
    return `{ ${["__typename", ...leaves.map(({ name }) => name), ...parts].join(" ")} }`;
  }

  /** Every place where `leaf` has something to put: each argument and each direct field of each root field, and each field of each input type once. */
  places(leaf: (typeName: string) => Wrap | undefined, kinds: readonly Place["kind"][] = ["query", "mutation"]): Place[] {
    const found: Place[] = [];
    for (const kind of kinds) {
      const rootName = this.#schema[`${kind}Type`]?.name;
      const root = rootName ? this.#types.get(rootName) : undefined;
      if (root?.kind !== "OBJECT") continue;
      const seen = new Set<string>();
      for (const field of root.fields)
        for (const arg of field.args) {
          for (const { wrap, names } of this.#walk(arg, leaf, seen)) {
            const others = field.args.filter((other) => other !== arg && (isNeeded(other) || other.name === "plan"));
            const given = [arg, ...others];
            const declared = given.map(({ name, type }) => `$${name}: ${printRef(type)}`).join(", ");
            const passed = given.map(({ name }) => `${name}: $${name}`).join(", ");
            const rest = Object.fromEntries(others.map((other) => [other.name, other.name === "plan" ? true : this.#least(other.type)]));
            found.push({
              kind,
              root: field.name,
              name: `${field.name}(${names.join(".")})`,
              document: `${kind} (${declared}) { ${field.name}(${passed}) ${this.selection(nameOf(field.type))} }`,
              variables: (value) => ({ ...rest, [arg.name]: wrap(value) }),
            });
          }
        }
    }
    return found;
  }

  #walk(arg: IntrospectionInputValue, leaf: (typeName: string) => Wrap | undefined, seen: Set<string>): Inside[] {
    const found: Inside[] = [];
    let level: Inside[] = [{ type: arg.type, wrap: (value) => value, names: [arg.name] }];
    for (let depth = 0; level.length && depth <= MAX_DEPTH; depth++) {
      const next: Inside[] = [];
      for (const { type, wrap: outer, names } of level) {
        const wrap: Wrap = isList(type) ? (value) => outer([value]) : outer;
        const put = leaf(nameOf(type));
        if (put) found.push({ type, wrap: (value) => wrap(put(value)), names });
        const input = this.#types.get(nameOf(type));
        if (put || input?.kind !== "INPUT_OBJECT") continue;
        for (const field of input.inputFields) {
          const key = `${input.name}.${field.name}`;
          if (depth > 0 && seen.has(key)) continue;
          seen.add(key);
          const needed = input.inputFields.filter((other) => other !== field && isNeeded(other));
          const least = Object.fromEntries(needed.map((other) => [other.name, this.#least(other.type)]));
          next.push({ type: field.type, wrap: (value) => wrap({ ...least, [field.name]: value }), names: [...names, field.name] });
        }
      }
      level = next;
    }
    return found;
  }
}
