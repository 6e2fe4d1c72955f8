/** Formulas, rollups, rules and indexes through the API: made, read, kept out of inputs, told of in errors. */
import { useApi } from "../helpers/server.ts";

const api = useApi();

const id = async (filter: string) =>
  (await api.metadata<{ object: { id: string } }>(`{ object(filter: { nameSingular: { eq: "${filter}" } }) { id } }`)).data!.object.id;
let [deal, company] = ["", ""];
beforeAll(async () => {
  [deal, company] = [await id("opportunity"), await id("company")];
});

const createField = (data: object) =>
  api.metadata<{ createOneField: { id: string; settings: object } }>(
    "mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id name settings } }",
    { data },
  );
const inputFields = async (type: string) =>
  (
    await api.graphql<{ __type: { inputFields: { name: string }[] } }>(`{ __type(name: "${type}") { inputFields { name } } }`)
  ).data!.__type.inputFields.map(({ name }) => name);

it("can make a formula of a text, which is read, filtered and sorted by, and is in no input", async () => {
  const { data, errors } = await createField({
    objectId: deal,
    name: "expected",
    type: "NUMERIC",
    settings: { formula: 'if(stage = "CUSTOMER", amount * 0.5, null)' },
  });
  expect(errors).toBeUndefined();
  expect(data!.createOneField.settings).toEqual({
    formula: {
      op: "if",
      args: [{ op: "equals", args: [{ field: "stage" }, "CUSTOMER"] }, { op: "multiply", args: [{ field: "amount" }, 0.5] }, null],
    },
  });
  const made = await api.graphql('mutation { createOpportunity(data: { amount: "99000000", stage: CUSTOMER }) { expected } }');
  expect([made.errors, made.data]).toEqual([undefined, { createOpportunity: { expected: "49500000.0" } }]);
  const read = await api.graphql(
    '{ opportunities(filter: { expected: { gte: "49500000" } }, orderBy: [{ expected: DescNullsLast }], first: 1) { totalCount nodes { amount expected } } }',
  );
  expect(read.data).toEqual({ opportunities: { totalCount: 1, nodes: [{ amount: "99000000", expected: "49500000.0" }] } });
  for (const type of ["OpportunityCreateInput", "OpportunityUpdateInput"]) {
    expect(await inputFields(type)).toContain("amount");
    expect(await inputFields(type)).not.toContain("expected");
  }
});

it("can make a rollup, with a filter that is a text", async () => {
  const settings = {
    dataType: "int",
    rollup: { relation: "opportunities", function: "count", filter: "amount > 5 and not isNull(stage)" },
  };
  const { errors } = await createField({ objectId: company, name: "dealCount", type: "NUMBER", settings });
  expect(errors).toBeUndefined();
  const made = await api.graphql<{ createCompany: { id: string; dealCount: number } }>(
    'mutation { createCompany(data: { name: "Roll" }) { id dealCount } }',
  );
  expect(made.data!.createCompany.dealCount).toBe(0);
  const create = "mutation ($data: OpportunityCreateInput!) { createOpportunity(data: $data) { company { dealCount } } }";
  for (const amount of ["1", "6", "7"]) await api.graphql(create, { data: { amount, companyId: made.data!.createCompany.id } });
  const read = await api.graphql(
    '{ companies(filter: { name: { eq: "Roll" }, dealCount: { eq: 2 } }) { nodes { dealCount opportunities { totalCount } } } }',
  );
  expect(read.data).toEqual({ companies: { nodes: [{ dealCount: 2, opportunities: { totalCount: 3 } }] } });
  expect(await inputFields("CompanyUpdateInput")).not.toContain("dealCount");
});

it.each([
  ["amount *", "data.settings.formula"],
  ["amount ** 2", "data.settings.formula"],
  ["sqrt(amount)", "data.settings.formula.op"],
  ["amount + name", "data.settings.formula"],
  ["process.exit()", "data.settings.formula"],
  ["(".repeat(3000), "data.settings.formula"],
  ["!".repeat(3000), "data.settings.formula"],
])("cannot make a formula of %j (EXPRESSION_INVALID)", async (formula, field) => {
  const { errors } = await createField({ objectId: deal, name: "made", type: "NUMERIC", settings: { formula } });
  expect(errors).toMatchObject([{ extensions: { errors: [{ code: "EXPRESSION_INVALID", field }] } }]);
});

it.each([
  [31, "EXPRESSION_INVALID"],
  [2000, "LIMIT_EXCEEDED"],
])("cannot make a formula of a tree %i deep (%s)", async (depth, code) => {
  let formula: object = { field: "amount" };
  for (let n = 0; n < depth; n++) formula = { op: "abs", args: [formula] };
  const { errors } = await createField({ objectId: deal, name: "made", type: "NUMERIC", settings: { formula } });
  expect(errors!.map(({ extensions }) => extensions.errors?.[0]?.code ?? extensions.code)).toEqual([code]);
});

const CREATE_RULE =
  "mutation ($data: CreateRuleInput, $input: CreateOneRuleInput) { createOneRule(data: $data, input: $input) { id name message kind expression onlyNewRecords object { nameSingular } } }";

it("can make a rule, change it and delete it; who breaks it reads its words", async () => {
  const data = { objectId: deal, name: "notTooMuch", message: "Nobody has that much.", expression: "amount < 100000000" };
  const made = await api.metadata<{ createOneRule: { id: string } }>(CREATE_RULE, { data });
  expect([made.errors, made.data]).toMatchObject([
    undefined,
    {
      createOneRule: {
        name: "notTooMuch",
        kind: "CHECK",
        message: "Nobody has that much.",
        expression: { op: "less", args: [{ field: "amount" }, 100000000] },
        onlyNewRecords: false,
        object: { nameSingular: "opportunity" },
      },
    },
  ]);
  const ruleId = made.data!.createOneRule.id;
  const write = (amount: string) =>
    api.graphql("mutation ($amount: BigFloat) { createOpportunity(data: { amount: $amount }) { amount } }", { amount });
  expect((await write("100000000")).errors).toMatchObject([
    { message: "Nobody has that much.", extensions: { code: "CHECK_FAILED", rule: "notTooMuch" } },
  ]);
  expect((await write("99999999")).errors).toBeUndefined();

  const changed = await api.metadata(
    'mutation ($id: UUID!) { updateOneRule(input: { id: $id, update: { expression: "amount < 200000000" } }) { id name } }',
    { id: ruleId },
  );
  expect([changed.errors, changed.data]).toEqual([undefined, { updateOneRule: { id: ruleId, name: "notTooMuch" } }]);
  expect((await write("100000000")).errors).toBeUndefined();
  expect((await write("200000000")).errors).toMatchObject([{ extensions: { rule: "notTooMuch" } }]);
  expect((await api.metadata('{ rules(filter: { name: { eq: "notTooMuch" } }) { totalCount nodes { id } } }')).data).toEqual({
    rules: { totalCount: 1, nodes: [{ id: ruleId }] },
  });

  const deleted = await api.metadata("mutation ($id: UUID!) { deleteOneRule(id: $id) { id } }", { id: ruleId });
  expect([deleted.errors, deleted.data]).toEqual([undefined, { deleteOneRule: { id: ruleId } }]);
  expect((await write("200000000")).errors).toBeUndefined();
});

it("cannot make a rule of data and input both, or of neither", async () => {
  const rule = { objectId: deal, name: "twice", expression: "true" };
  expect((await api.metadata(CREATE_RULE, { data: rule, input: { rule } })).errors).toMatchObject([
    { extensions: { code: "ARGS_CONFLICT" } },
  ]);
  expect((await api.metadata(CREATE_RULE, {})).errors).toMatchObject([{ extensions: { code: "BAD_INPUT", field: "data" } }]);
  expect((await api.metadata(CREATE_RULE, { data: rule }, "member@acme.test")).errors).toMatchObject([
    { extensions: { code: "PERMISSION_DENIED" } },
  ]);
});

it("can make an index that keeps records apart, in the reference's form, and delete it", async () => {
  const fields = await api.metadata<{ fields: { nodes: { id: string; name: string }[] } }>(
    `{ fields(filter: { objectId: { eq: "${company}" }, name: { in: ["name", "domainName"] } }) { nodes { id name } } }`,
  );
  const index = {
    objectMetadataId: company,
    indexType: "BTREE",
    isUnique: true,
    fields: fields.data!.fields.nodes.map(({ id: fieldMetadataId }) => ({ fieldMetadataId })),
  };
  const made = await api.metadata<{ createOneIndex: { id: string } }>(
    "mutation ($index: CreateIndexInput!) { createOneIndex(input: { index: $index }) { id type isUnique isCustom status object { nameSingular } } }",
    { index },
  );
  expect([made.errors, made.data]).toMatchObject([
    undefined,
    { createOneIndex: { type: "BTREE", isUnique: true, isCustom: true, status: "READY", object: { nameSingular: "company" } } },
  ]);
  const write = () => api.graphql('mutation { createCompany(data: { name: "Same", domainName: "same.test" }) { name } }');
  expect((await write()).errors).toBeUndefined();
  expect((await write()).errors).toMatchObject([
    { extensions: { code: "CONFLICT", field: expect.stringMatching(/^(name, domainName|domainName, name)$/) } },
  ]);
  const indexId = made.data!.createOneIndex.id;
  expect((await api.metadata("{ indexes { nodes { id } } }")).data).toEqual({ indexes: { nodes: [{ id: indexId }] } });
  expect((await api.metadata("mutation ($id: UUID!) { deleteOneIndex(input: { id: $id }) { id } }", { id: indexId })).data).toEqual({
    deleteOneIndex: { id: indexId },
  });
  expect((await write()).errors).toBeUndefined();
});

it.each(["rules", "indexes"])("cannot be read by members: %s (PERMISSION_DENIED)", async (list) => {
  const { errors } = await api.metadata(`{ ${list} { totalCount nodes { id } } }`, {}, "member@acme.test");
  expect(errors).toMatchObject([{ extensions: { code: "PERMISSION_DENIED" } }]);
});
