/** Operations made from a schema: valid ones, with whatever values its types allow, and ones with something broken. */
import type { IntrospectionField, IntrospectionInputValue, IntrospectionQuery, IntrospectionType, IntrospectionTypeRef } from "graphql";

type Random = (below: number) => number;

const TEXTS = [
  "",
  "a",
  "%",
  "_",
  "\\",
  "'",
  '"',
  "'; drop table company; --",
  "$7*7",
  "{{7*7}}",
  "\u0000",
  "\ud800",
  "ä",
  "漢字",
  "😀",
  "a".repeat(300),
  "null",
  "-1",
  "1e9",
  "../../etc/passwd",
  "<script>",
  "(",
  "[a-z]{1,99}",
  "(a*)*b",
  "@x",
  "first",
  "last",
];
const NUMBERS = [
  "0",
  "1",
  "-1",
  "2",
  "60",
  "1001",
  "2147483647",
  "-2147483648",
  "2147483648",
  "1e9",
  "1.5",
  "-0.0",
  "9007199254740993",
  "1e400",
];
const DATES = ["2026-01-01", "2026-01-01T00:00:00Z", "0001-01-01", "99999-01-01", "2026-02-30", "infinity", "now", "x"];
const JSONS = ["{}", "[]", "null", '{a: 1, b: [true, null, "x"]}', '"x"', "7", "[[[[[[]]]]]]"];

const named = (ref: IntrospectionTypeRef): { name: string; isList: boolean; isNeeded: boolean } => {
  let [type, isList, isNeeded] = [ref, false, false];
  if (type.kind === "NON_NULL") isNeeded = true;
  while (type.kind === "NON_NULL" || type.kind === "LIST") {
    if (type.kind === "LIST") isList = true;
    type = type.ofType as IntrospectionTypeRef;
  }
  return { name: (type as { name: string }).name, isList, isNeeded };
};

/** After these nothing else would be let in; test/metadata/people.test.ts and test/auth/ have them. */
const LAST = new Set(["deleteCurrentWorkspace", "deleteUser", "leaveWorkspace", "signOut", "suspendWorkspace"]);

export function makeOperations({ __schema: schema }: IntrospectionQuery, random: Random, ids: readonly string[]) {
  const types = new Map<string, IntrospectionType>(schema.types.map((type) => [type.name, type]));
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const chance = (of: number) => random(of) === 0;
  const string = (text: string) => JSON.stringify(text);

  const scalar = (name: string): string => {
    if (chance(40)) return pick(["null", "true", "7", '"x"', "{}", "[]", "ENUM", "$missing", "-"]);
    switch (name) {
      case "UUID":
        return string(chance(10) ? pick(TEXTS) : pick(ids));
      case "Boolean":
        return pick(["true", "false"]);
      case "Int":
        return chance(4) ? pick(NUMBERS) : String(random(30));
      case "Float":
      case "BigFloat":
      case "BigInt":
      case "Position":
        return chance(2) ? pick(NUMBERS) : string(pick(NUMBERS));
      case "Date":
      case "DateTime":
        return string(pick(DATES));
      case "JSON":
        return pick(JSONS);
      default:
        return string(pick(TEXTS));
    }
  };

  const value = (ref: IntrospectionTypeRef, depth: number): string => {
    const { name, isList, isNeeded } = named(ref);
    if (!isNeeded && chance(15)) return "null";
    const one = (): string => {
      const type = types.get(name);
      if (type?.kind === "ENUM") return chance(30) ? "NOPE" : pick(type.enumValues).name;
      if (type?.kind !== "INPUT_OBJECT") return scalar(name);
      const wanted = type.inputFields.filter(({ type: inner, defaultValue }) => inner.kind === "NON_NULL" && defaultValue == null);
      const others = type.inputFields.filter((field) => !wanted.includes(field));
      const more = depth > 5 ? [] : Array.from({ length: Math.min(others.length, random(3)) }, () => pick(others));
      return `{${[...new Set([...wanted, ...more])].map((field) => `${field.name}: ${value(field.type, depth + 1)}`).join(", ")}}`;
    };
    return isList && !chance(8) ? `[${Array.from({ length: random(3) }, one).join(", ")}]` : one();
  };

  const argumentsOf = (args: readonly IntrospectionInputValue[]): string => {
    const given = args.filter(({ type }) => type.kind === "NON_NULL" || chance(3));
    return given.length ? `(${given.map(({ name, type }) => `${name}: ${value(type, 0)}`).join(", ")})` : "";
  };

  const selection = (typeName: string, depth: number): string => {
    const type = types.get(typeName);
    if (type?.kind !== "OBJECT") return "";
    const leaf = ({ type: of }: IntrospectionField) => types.get(named(of).name)?.kind !== "OBJECT";
    const going = depth > 0 ? type.fields : type.fields.filter(({ name }) => !LAST.has(name));
    const fields = depth > 4 ? going.filter(leaf) : going;
    const chosen = Array.from({ length: 1 + random(4) }, () => pick(fields.length ? fields : going));
    const lines = chosen.map((field, n) => {
      const inner = leaf(field) ? "" : depth > 6 ? "{ __typename }" : selection(named(field.type).name, depth + 1);
      return `f${n}: ${field.name}${argumentsOf(field.args)} ${inner}`;
    });
    return `{ ${chance(10) ? "__typename " : ""}${lines.join(" ")} }`;
  };

  const valid = (): string => {
    const kind = chance(3) && schema.mutationType ? "mutation" : "query";
    return `${kind} ${selection(kind === "query" ? schema.queryType.name : schema.mutationType!.name, 0)}`;
  };

  /** Something is taken away, put in, said twice or turned around. */
  const broken = (): string => {
    const text = valid();
    const at = random(text.length);
    return pick<() => string>([
      () => text.slice(0, at) + text.slice(at + 1 + random(5)),
      () => text.slice(0, at) + pick(["{", "}", "(", ")", '"', "$", "@", "...", "null", "\u0000", "é", "#", '"""', "&"]) + text.slice(at),
      () => text.replace(/f\d: (\w+)/, (_all, name: string) => `f0: ${name}${pick(["x", "By", "_", "Id", "s"])}`),
      () => `${text} ${text}`,
      () => `query ($v: ${pick([...types.keys()])}!) ${text.replace(/^\w+/, "")}`,
      () => `query { ...A } fragment A on Query { ...B } fragment B on Query { ...A }`,
      () => `{ ${Array.from({ length: 60 }, (_, n) => `a${n}: companies { totalCount }`).join(" ")} }`,
      () => `{ companies { nodes { ${"accountOwner { accountOwnerForCompanies { nodes { ".repeat(8)} id ${"} } } ".repeat(8)} } } }`,
      () => `${text.slice(0, at)}${"[".repeat(random(300))}`,
      () => text.replace(/\d+/, "99999999999999999999"),
      () => text.replace(/: "[^"]*"/, ": 7"),
      () => `subscription ${text.replace(/^\w+/, "")}`,
      () => "",
    ])();
  };
  return { next: (): string => (random(3) === 0 ? broken() : valid()) };
}
