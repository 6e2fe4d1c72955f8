/** What the plugins of records share: which resources are records, and what is asked of their columns. */
import type { PgCodecAttribute, PgCodecWithAttributes, PgResource } from "postgraphile/@dataplan/pg";

export type RecordResource = PgResource<string, PgCodecWithAttributes>;

/** Whether a resource is a table that the API shows under a name of its own. */
export const isRecordResource = (resource: unknown): resource is RecordResource => {
  const { codec, parameters, uniques } = resource as RecordResource;
  return Boolean(!parameters && codec.attributes && !codec.isAnonymous && codec.extensions?.tags?.singular && uniques.length);
};

/** The table behind each type of record, in the registry's order. */
export const recordResources = (build: { pgResources: Record<string, unknown> }): RecordResource[] =>
  Object.values(build.pgResources).filter(isRecordResource);

/**
 * On input types whose SQL is decided by which fields are given, and not by operands (withOperand in filters.ts):
 * a statement is then built once for all values. src/patches/grafast reads it.
 */
export const DESCRIBABLE = { grafast: { canDescribe: true } } as never;

const tagOf = (attribute: PgCodecAttribute, name: "field" | "type" | "part"): string | undefined => {
  const value = attribute.extensions?.tags?.[name];
  return typeof value === "string" ? value : undefined;
};

/** The field that a column belongs to; several columns of a composite share one. */
export const fieldName = (attribute: PgCodecAttribute): string | undefined => tagOf(attribute, "field");

/** The field type (core.field_types) that a column belongs to, if metadata made it. */
export const fieldType = (attribute: PgCodecAttribute): string | undefined => tagOf(attribute, "type");

/** The part of a composite (primaryEmail) that a column holds; undefined for a column that is a field by itself. */
export const fieldPart = (attribute: PgCodecAttribute): string | undefined => tagOf(attribute, "part");

/** Whether deleting a record of this kind only marks it. */
export const isSoftDeleted = (codec: PgCodecWithAttributes): boolean => "deleted_at" in codec.attributes;

/** A relation as seen from one of its tables. */
export type RecordRelation = {
  isUnique: boolean;
  isReferencee?: boolean;
  localAttributes: readonly string[];
  remoteAttributes: readonly string[];
  remoteResource: RecordResource;
  /** `@fieldName` names the relation in the API, `@foreignFieldName` its other side; without it, it is not shown. */
  extensions?: {
    tags?: { fieldName?: string; foreignFieldName?: string; backwardBehavior?: unknown; oneToOne?: boolean; through?: string };
  };
};

/** Every foreign key of a record's table, and every one that points at it. */
export const relationsOf = (resource: RecordResource): [string, RecordRelation][] =>
  Object.entries(resource.getRelations()) as unknown as [string, RecordRelation][];

/** The relations that lead to one other record, by their names in the API: the table's own keys, and the other sides of one-to-ones. */
export const singleRelations = (resource: RecordResource): [string, RecordRelation][] =>
  relationsOf(resource).flatMap(([, relation]): [string, RecordRelation][] => {
    const { isUnique, isReferencee, remoteResource, extensions } = relation;
    const name = isReferencee ? extensions?.tags?.foreignFieldName : extensions?.tags?.fieldName;
    return isUnique && isRecordResource(remoteResource) && name ? [[name, relation]] : [];
  });
