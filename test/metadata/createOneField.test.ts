import { useApi } from "../helpers/server.ts";

const api = useApi();

let objectId = "";
let companyId = "";
beforeAll(async () => {
  const made = await api.metadata<{ createOneObject: { id: string } }>(
    'mutation { createOneObject(data: { nameSingular: "thing", namePlural: "things" }) { id } }',
  );
  const company = await api.metadata<{ object: { id: string } }>('{ object(filter: { nameSingular: { eq: "company" } }) { id } }');
  [objectId, companyId] = [made.data!.createOneObject.id, company.data!.object.id];
});

type Field = {
  id: string;
  name: string;
  type: string;
  label: string;
  columnName: string | null;
  isNullable: boolean;
  isUnique: boolean;
  options: { value: string; label: string }[] | null;
};
const CREATE =
  "mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id name type label columnName isNullable isUnique options } }";
const create = (data: object) => api.metadata<{ createOneField: Field }>(CREATE, { data: { objectId, ...data } });
it.each<[string, object, unknown, unknown]>([
  ["TEXT", {}, "a text", "another"],
  ["NUMBER", {}, 1.5, 2],
  ["NUMBER", { name: "anInt", settings: { dataType: "int" } }, 7, 8],
  ["NUMBER", { name: "aBigint", settings: { dataType: "bigint" } }, "9007199254740993", "1"],
  ["NUMERIC", {}, "0.1000000000000000000001", "2"],
  ["BOOLEAN", {}, true, false],
  ["DATE", {}, "2024-02-29", "2024-03-01"],
  ["DATE_TIME", {}, "2024-02-29T12:00:00.5Z", "2024-02-29T12:00:00Z"],
  ["UUID", {}, "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"],
  ["SELECT", { options: [{ value: "NEW" }, { value: "IN_WORK", label: "Being done", color: "red" }] }, "IN_WORK", "NEW"],
])("can add a field of the type %s, write it, read it and filter by it", async (type, spec, value, other) => {
  const name = (spec as { name?: string }).name ?? `a${type.charAt(0)}${type.slice(1).toLowerCase().replace(/_t/, "T")}`;
  const { data, errors } = await create({ name, type, ...spec });
  expect(errors).toBeUndefined();
  expect(data!.createOneField).toMatchObject({ name, type, isNullable: true, isUnique: false, columnName: expect.stringMatching(/^an?_/) });

  const made = await api.graphql<{ createThing: { id: string } }>(
    `mutation ($data: ThingCreateInput!) { createThing(data: $data) { id ${name} } }`,
    { data: { [name]: value } },
  );
  expect([made.errors, made.data]).toEqual([undefined, { createThing: { id: expect.any(String), [name]: value } }]);
  const id = made.data!.createThing.id;
  const count = (filter: object) =>
    api.graphql("query ($filter: ThingFilterInput) { things(filter: $filter) { nodes { id } } }", { filter });
  expect((await count({ [name]: { eq: value } })).data).toEqual({ things: { nodes: [{ id }] } });
  expect((await count({ [name]: { eq: other } })).data).toEqual({ things: { nodes: [] } });
  const changed = await api.graphql(`mutation ($id: UUID!, $data: ThingUpdateInput!) { updateThing(id: $id, data: $data) { ${name} } }`, {
    id,
    data: { [name]: other },
  });
  expect(changed.data).toEqual({ updateThing: { [name]: other } });
  expect((await api.graphql(`{ things(orderBy: [{ ${name}: AscNullsLast }], first: 1) { nodes { ${name} } } }`)).data).toEqual({
    things: { nodes: [{ [name]: other }] },
  });
});

it("can add a relation, with a list on the other side", async () => {
  const { data, errors } = await create({
    name: "maker",
    type: "RELATION",
    relation: { targetObjectId: companyId, targetFieldName: "madeThings", targetFieldLabel: "Things made" },
  });
  expect(errors).toBeUndefined();
  expect(data!.createOneField).toMatchObject({ name: "maker", type: "RELATION", columnName: "maker_id" });
  const company = await api.graphql<{ createCompany: { id: string } }>('mutation { createCompany(data: { name: "Maker" }) { id } }');
  const makerId = company.data!.createCompany.id;
  const made = await api.graphql('mutation ($id: UUID) { createThing(data: { name: "Made", makerId: $id }) { makerId maker { name } } }', {
    id: makerId,
  });
  expect(made.data).toEqual({ createThing: { makerId, maker: { name: "Maker" } } });
  const read = await api.graphql(
    '{ companies(filter: { name: { eq: "Maker" } }) { nodes { madeThings(first: 5) { totalCount nodes { name } } } } }',
  );
  expect(read.data).toEqual({ companies: { nodes: [{ madeThings: { totalCount: 1, nodes: [{ name: "Made" }] } }] } });
  expect(
    (
      await api.graphql(
        '{ things(filter: { maker: { name: { eq: "Maker" } } }, orderBy: [{ maker: { name: AscNullsLast } }]) { totalCount } }',
      )
    ).data,
  ).toEqual({ things: { totalCount: 1 } });
  const sides = await api.metadata(
    '{ relations(filter: { fromField: { name: { eq: "maker" } } }) { nodes { type onDelete fromObject { nameSingular } toField { name label } toObject { nameSingular } } } }',
  );
  expect(sides.data).toEqual({
    relations: {
      nodes: [
        {
          type: "MANY_TO_ONE",
          onDelete: "SET_NULL",
          fromObject: { nameSingular: "thing" },
          toField: { name: "madeThings", label: "Things made" },
          toObject: { nameSingular: "company" },
        },
      ],
    },
  });
});

it("can give a default to a field that may not be empty, and the records there are have it", async () => {
  const { errors } = await create({ name: "rank", type: "NUMBER", isNullable: false, defaultValue: 3, settings: { dataType: "int" } });
  expect(errors).toBeUndefined();
  const { data } = await api.graphql<{ things: { nodes: { rank: number }[] } }>("{ things { nodes { rank } } }");
  expect(new Set(data!.things.nodes.map(({ rank }) => rank))).toEqual(new Set([3]));
  expect((await api.graphql("mutation { createThing(data: {}) { rank } }")).data).toEqual({ createThing: { rank: 3 } });
  expect((await api.graphql("mutation { createThing(data: { rank: null }) { rank } }")).errors).toMatchObject([
    { extensions: { code: "VALUE_REQUIRED", field: "rank" } },
  ]);
});

it("can describe a field in any words, which steer nothing", async () => {
  for (const [n, description] of ["@behavior -select", "@name hacked\n@omit", "@field id", "@type SELECT\n@options A B"].entries()) {
    const name = `described${"ABCD".charAt(n)}`;
    expect((await create({ name, type: "TEXT", description })).errors).toBeUndefined();
    const made = await api.graphql(`mutation { createThing(data: { ${name}: "kept" }) { ${name} } }`);
    expect([made.errors, made.data]).toEqual([undefined, { createThing: { [name]: "kept" } }]);
    const type = await api.graphql<{ __type: { fields: { name: string; description: string }[] } }>(
      '{ __type(name: "Thing") { fields { name description } } }',
    );
    expect(type.data!.__type.fields).toContainEqual({ name, description });
  }
});

it("can make a field unique (CONFLICT)", async () => {
  expect((await create({ name: "serial", type: "TEXT", isUnique: true })).errors).toBeUndefined();
  const CREATE_THING = 'mutation { createThing(data: { serial: "S-1" }) { serial } }';
  expect((await api.graphql(CREATE_THING)).errors).toBeUndefined();
  expect((await api.graphql(CREATE_THING)).errors).toMatchObject([{ extensions: { code: "CONFLICT", field: "serial" } }]);
});
