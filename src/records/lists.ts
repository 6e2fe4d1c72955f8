/** The relations that lead to many: the other sides of keys, and what junctions join. */
import { isRecordResource, type RecordRelation, type RecordResource, relationsOf } from "./resources.ts";

/** A many-to-many: from the record to the junction, and from the junction on. */
export type Through = { fieldName: string; toJunction: RecordRelation; toOther: RecordRelation };

const throughOf = ({ extensions }: RecordRelation): string | undefined => extensions?.tags?.through;

/** The lists of a record that go through a junction. */
export function throughRelations(resource: RecordResource): Through[] {
  return relationsOf(resource).flatMap(([, toJunction]) => {
    const fieldName = throughOf(toJunction);
    const junction = toJunction.remoteResource;
    if (!toJunction.isReferencee || !fieldName || !isRecordResource(junction)) return [];
    const [key] = toJunction.remoteAttributes;
    const other = relationsOf(junction).find(
      ([, relation]) => !relation.isReferencee && throughOf(relation) && relation.localAttributes[0] !== key,
    );
    return other && isRecordResource(other[1].remoteResource) ? [{ fieldName, toJunction, toOther: other[1] }] : [];
  });
}

/** The way to the records of a list: one relation, or two with the junction between them. */
export type Way = readonly [RecordRelation] | readonly [RecordRelation, RecordRelation];

/** Every list of a record that the API shows, by its name. */
export const listRelations = (resource: RecordResource): [string, Way][] => [
  ...relationsOf(resource).flatMap(([, relation]): [string, Way][] => {
    const { isUnique, isReferencee, remoteResource, extensions } = relation;
    const { foreignFieldName: name, backwardBehavior } = extensions?.tags ?? {};
    return isReferencee && !isUnique && name && !backwardBehavior && isRecordResource(remoteResource) ? [[name, [relation]]] : [];
  }),
  ...throughRelations(resource).map(({ fieldName, toJunction, toOther }): [string, Way] => [fieldName, [toJunction, toOther]]),
];
