/** The schemas of a document: each GraphQL type that is met becomes a component, once, and is named from then on. */
import {
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import type { RestField, RestObject } from "../objects.ts";
import { type Json, orNull, scalarExample, scalarSchema } from "./scalars.ts";

const described = (schema: Json, description: string | null | undefined): Json =>
  description ? { ...schema, description: description.trim() } : schema;

export class Components {
  readonly schemas: Record<string, Json> = {};

  /** The component called so, made when it is first asked for; what it holds may ask for it again. */
  ref(name: string, make: () => Json): Json {
    if (!(name in this.schemas)) {
      this.schemas[name] = {};
      this.schemas[name] = make();
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  /** A named type where it stands: a component, or a scalar in place. */
  #named(type: GraphQLNamedType, isInput: boolean): Json {
    if (isEnumType(type)) {
      const names = type.getValues().map(({ name }) => name);
      return this.ref(type.name, () => described({ type: "string", enum: names }, type.description));
    }
    if (isInputObjectType(type)) return this.input(type);
    if (isObjectType(type)) return this.ref(type.name, () => this.#parts(type));
    return scalarSchema(type.name, isInput);
  }

  /** A composite, or anything of values alone. */
  #parts(type: GraphQLObjectType): Json {
    const properties = Object.values(type.getFields()).map((field) => [
      field.name,
      described(this.of(field.type, false), field.description),
    ]);
    return described({ type: "object", properties: Object.fromEntries(properties) }, type.description);
  }

  of(type: GraphQLInputType | GraphQLOutputType, isInput: boolean): Json {
    const nullable = getNullableType(type) as GraphQLInputType;
    const schema: Json = isListType(nullable)
      ? { type: "array", items: this.of(nullable.ofType as GraphQLInputType, isInput) }
      : this.#named(getNamedType(nullable), isInput);
    return isNonNullType(type) ? schema : orNull(schema);
  }

  /** What may be written; a field that is none of these is refused. */
  input(type: GraphQLInputObjectType, name = type.name, leaveOut: readonly string[] = []): Json {
    return this.ref(name, () => {
      const fields = Object.values(type.getFields()).filter((field) => !leaveOut.includes(field.name));
      const required = fields.filter(({ type: given, defaultValue }) => isNonNullType(given) && defaultValue === undefined);
      return described(
        {
          type: "object",
          additionalProperties: false,
          properties: Object.fromEntries(fields.map((field) => [field.name, described(this.of(field.type, true), field.description)])),
          ...(required.length && { required: required.map(({ name: one }) => one) }),
          examples: [exampleInput(fields)],
        },
        type.description,
      );
    });
  }

  /** A record as it is read: what it leads to is there when `depth` or `fields` ask for it. */
  record(object: RestObject): Json {
    const { typeName, type, fields } = object;
    return this.ref(typeName, () =>
      described(
        {
          type: "object",
          properties: Object.fromEntries([...fields.values()].map((field) => [field.name, this.#field(field)])),
          ...(fields.has("id") && { required: ["id"] }),
          examples: [exampleRecord(object)],
        },
        type.description ?? `A record of ${object.plural}.`,
      ),
    );
  }

  #field({ kind, type, target, description }: RestField): Json {
    if (kind === "toMany") return described({ type: "array", items: this.record(target!()) }, description);
    if (kind === "toOne") return described(orNull(this.record(target!())), description);
    return described(this.of(type, false), description);
  }
}

/** An example of a value, by its name where that says more than its type. */
function exampleOf(name: string, type: GraphQLInputType | GraphQLOutputType, isInput: boolean): unknown {
  const nullable = getNullableType(type) as GraphQLInputType;
  const named = getNamedType(nullable);
  if (isListType(nullable)) return isEnumType(named) ? [named.getValues()[0]!.name] : [];
  if (isEnumType(named)) return named.getValues()[0]!.name;
  if (isObjectType(named)) {
    return Object.fromEntries(Object.values(named.getFields()).map((field) => [field.name, exampleOf(field.name, field.type, isInput)]));
  }
  if (isInputObjectType(named)) return isNonNullType(type) ? exampleInput(Object.values(named.getFields())) : undefined;
  if (named.name === "Position" && !isInput) return 1;
  if (named.name !== "String") return scalarExample(named.name);
  return TEXTS.find(([pattern]) => pattern.test(name))?.[1] ?? "Acme";
}

const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/e-?mail/i, "ada@acme.test"],
  [/domain/i, "acme.test"],
  [/url|link/i, "https://acme.test"],
  [/phone/i, "+493012345678"],
  [/firstName/, "Ada"],
  [/lastName/, "Lovelace"],
  [/city/i, "Berlin"],
  [/country/i, "DE"],
  [/industry/i, "Technology"],
  [/currency/i, "EUR"],
  [/title|label/i, "First call"],
  [/description|body/i, "What it is about."],
  [/icon/i, "IconBuilding"],
  [/type/i, "TEXT"],
  [/Plural$/, "boats"],
  [/Singular$/, "boat"],
];

function exampleInput(fields: readonly GraphQLInputField[]): Json {
  const written = fields.filter(
    ({ name, type }) =>
      isNonNullType(type) || /^(name|label|title|industry|employees|firstName|lastName|email|city|stage|amount)$/.test(name),
  );
  const entries = written.map(({ name, type }) => [name, exampleOf(name, type, true)] as const).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries);
}

export function exampleRecord({ fields }: RestObject): Json {
  const values = [...fields.values()].filter(({ kind }) => kind === "scalar" || kind === "composite");
  return Object.fromEntries(values.map(({ name, type }) => [name, name === "deletedAt" ? null : exampleOf(name, type, false)]));
}
