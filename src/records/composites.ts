/** Fields of several columns: which they are, as the comments on the columns tell (@field emails, @type EMAILS, @part primaryEmail). */
import type { PgCodecAttribute, PgCodecWithAttributes } from "postgraphile/@dataplan/pg";
import { fieldName, fieldPart, fieldType } from "./resources.ts";

export type Part = { column: string; attribute: PgCodecAttribute };
export type Composite = {
  /** The field, such as workEmails. */
  name: string;
  /** Its field type, such as EMAILS. */
  type: string;
  /** The name of its type in the API, such as Emails. */
  typeName: string;
  description: string | undefined;
  parts: Map<string, Part>;
};

export const upperFirst = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** FULL_NAME is FullName in the API. */
export const compositeTypeName = (type: string): string =>
  type.toLowerCase().replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());

const known = new WeakMap<PgCodecWithAttributes, Composite[]>();

/** The composite fields of a record, in the order of their columns. */
export function compositesOf(codec: PgCodecWithAttributes): Composite[] {
  const found = known.get(codec);
  if (found) return found;
  const composites = new Map<string, Composite>();
  for (const [column, attribute] of Object.entries<PgCodecAttribute>(codec.attributes)) {
    const [name, type, part] = [fieldName(attribute), fieldType(attribute), fieldPart(attribute)];
    if (!name || !type || !part) continue;
    const composite = composites.get(name) ?? {
      name,
      type,
      typeName: compositeTypeName(type),
      description: attribute.description,
      parts: new Map(),
    };
    composite.parts.set(part, { column, attribute });
    composites.set(name, composite);
  }
  const list = [...composites.values()];
  known.set(codec, list);
  return list;
}

/** Whether anybody who may ask the API may do this with a column (PgRBACPlugin reads the grants). */
export const isGranted = ({ attribute }: { attribute: PgCodecAttribute }, right: "canSelect" | "canInsert" | "canUpdate"): boolean =>
  (attribute.extensions as Record<string, unknown> | undefined)?.[right] !== false;
