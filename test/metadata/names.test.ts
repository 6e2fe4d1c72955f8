/** Names arrive in the API letter by letter: a digit before a letter makes no capital of it. */
import { useApi } from "../helpers/server.ts";

const api = useApi();

it("can name objects, fields and both sides of relations with digits anywhere", async () => {
  const apply = async (changes: object[]) => {
    const { data, errors } = await api.metadata<{ applyChanges: { changes: { id: string }[] } }>(
      "mutation ($changes: [ChangeInput!]!) { applyChanges(changes: $changes) { changes { id } } }",
      { changes },
    );
    expect(errors).toBeUndefined();
    return data!.applyChanges.changes.map(({ id }) => id);
  };
  const [line2e] = await apply([{ kind: "createObject", data: { nameSingular: "line2e", namePlural: "line3es" } }]);
  const { data: found } = await api.metadata<{ objects: { nodes: { id: string }[] } }>(
    '{ objects(filter: { nameSingular: { eq: "company" } }) { nodes { id } } }',
  );
  const company = found!.objects.nodes[0]!.id;
  const field = (name: string, type: string, more: object = {}) => ({
    kind: "createField",
    data: { objectId: line2e, name, type, ...more },
  });
  const relation = (name: string, type: string, other: string) =>
    field(name, "RELATION", { relation: { type, targetObjectId: company, targetFieldName: other } });
  await apply([
    field("text4e", "TEXT"),
    field("select5e", "SELECT", { options: [{ value: "A" }] }),
    field("link6e", "LINKS"),
    relation("one7e", "MANY_TO_ONE", "many7e"),
    relation("single8e", "ONE_TO_ONE", "single9e"),
    relation("pairs10e", "MANY_TO_MANY", "pairs11e"),
    field("morph12e", "MORPH_RELATION", { relation: { targets: [{ targetObjectId: company, targetFieldName: "morphs13e" }] } }),
  ]);
  type Named = { name: string; fields: { name: string }[] | null; inputFields: { name: string }[] | null };
  const { data } = await api.graphql<{ __schema: { types: Named[] } }>(
    "{ __schema { types { name fields { name } inputFields { name } } } }",
  );
  const names = data!.__schema.types.flatMap(({ name, fields, inputFields }) => [
    name,
    ...[...(fields ?? []), ...(inputFields ?? [])].map((f) => f.name),
  ]);
  expect(names.filter((name) => /\dE/.test(name))).toEqual([]);
  const { errors } = await api.graphql(`{
    line3es(orderBy: [{ one7e: { name: AscNullsLast } }]) {
      nodes { text4e select5e link6e { primaryLinkUrl } one7e { id } single8e { id } morph12eCompany { id } pairs10e { totalCount } }
    }
    companies { nodes { many7e { totalCount } single9e { id } pairs11e { totalCount } morphs13e { totalCount } } }
  }`);
  expect(errors).toBeUndefined();
});
