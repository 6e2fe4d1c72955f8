/** How the text that PostgreSQL sends of a value becomes what the API answers for it. */
import { type GraphQLLeafType, isEnumType } from "graphql";
import { TYPES } from "postgraphile/@dataplan/pg";
import type { Leaf } from "./planColumns.ts";

/**
 * `text`: the same text, quoted. `word`: the same, of letters that need no care. `integer`: the same digits. `float`: the
 * same digits, but where the two write them differently. `boolean`, `instant`: see below. `other`: by the plan's own functions.
 */
export type Kind = "text" | "word" | "integer" | "float" | "boolean" | "instant" | "other";

/** A value of the list, and how it is written. `make` is for what PostgreSQL's text alone does not tell. */
export type Value = {
  path: readonly string[];
  index: number;
  kind: Kind;
  make: (text: string) => unknown;
  /** Whether people write what they like. */
  isFreeText: boolean;
  /** Whether there are only a few of them, made once each. */
  isChoice: boolean;
};

const SAMPLES = ["", "0", "-1.50", "2026-11-23", 'a "b"\\'];
const WORDS = new Set<unknown>([TYPES.uuid, TYPES.date, TYPES.time, TYPES.numeric, TYPES.bigint]);
const FREE_TEXTS = new Set<unknown>([TYPES.text, TYPES.varchar, TYPES.char, TYPES.bpchar, TYPES.citext]);

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

export function valueOf(leaf: Leaf): Value {
  const { path, index, codec, type, isList } = leaf;
  const { fromPg } = codec;
  const one = (text: string): unknown => type.serialize(fromPg(text));
  const many = (text: string): unknown => (fromPg(text) as unknown[]).map((item) => (item == null ? null : type.serialize(item)));
  const isChoice = !isList && isEnumType(type);
  return { path, index, kind: kindOf(leaf), make: isList ? many : one, isFreeText: FREE_TEXTS.has(codec) && !isChoice, isChoice };
}
