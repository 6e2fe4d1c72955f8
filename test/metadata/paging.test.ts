import { useApi } from "../helpers/server.ts";

const api = useApi();

type Page = { edges: { cursor: string; node: { nameSingular: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
const QUERY =
  "query ($paging: CursorPaging, $first: Int) { objects(paging: $paging, first: $first, orderBy: [{ nameSingular: AscNullsLast }]) { edges { cursor node { nameSingular } } pageInfo { hasNextPage endCursor } } }";
const page = (variables: Record<string, unknown>) => api.metadata<{ objects: Page }>(QUERY, variables);
const names = ({ edges }: Page) => edges.map(({ node }) => node.nameSingular);

it("can walk objects by a paging argument, as by first and after", async () => {
  const all = names((await page({ first: 1000 })).data!.objects);
  const met: string[] = [];
  let after: string | undefined;
  for (;;) {
    const { data, errors } = await page({ paging: { first: 4, after } });
    expect(errors).toBeUndefined();
    met.push(...names(data!.objects));
    if (!data!.objects.pageInfo.hasNextPage) break;
    after = data!.objects.pageInfo.endCursor;
  }
  expect(met).toEqual(all);
  expect(names((await page({ paging: { last: 2 } })).data!.objects)).toEqual(all.slice(-2));
  expect(names((await page({ paging: {} })).data!.objects)).toEqual(all);
  const literal = await api.metadata<{ objects: { nodes: { fields: { nodes: object[] } }[] } }>(
    "{ objects(paging: { first: 2 }) { nodes { fields(paging: { first: 3 }) { nodes { name } } } } }",
  );
  expect(literal.data!.objects.nodes.map(({ fields }) => fields.nodes.length)).toEqual([3, 3]);
});

it.each<[string, Record<string, unknown>, string, string]>([
  ["too many", { paging: { first: 1001 } }, "LIMIT_EXCEEDED", "first"],
  ["fewer than none", { paging: { last: -1 } }, "BAD_INPUT", "last"],
  ["both ends", { paging: { first: 1, last: 1 } }, "ARGS_CONFLICT", "last"],
  ["the same twice", { paging: { first: 1 }, first: 1 }, "ARGS_CONFLICT", "paging.first"],
  ["no cursor", { paging: { after: "nonsense" } }, "INVALID_CURSOR", "after"],
])("cannot ask a paging argument for %s", async (_what, variables, code, field) => {
  expect((await page(variables)).errors).toMatchObject([{ extensions: { code, field } }]);
});

it("can find an object or a field by its id", async () => {
  const { data } = await api.metadata<{ object: { id: string; fieldsList: { id: string; name: string }[] } }>(
    '{ object(filter: { nameSingular: { eq: "company" } }) { id fieldsList { id name } } }',
  );
  const { id, fieldsList } = data!.object;
  const name = fieldsList.find((field) => field.name === "name")!;
  const BY_ID =
    "query ($id: UUID!, $field: UUID!) { object(id: $id) { nameSingular labelIdentifierFieldMetadataId imageIdentifierFieldMetadataId isSearchable isLabelSyncedWithName shortcut color duplicateCriteria standardOverrides } field(id: $field) { name objectMetadataId isUiEditable isLabelSyncedWithName standardOverrides } }";
  const found = await api.metadata(BY_ID, { id, field: name.id }, "guest@acme.test");
  expect([found.errors, found.data]).toEqual([
    undefined,
    {
      object: {
        nameSingular: "company",
        labelIdentifierFieldMetadataId: name.id,
        imageIdentifierFieldMetadataId: null,
        isSearchable: true,
        isLabelSyncedWithName: false,
        shortcut: null,
        color: null,
        duplicateCriteria: [["name"], ["domainName"]],
        standardOverrides: null,
      },
      field: { name: "name", objectMetadataId: id, isUiEditable: true, isLabelSyncedWithName: false, standardOverrides: null },
    },
  ]);
  expect((await api.metadata(BY_ID, { id: name.id, field: id })).errors).toMatchObject([
    { extensions: { code: "NOT_FOUND" } },
    { extensions: { code: "NOT_FOUND" } },
  ]);
  expect((await api.metadata(BY_ID, { id, field: name.id }, "owner@globex.test")).errors).toHaveLength(2);
  expect((await api.metadata("{ object { id } }")).errors).toMatchObject([{ extensions: { code: "BAD_INPUT", field: "id" } }]);
  const both = 'query ($id: UUID!) { object(id: $id, filter: { nameSingular: { eq: "person" } }) { id } }';
  expect((await api.metadata(both, { id })).errors).toMatchObject([{ extensions: { code: "NOT_FOUND" } }]);
});

it("can count the records of each object that the caller may read", async () => {
  const { data, errors } = await api.metadata<{ objectRecordCounts: { objectNamePlural: string; totalCount: number }[] }>(
    "{ objectRecordCounts { objectNamePlural totalCount } }",
  );
  expect(errors).toBeUndefined();
  const counts = Object.fromEntries(data!.objectRecordCounts.map(({ objectNamePlural, totalCount }) => [objectNamePlural, totalCount]));
  const records = await api.graphql<Record<string, { totalCount: number }>>(
    "{ companies { totalCount } people { totalCount } noteTargets { totalCount } }",
  );
  expect(counts).toMatchObject(Object.fromEntries(Object.entries(records.data!).map(([name, { totalCount }]) => [name, totalCount])));
  await api.sql(
    "update core.roles set permissions = '{people.read}' where workspace_id = current_setting('relata.workspace_id')::uuid and name = 'GUEST'",
  );
  const guest = await api.metadata<{ objectRecordCounts: { objectNamePlural: string }[] }>(
    "{ objectRecordCounts { objectNamePlural } }",
    {},
    "guest@acme.test",
  );
  expect(guest.data).toEqual({ objectRecordCounts: [{ objectNamePlural: "people" }] });
});

it("can read at once what a screen needs first", async () => {
  type Minimal = {
    minimalMetadata: { objectMetadataItems: { nameSingular: string }[]; views: { key: string; objectMetadataId: string }[] };
  };
  const { data, errors } = await api.metadata<Minimal>(
    "{ minimalMetadata { objectMetadataItems { id nameSingular isCustom isActive isSystem } views { id type key objectMetadataId } } }",
    {},
    "member@acme.test",
  );
  expect(errors).toBeUndefined();
  expect(data!.minimalMetadata.objectMetadataItems.map(({ nameSingular }) => nameSingular)).toEqual(
    expect.arrayContaining(["company", "project"]),
  );
  expect(data!.minimalMetadata.views.filter(({ key }) => key === "INDEX").length).toBeGreaterThan(5);
});
