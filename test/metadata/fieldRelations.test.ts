/** `field { relation }` and `morphRelations`: what each field of a relation tells of it. */
import { useApi } from "../helpers/server.ts";

const api = useApi();
const objects: Record<string, string> = {};

const ADD = "mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }";
const TELL = `type onDelete columnName junctionObject { nameSingular } sourceObject { nameSingular } sourceField { name }
  targetObject { nameSingular } targetField { name type }`;

type Told = {
  type: string;
  onDelete: string;
  columnName: string | null;
  junctionObject: { nameSingular: string } | null;
  sourceObject: { nameSingular: string };
  sourceField: { name: string };
  targetObject: { nameSingular: string };
  targetField: { name: string; type: string };
};
const inShort = ({ type, sourceObject, sourceField, targetObject, targetField, columnName, junctionObject }: Told) =>
  `${sourceObject.nameSingular}.${sourceField.name} ${type} ${targetObject.nameSingular}.${targetField.name} ${columnName ?? junctionObject?.nameSingular ?? "-"}`;

/** What a field tells of its relation, and of its relations. */
async function tellOf(object: string, name: string): Promise<[string | null, string[]]> {
  type Found = { field: { relation: Told | null; morphRelations: Told[] } };
  const { data, errors } = await api.metadata<Found>(
    `query ($objectId: UUID!, $name: String!) { field(filter: { objectId: { eq: $objectId }, name: { eq: $name } }) { relation { ${TELL} } morphRelations { ${TELL} } } }`,
    { objectId: objects[object], name },
  );
  expect(errors).toBeUndefined();
  const { relation, morphRelations } = data!.field;
  return [relation && inShort(relation), morphRelations.map(inShort)];
}

beforeAll(async () => {
  const { data } = await api.metadata<{ objects: { nodes: { id: string; nameSingular: string }[] } }>(
    "{ objects { nodes { id nameSingular } } }",
  );
  for (const { id, nameSingular } of data!.objects.nodes) objects[nameSingular] = id;
  const to = (target: string, targetFieldName: string, more: object = {}) => ({
    targetObjectId: objects[target],
    targetFieldName,
    ...more,
  });
  const fields = [
    { name: "manager", relation: to("person", "managed", { type: "ONE_TO_ONE", onDelete: "RESTRICT" }) },
    { name: "members", relation: to("person", "memberOf", { type: "MANY_TO_MANY", junctionName: "membership" }) },
    { name: "phases", relation: to("task", "project", { type: "ONE_TO_MANY" }) },
    { name: "subject", type: "MORPH_RELATION", relation: { targets: [to("company", "subjectOf"), to("person", "subjectOf")] } },
  ];
  for (const field of fields) {
    const { errors } = await api.metadata(ADD, { data: { objectId: objects["project"], type: "RELATION", ...field } });
    expect({ field: field.name, errors }).toEqual({ field: field.name, errors: undefined });
  }
});

it.each([
  ["project", "name", null, []],
  ["project", "company", "project.company MANY_TO_ONE company.projects company_id", []],
  ["company", "projects", "company.projects ONE_TO_MANY project.company -", []],
  ["project", "manager", "project.manager ONE_TO_ONE person.managed manager_id", []],
  ["person", "managed", "person.managed ONE_TO_ONE project.manager -", []],
  ["project", "members", "project.members MANY_TO_MANY person.memberOf membership", []],
  ["person", "memberOf", "person.memberOf MANY_TO_MANY project.members membership", []],
  ["project", "phases", "project.phases ONE_TO_MANY task.project -", []],
  ["task", "project", "task.project MANY_TO_ONE project.phases project_id", []],
  [
    "project",
    "subject",
    null,
    ["project.subject MANY_TO_ONE company.subjectOf subject_company_id", "project.subject MANY_TO_ONE person.subjectOf subject_person_id"],
  ],
  ["company", "subjectOf", "company.subjectOf ONE_TO_MANY project.subject -", []],
])("can tell of %s.%s", async (object, name, relation, morphRelations) => {
  const [told, list] = await tellOf(object, name);
  expect([told, list.sort()]).toEqual([relation, morphRelations]);
});

it("can tell of it by the reference's names", async () => {
  const { data } = await api.metadata(
    `query ($objectId: UUID!) { field(filter: { objectId: { eq: $objectId }, name: { eq: "manager" } }) { relation {
      onDelete sourceObjectMetadata { nameSingular } sourceFieldMetadata { name } targetObjectMetadata { nameSingular } targetFieldMetadata { name } } } }`,
    { objectId: objects["project"] },
  );
  expect(data).toEqual({
    field: {
      relation: {
        onDelete: "RESTRICT",
        sourceObjectMetadata: { nameSingular: "project" },
        sourceFieldMetadata: { name: "manager" },
        targetObjectMetadata: { nameSingular: "person" },
        targetFieldMetadata: { name: "managed" },
      },
    },
  });
});

it("can list the fields of every object with their relations", async () => {
  type Found = {
    objects: { nodes: { fields: { nodes: { type: string; relation: { type: string } | null; morphRelations: object[] }[] } }[] };
  };
  const { data, errors } = await api.metadata<Found>(
    "{ objects { nodes { fields(first: 100) { nodes { type relation { type } morphRelations { type } } } } } }",
  );
  expect(errors).toBeUndefined();
  for (const { type, relation, morphRelations } of data!.objects.nodes.flatMap(({ fields }) => fields.nodes)) {
    expect([type, relation !== null, morphRelations.length > 0]).toEqual([type, type === "RELATION", type === "MORPH_RELATION"]);
  }
});

it("cannot tell of another workspace's relations", async () => {
  const { data } = await api.metadata(
    "query ($objectId: UUID!) { fields(filter: { objectId: { eq: $objectId } }) { nodes { relation { type } } } }",
    { objectId: objects["project"] },
    "owner@globex.test",
  );
  expect(data).toEqual({ fields: { nodes: [] } });
});

it("can change what a morph relation points at, and onDelete, in the words of either form", async () => {
  const { data: found } = await api.metadata<{ field: { id: string } }>(
    'query ($objectId: UUID!) { field(filter: { objectId: { eq: $objectId }, name: { eq: "subject" } }) { id } }',
    { objectId: objects["project"] },
  );
  const { id } = found!.field;
  const UPDATE = `mutation ($id: UUID!, $update: UpdateFieldInput!, $force: Boolean) {
    updateOneField(input: { id: $id, update: $update }, force: $force) { morphRelations { onDelete targetObject { nameSingular } } } }`;
  const update = async (change: object, force?: boolean) => {
    type Relations = { onDelete: string; targetObject: { nameSingular: string } }[];
    const { data, errors } = await api.metadata<{ updateOneField: { morphRelations: Relations } }>(UPDATE, { id, update: change, force });
    const told = data?.updateOneField?.morphRelations
      .map(({ onDelete, targetObject }) => `${targetObject.nameSingular} ${onDelete}`)
      .sort();
    return told ?? errors?.[0]?.extensions;
  };
  const to = (target: string, more: object = {}) => ({ targetObjectMetadataId: objects[target], targetFieldLabel: "Subject of", ...more });
  expect(await update({ morphRelationsUpdatePayload: [to("task")] })).toEqual(["company SET_NULL", "person SET_NULL", "task SET_NULL"]);
  expect(await update({ relation: { targets: [to("task"), to("company", { onDelete: "CASCADE" })] } })).toEqual([
    "company CASCADE",
    "task SET_NULL",
  ]);
  const company = await api.graphql<{ companies: { edges: { node: { id: string } }[] } }>(
    "{ companies(first: 1) { edges { node { id } } } }",
  );
  const created = await api.graphql('mutation ($id: UUID) { createProject(data: { name: "About", subjectCompanyId: $id }) { id } }', {
    id: company.data!.companies.edges[0]!.node.id,
  });
  expect(created.errors).toBeUndefined();
  expect(await update({ relation: { targets: [to("task")] } })).toMatchObject({
    code: "METADATA_VALIDATION_FAILED",
    errors: [{ code: "FIELD_IN_USE", field: "data.force" }],
  });
  expect(await update({ relation: { targets: [to("task")] } }, true)).toEqual(["task SET_NULL"]);
  const { data } = await api.graphql<{ __type: { fields: { name: string }[] } }>('{ __type(name: "Project") { fields { name } } }');
  const fields = data!.__type.fields.map(({ name }) => name);
  expect(fields).toContain("subjectTask");
  expect(fields).not.toContain("subjectCompany");
});
