/** What an input may say of a record's relations: the key of a relation to one, the children of a relation to many. */
import { isRecordResource, type RecordResource, relationsOf } from "../records/resources.ts";

/** A relation to one record, by the key that this record has. */
export type ToOne = { field: string; column: string; target: RecordResource };
/** A relation to many, by the key that they have. */
export type ToMany = { field: string; column: string; target: RecordResource };
type Behaves = (resource: RecordResource, column: string, action: "insert" | "update") => boolean;

const has = (resource: RecordResource, name: string | undefined): name is string => name !== undefined && name in resource.codec.attributes;

/** The keys of a record that may be written. */
export const toOnesOf = (resource: RecordResource, action: "insert" | "update", may: Behaves): ToOne[] =>
  relationsOf(resource).flatMap(([, { isReferencee, localAttributes, remoteAttributes, remoteResource, extensions }]) => {
    const field = extensions?.tags?.fieldName;
    const [column] = localAttributes;
    const isKey = !isReferencee && localAttributes.length === 1 && remoteAttributes[0] === "id" && has(resource, column);
    return isKey && field && isRecordResource(remoteResource) && may(resource, column, action)
      ? [{ field, column, target: remoteResource }]
      : [];
  });

/** The records that may be created together with one that they point at. */
export const toManiesOf = (resource: RecordResource, may: Behaves): ToMany[] =>
  relationsOf(resource).flatMap(([, { isReferencee, localAttributes, remoteAttributes, remoteResource, extensions }]) => {
    const { foreignFieldName: field, oneToOne } = extensions?.tags ?? {};
    const [column] = remoteAttributes;
    const isList = isReferencee && !oneToOne && localAttributes[0] === "id" && remoteAttributes.length === 1;
    return isList && field && isRecordResource(remoteResource) && has(remoteResource, column) && may(remoteResource, column, "insert")
      ? [{ field, column, target: remoteResource }]
      : [];
  });
