/** How the text that PostgreSQL sends of a value becomes what the API answers for it. */
import { type GraphQLLeafType, type GraphQLNamedType, isEnumType, isLeafType } from "graphql";
import { TYPES } from "postgraphile/@dataplan/pg";
import type { Leaf } from "./planColumns.ts";

/**
 * `text`: the same text, quoted. `word`: the same, of letters that need no care. `integer`: the same digits. `float`: the
 * same digits, but where the two write them differently. `boolean`, `instant`: see below. `other`: by the plan's own functions.
 */
export type Kind = "text" | "word" | "integer" | "float" | "boolean" | "instant" | "other";

/** What a form of text has to know of a value: where it stands, and what it is. */
export type Shown = {
  path: readonly string[];
  /** Whether people write what they like. */
  isFreeText: boolean;
  /** Whether it may be of any form, and so is told as JSON. */
  isJson: boolean;
};

/** A value of the list, and how it is written. `make` is for what PostgreSQL's text alone does not tell. */
export type Value = Shown & {
  index: number;
  kind: Kind;
  make: (text: string) => unknown;
  /** Whether there are only a few of them, made once each. */
  isChoice: boolean;
};

const SAMPLES = ["", "0", "-1.50", "2026-11-23", 'a "b"\\'];
const WORDS = new Set<unknown>([TYPES.uuid, TYPES.date, TYPES.time, TYPES.numeric, TYPES.bigint]);

/** Whether a type shows a text as it is. */
function isAsIs(type: GraphQLLeafType): boolean {
  try {
    return SAMPLES.every((sample) => type.serialize(sample) === sample);
  } catch {
    return false; // an enum
  }
}

const isNumber = (type: GraphQLLeafType): boolean => type.serialize(7) === 7;

function kindOf({ codec, type, isList }: Leaf): Kind {
  if (isList) return "other";
  if (codec.name === "instant") return isAsIs(type) ? "instant" : "other";
  if (codec.fromPg === TYPES.text.fromPg && isAsIs(type)) return WORDS.has(codec) ? "word" : "text";
  if (codec === TYPES.boolean) return type.name === "Boolean" ? "boolean" : "other";
  if (codec === TYPES.int || codec === TYPES.int2) return type.name === "Int" && isNumber(type) ? "integer" : "other";
  if (codec === TYPES.float) return type.name === "Float" && isNumber(type) ? "float" : "other";
  return "other";
}

export function toValue(leaf: Leaf): Value {
  const { path, index, codec, type, isList } = leaf;
  const { fromPg } = codec;
  const one = (text: string): unknown => type.serialize(fromPg(text));
  const many = (text: string): unknown => (fromPg(text) as unknown[]).map((item) => (item == null ? null : type.serialize(item)));
  const isChoice = !isList && isEnumType(type);
  return { ...shownOf(path, type, isList), index, kind: kindOf(leaf), make: isList ? many : one, isChoice };
}

export const shownOf = (path: readonly string[], type: GraphQLNamedType, isList: boolean): Shown => ({
  path,
  isFreeText: !isList && type.name === "String",
  isJson: isList || !isLeafType(type) || type.name === "JSON",
});
