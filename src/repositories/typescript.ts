/** A workspace's compiled schema as TypeScript: what its records are, where they lead, and what is written. */
import {
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import { type KnownObject, kindOf, objectsOf, targetOf } from "./objects.ts";

const SCALARS: Record<string, string> = { Int: "number", Float: "number", Boolean: "boolean", JSON: "unknown" };
/** What is written otherwise than it is read. */
const INPUTS: Record<string, string> = { Position: 'number | "first" | "last"' };

const byName = <T>([a]: [string, T], [b]: [string, T]): number => (a < b ? -1 : a > b ? 1 : 0);
const sorted = <T>(entries: Iterable<[string, T]>): [string, T][] => [...entries].sort(byName);

function named(type: GraphQLNamedType, isInput: boolean): string {
  if (!isLeafType(type) || isEnumType(type)) return type.name;
  if (type.name === "Position" && !isInput) return "number";
  return (isInput && INPUTS[type.name]) || SCALARS[type.name] || "string";
}

/** A type as TypeScript writes it; what may be missing is `| null`. */
function print(type: GraphQLInputType | GraphQLOutputType, isInput: boolean): string {
  if (isNonNullType(type)) return bare(type.ofType, isInput);
  const text = bare(type, isInput);
  return text === "unknown" ? text : `${text} | null`;
}

function bare(type: GraphQLInputType | GraphQLOutputType, isInput: boolean): string {
  if (!isListType(type)) return named(getNamedType(type), isInput);
  const inner = print(type.ofType, isInput);
  return inner.includes("|") ? `(${inner})[]` : `${inner}[]`;
}

/** A comment that ends where it should, whatever an admin wrote. */
const comment = (text: string | null | undefined, indent = ""): string =>
  text?.trim() ? `${indent}/** ${text.trim().replace(/\s+/g, " ").replaceAll("*/", "*\\/")} */\n` : "";

const block = (head: string, lines: string[], end = ""): string => `${head} {\n${lines.join("")}}${end}\n`;

const inputLine = ([name, { type, defaultValue }]: [string, GraphQLInputField]): string =>
  `  ${name}${isNonNullType(type) && defaultValue === undefined ? "" : "?"}: ${print(type, true)};\n`;

/** The inputs that an input is made of, itself among them. */
function reach(type: GraphQLNamedType | undefined, found: Map<string, GraphQLNamedType>): void {
  if (!type || found.has(type.name) || (isLeafType(type) && !isEnumType(type))) return;
  found.set(type.name, type);
  if (isInputObjectType(type)) for (const { type: inner } of Object.values(type.getFields())) reach(getNamedType(inner), found);
  else if (isObjectType(type)) for (const { type: inner } of Object.values(type.getFields())) reach(getNamedType(inner), found);
}

function declaration(type: GraphQLNamedType): string {
  if (isEnumType(type)) {
    return `export type ${type.name} = ${type
      .getValues()
      .map(({ name }) => JSON.stringify(name))
      .join(" | ")};\n`;
  }
  const head = `${comment(type.description)}export interface ${type.name}`;
  if (isInputObjectType(type)) return block(head, sorted(Object.entries(type.getFields())).map(inputLine));
  const fields = isObjectType(type) ? sorted(Object.entries(type.getFields())) : [];
  return block(
    head,
    fields.map(([name, field]) => `${comment(field.description, "  ")}  ${name}: ${print(field.type, false)};\n`),
  );
}

function recordOf(schema: GraphQLSchema, { type }: KnownObject): string {
  const values = sorted(Object.entries(type.getFields())).filter(([, field]) => kindOf(schema, field) === "value");
  const lines = values.map(([name, field]) => `${comment(field.description, "  ")}  ${name}: ${print(field.type, false)};\n`);
  return block(`${comment(type.description)}export interface ${type.name}`, lines);
}

function entryOf(schema: GraphQLSchema, { name, type }: KnownObject): string {
  const leading = (kind: "one" | "many"): string =>
    sorted(Object.entries(type.getFields()))
      .filter(([, field]) => kindOf(schema, field) === kind)
      .map(([field, { ...spec }]) => ` ${field}: ${JSON.stringify(targetOf(schema, spec)!.name)};`)
      .join("");
  const input = (verb: string) => (schema.getType(`${type.name}${verb}Input`) ? `${type.name}${verb}Input` : "{ [field: string]: never }");
  return [
    `  ${name}: {\n    record: ${type.name};\n`,
    `    toOne: {${leading("one")} };\n    toMany: {${leading("many")} };\n`,
    `    create: ${input("Create")};\n    update: ${input("Update")};\n  };\n`,
  ].join("");
}

/** The declarations of a workspace: an interface for each record and input, and `Objects`, which names them all. */
export function typesOf(schema: GraphQLSchema, workspace: string): string {
  const objects = sorted([...objectsOf(schema)]);
  const others = new Map<string, GraphQLNamedType>();
  for (const [, { type }] of objects) {
    for (const field of Object.values(type.getFields())) {
      if (kindOf(schema, field) === "value") reach(getNamedType(field.type), others);
    }
    for (const verb of ["Create", "Update"]) reach(schema.getType(`${type.name}${verb}Input`), others);
  }
  return [
    `/** The objects of ${workspace}, printed by \`npm run relata -- types ${workspace}\`. */\n`,
    ...objects.map(([, object]) => recordOf(schema, object)),
    ...sorted(others).map(([, type]) => declaration(type)),
    block(
      "/** Every object: its records, where they lead, and what is written. */\nexport type Objects =",
      objects.map(([, object]) => entryOf(schema, object)),
      ";",
    ),
  ].join("\n");
}
