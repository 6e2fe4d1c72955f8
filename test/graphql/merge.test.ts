/** mergeCompanies and its siblings: one record of several, with all that belongs to them. */
import { names, useRockets } from "./rockets.ts";
import "../helpers/slow.ts";

const { api, run, create, remove } = useRockets();

type Row = Record<string, unknown> & { id: string };
const MERGE = (plural: string, fields: string) =>
  `mutation ($ids: [UUID!]!, $index: Int!, $dryRun: Boolean) { merge${plural}(ids: $ids, conflictPriorityIndex: $index, dryRun: $dryRun) { ${fields} } }`;
const merge = (plural: string, ids: string[], index = 0, fields = "id", dryRun?: boolean) =>
  run<Row>(MERGE(plural, fields), { ids, index, dryRun });
const refusal = async (ids: unknown, index: unknown, email?: string, plural = "Companies") => {
  const { status, errors } = await api.graphql(MERGE(plural, "id"), { ids, index }, email);
  return { status, code: errors?.[0]?.extensions.code, field: errors?.[0]?.extensions.field };
};
const living = (table: string, ids: string[]) =>
  api.sql<Row>(`select id from ${table} where id = any ($1) and deleted_at is null order by array_position($1, id)`, [ids]);

describe("what the record becomes", () => {
  it("can take what only the others know, and keep what the preferred one says", async () => {
    const a = await create("Company", { name: "Acme", employees: 0, idealCustomerProfile: false });
    const b = await create("Company", { name: "ACME Inc.", industry: "Steel", employees: 7, idealCustomerProfile: true });
    const c = await create("Company", { industry: "Iron", address: "Main St", annualRecurringRevenue: "123456789012345678.5" });
    const merged = await merge(
      "Companies",
      [c, b, a],
      2,
      "id name industry employees idealCustomerProfile address annualRecurringRevenue deletedAt",
    );
    expect(merged).toEqual({
      id: a,
      name: "Acme",
      industry: "Iron",
      employees: 0,
      idealCustomerProfile: false,
      address: "Main St",
      annualRecurringRevenue: "123456789012345678.5",
      deletedAt: null,
    });
    expect(await living("company", [a, b, c])).toEqual([{ id: a }]);
  });

  it("can unite lists and keep the parts of a value together", async () => {
    const { data } = await api.metadata<{ createOneObject: { id: string } }>(
      "mutation ($data: CreateObjectInput!) { createOneObject(data: $data) { id } }",
      { data: { nameSingular: "probe", namePlural: "probes" } },
    );
    const objectId = data!.createOneObject.id;
    const fields = [
      { name: "mails", type: "EMAILS" },
      { name: "calls", type: "PHONES" },
      { name: "sites", type: "LINKS", settings: { maxNumberOfValues: 3 } },
      { name: "price", type: "CURRENCY" },
      { name: "who", type: "FULL_NAME" },
      { name: "place", type: "ADDRESS" },
      { name: "tags", type: "ARRAY" },
      { name: "kinds", type: "MULTI_SELECT", options: [{ value: "A" }, { value: "B" }, { value: "C" }] },
      { name: "docs2", type: "FILES", settings: { maxNumberOfValues: 2 } },
      { name: "raw", type: "RAW_JSON" },
    ];
    const FIELD = "mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }";
    for (const field of fields) expect((await api.metadata(FIELD, { data: { objectId, ...field } })).errors).toBeUndefined();
    const file = (n: number) => ({ fileId: `0189000${n}-0000-7000-8000-000000000000`, label: `f${n}` });
    const first = await create("Probe", {
      mails: { additionalEmails: ["x@a.test"] },
      calls: { primaryPhoneNumber: "+33612345678", additionalPhones: [{ number: "30901820", callingCode: "+49" }] },
      sites: { primaryLinkUrl: "https://a.test", secondaryLinks: [{ url: "https://b.test", label: "B" }] },
      price: { amountMicros: null, currencyCode: "EUR" },
      who: { firstName: "Ann" },
      place: { addressCity: "Paris" },
      tags: ["one", "two"],
      kinds: ["B"],
      docs2: [file(1)],
      raw: {},
    });
    const second = await create("Probe", {
      mails: { primaryEmail: "p@b.test", additionalEmails: ["y@b.test", "x@a.test"] },
      calls: { primaryPhoneNumber: "+14155550100", additionalPhones: [{ number: "30901820", callingCode: "+49" }] },
      sites: { primaryLinkUrl: "https://c.test", primaryLinkLabel: "C", secondaryLinks: [{ url: "https://d.test" }] },
      price: { amountMicros: "5000000", currencyCode: "USD" },
      who: { firstName: "Bob", lastName: "Ray" },
      place: { addressCity: "Lyon", addressCountry: "France" },
      tags: ["two", "three"],
      kinds: ["A", "B"],
      docs2: [file(1), file(2), file(3)].slice(0, 2),
      raw: { a: 1 },
    });
    const merged = await merge(
      "Probes",
      [first, second],
      0,
      `mails { primaryEmail additionalEmails } calls { primaryPhoneNumber primaryPhoneCallingCode additionalPhones } sites { primaryLinkUrl primaryLinkLabel secondaryLinks }
       price { amountMicros currencyCode } who { firstName lastName } place { addressCity addressCountry } tags kinds docs2 { fileId } raw`,
    );
    expect(merged).toEqual({
      mails: { primaryEmail: "p@b.test", additionalEmails: ["x@a.test", "y@b.test"] },
      calls: {
        primaryPhoneNumber: "612345678",
        primaryPhoneCallingCode: "+33",
        additionalPhones: [
          { number: "30901820", countryCode: "DE", callingCode: "+49" },
          { number: "4155550100", countryCode: "US", callingCode: "+1" },
        ],
      },
      sites: {
        primaryLinkUrl: "https://a.test",
        primaryLinkLabel: null,
        secondaryLinks: [
          { url: "https://b.test", label: "B" },
          { url: "https://c.test", label: "C" },
        ],
      },
      price: { amountMicros: "5000000", currencyCode: "USD" },
      who: { firstName: "Ann", lastName: "Ray" },
      place: { addressCity: "Paris", addressCountry: "France" },
      tags: ["one", "two", "three"],
      kinds: ["B", "A"],
      docs2: [{ fileId: file(1).fileId }, { fileId: file(2).fileId }],
      raw: { a: 1 },
    });
  });

  it("can take a value that is unique from a record that goes", async () => {
    const a = await create("Person", { firstName: "Ada" });
    const b = await create("Person", { firstName: "A.", email: "ada.merge@one.test" });
    expect(await merge("People", [a, b], 0, "id name email")).toEqual({ id: a, name: "Ada", email: "ada.merge@one.test" });
  });

  it("can take the one key of a morph relation, and never two", async () => {
    const [rocket, engine] = [await create("Rocket", { name: "Mo" }), await create("Engine", { name: "Mo" })];
    const a = await create("Pilot", { name: "Fan", favoriteRocketId: rocket });
    const b = await create("Pilot", { name: "Fan too", favoriteEngineId: engine });
    expect(await merge("Pilots", [a, b], 1, "favoriteRocketId favoriteEngineId")).toEqual({
      favoriteRocketId: null,
      favoriteEngineId: engine,
    });
  });
});

describe("what belonged to the others", () => {
  it("can be found with the one record: contacts, notes, attachments, and what was deleted", async () => {
    const [a, b] = [await create("Company", { name: "Keep" }), await create("Company", { name: "Lose" })];
    const mine = await create("Person", { firstName: "Mine", companyId: a });
    const theirs = await create("Person", { firstName: "Theirs", companyId: b });
    const gone = await create("Person", { firstName: "Gone", companyId: b });
    await remove("Person", gone);
    const note = await create("Note", { title: "Both" });
    const [kept, double] = [
      await create("NoteTarget", { noteId: note, targetCompanyId: a }),
      await create("NoteTarget", { noteId: note, targetCompanyId: b }),
    ];
    const other = await create("NoteTarget", { noteId: await create("Note", { title: "Theirs" }), targetCompanyId: b });
    const files = [
      await create("Attachment", { name: "f", targetCompanyId: a }),
      await create("Attachment", { name: "f", targetCompanyId: b }),
    ];
    const merged = await merge(
      "Companies",
      [a, b],
      0,
      "contacts(orderBy: [{ firstName: AscNullsLast }]) { nodes { name } } attachments { totalCount }",
    );
    expect(merged["contacts"]).toEqual({ nodes: [{ name: "Mine" }, { name: "Theirs" }] });
    expect(merged["attachments"]).toEqual({ totalCount: 2 });
    expect(await living("person", [mine, theirs])).toHaveLength(2);
    expect(await living("note_target", [kept, double, other])).toEqual([{ id: kept }, { id: other }]);
    expect(await living("attachment", files)).toHaveLength(2);
    // Nothing points at the loser, not even what was deleted.
    const left = await Promise.all(
      [
        ["person", "company_id"],
        ["note_target", "target_company_id"],
        ["attachment", "target_company_id"],
      ].map(([table, column]) => api.sql(`select id from ${table} where ${column} = $1`, [b])),
    );
    expect(left).toEqual([[], [], []]);
    expect(await api.sql("select company_id from person where id = $1", [gone])).toEqual([{ company_id: a }]);
  });

  it("can be a pair of a many-to-many, once; and no record is paired with itself", async () => {
    const [ann, bob, cid] = [
      await create("Pilot", { name: "Ann" }),
      await create("Pilot", { name: "Bob" }),
      await create("Pilot", { name: "Cid" }),
    ];
    const [r1, r2] = [await create("Rocket", { name: "R1" }), await create("Rocket", { name: "R2" })];
    for (const [rocketId, pilotId] of [
      [r1, ann],
      [r1, bob],
      [r2, bob],
      [r2, cid],
    ])
      await create("RocketPilot", { rocketId, pilotId });
    const befriend = (sourcePilotId: string, targetPilotId: string) => create("PilotPilot", { sourcePilotId, targetPilotId });
    await befriend(ann, bob);
    await befriend(bob, cid);
    await befriend(ann, cid);
    await befriend(cid, bob);
    const list = "(orderBy: [{ name: AscNullsLast }]) { nodes { name } }";
    const merged = await merge("Pilots", [ann, bob], 0, `flown${list} friends${list} friendOf${list}`);
    expect(Object.fromEntries(Object.entries(merged).map(([key, value]) => [key, names(value as never)]))).toEqual({
      flown: ["R1", "R2"],
      friends: ["Cid"],
      friendOf: ["Cid"],
    });
    expect(await api.sql("select id from rocket_pilot where pilot_id = $1", [bob])).toEqual([]);
  });

  it("can be the other side of a one-to-one: the preferred record's stays, and of the others' the first", async () => {
    const [e1, e2, e3] = [
      await create("Engine", { name: "E1" }),
      await create("Engine", { name: "E2" }),
      await create("Engine", { name: "E3" }),
    ];
    const r2 = await create("Rocket", { name: "Of E2", engineId: e2 });
    const r3 = await create("Rocket", { name: "Of E3", engineId: e3 });
    expect(await merge("Engines", [e1, e2, e3], 0, "rocket { name }")).toEqual({ rocket: { name: "Of E2" } });
    expect(await api.sql("select engine_id, deleted_at from rocket where id = $1", [r3])).toEqual([{ engine_id: null, deleted_at: null }]);
    expect(await living("rocket", [r2, r3])).toHaveLength(2);
  });

  it("can hang on a morph relation, and on a key that only the catalog knows", async () => {
    const [r1, r2] = [await create("Rocket", { name: "K1" }), await create("Rocket", { name: "K2" })];
    const pilot = await create("Pilot", { name: "Morph", favoriteRocketId: r2 });
    await api.sql("alter table engine add column spare_of uuid references rocket");
    await api.sql("grant update (spare_of) on engine to relata_member");
    const engine = await create("Engine", { name: "Spare" });
    await api.sql("update engine set spare_of = $1 where id = $2", [r2, engine]);
    await merge("Rockets", [r1, r2]);
    expect(await api.sql("select favorite_rocket_id as id from pilot where id = $1", [pilot])).toEqual([{ id: r1 }]);
    expect(await api.sql("select spare_of as id from engine where id = $1", [engine])).toEqual([{ id: r1 }]);
  });

  it("can be the merged records themselves: nothing belongs to itself", async () => {
    const { data } = await api.metadata<{ objects: { nodes: { id: string }[] } }>(
      '{ objects(filter: { nameSingular: { eq: "pilot" } }) { nodes { id } } }',
    );
    const objectId = data!.objects.nodes[0]!.id;
    const added = await api.metadata("mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }", {
      data: { objectId, name: "boss", type: "RELATION", relation: { targetObjectId: objectId, targetFieldName: "crewOf" } },
    });
    expect(added.errors).toBeUndefined();
    const top = await create("Pilot", { name: "Top" });
    const loser = await create("Pilot", { name: "Mid", bossId: top });
    const winner = await create("Pilot", { name: "Mid too", bossId: loser });
    const low = await create("Pilot", { name: "Low", bossId: loser });
    expect(await merge("Pilots", [winner, loser], 0, "boss { name } crewOf { nodes { id } }")).toEqual({
      boss: { name: "Top" },
      crewOf: { nodes: [{ id: low }] },
    });
  });
});

describe("fields that nobody sees", () => {
  const FIELD = "mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }";
  const addField = async (name: string): Promise<string> => {
    const { data } = await api.metadata<{ objects: { nodes: { id: string }[] } }>(
      '{ objects(filter: { nameSingular: { eq: "engine" } }) { nodes { id } } }',
    );
    const made = await api.metadata<{ createOneField: { id: string } }>(FIELD, {
      data: { objectId: data!.objects.nodes[0]!.id, name, type: "TEXT" },
    });
    return made.data!.createOneField.id;
  };

  it("can wait in the trash, and are no hindrance", async () => {
    const field = await addField("thrust");
    const [a, b] = [await create("Engine", { name: "T" }), await create("Engine", { thrust: "much" })];
    expect((await api.metadata("mutation ($id: UUID!) { deleteOneField(id: $id) { id } }", { id: field })).errors).toBeUndefined();
    expect(await merge("Engines", [b, a], 1, "id name")).toEqual({ id: a, name: "T" });
  });

  it("can be inactive, and are merged as well", async () => {
    const field = await addField("serial");
    const [a, b] = [await create("Engine", { name: "S" }), await create("Engine", { serial: "77" })];
    const UPDATE = "mutation ($id: UUID!, $data: UpdateFieldInput!) { updateOneField(id: $id, data: $data) { id } }";
    expect((await api.metadata(UPDATE, { id: field, data: { isActive: false } })).errors).toBeUndefined();
    await merge("Engines", [a, b]);
    expect(await api.sql("select serial from engine where id = $1", [a])).toEqual([{ serial: "77" }]);
  });
});

it("can be part of a transaction, and undone with it", async () => {
  const [a, b, c] = [
    await create("Company", { name: "A" }),
    await create("Company", { name: "B" }),
    await create("Company", { name: "C" }),
  ];
  const BOTH =
    "mutation ($one: [UUID!]!, $two: [UUID!]!) @transaction { one: mergeCompanies(ids: $one, conflictPriorityIndex: 0) { id } two: mergeCompanies(ids: $two, conflictPriorityIndex: 0) { id } }";
  const ask = (one: string[], two: string[]) => api.graphql(BOTH, { one, two });
  expect((await ask([a, b], [a, b])).errors?.map(({ extensions }) => extensions.code)).toContain("NOT_FOUND");
  expect(await living("company", [a, b, c])).toHaveLength(3);
  expect((await ask([a, b], [a, c])).errors).toBeUndefined();
  expect(await living("company", [a, b, c])).toEqual([{ id: a }]);
});

it("can be tried: a dry run shows what would come of it, and changes nothing", async () => {
  const owner = (await api.sql<Row>("select id from workspace_member limit 1"))[0]!.id;
  const a = await create("Company", { name: "Dry" });
  const b = await create("Company", { name: "Wet", industry: "Rain", accountOwnerId: owner });
  const person = await create("Person", { firstName: "P", companyId: b });
  const STATE =
    "select to_jsonb(c) as state from company c where id in ($1, $2) union all select to_jsonb(p) from person p where id = $3 order by 1";
  const before = await api.sql(STATE, [a, b, person]);
  const preview = await merge("Companies", [a, b], 0, "id name industry deletedAt accountOwner { id } contacts { totalCount }", true);
  expect(preview).toEqual({
    id: expect.any(String),
    name: "Dry",
    industry: "Rain",
    deletedAt: expect.any(String),
    accountOwner: { id: owner },
    contacts: { totalCount: 0 },
  });
  expect([a, b]).not.toContain(preview.id);
  expect(await api.sql(STATE, [a, b, person])).toEqual(before);
});

describe("what is refused", () => {
  const MISSING = "01890000-0000-7000-8000-000000000001";

  it.each<[string, (a: string, b: string) => [unknown, unknown], object]>([
    ["one record", (a) => [[a], 0], { code: "BAD_INPUT", field: "ids" }],
    ["no record", () => [[], 0], { code: "BAD_INPUT", field: "ids" }],
    ["the same record twice", (a) => [[a, a], 0], { code: "BAD_INPUT", field: "ids" }],
    [
      "ten records",
      () => [Array.from({ length: 10 }, (_, n) => MISSING.replace(/1$/, String(n))), 0],
      { code: "LIMIT_EXCEEDED", field: "ids" },
    ],
    ["an index behind the last", (a, b) => [[a, b], 2], { code: "BAD_INPUT", field: "conflictPriorityIndex" }],
    ["an index before the first", (a, b) => [[a, b], -1], { code: "BAD_INPUT", field: "conflictPriorityIndex" }],
    ["a record that is not there", (a) => [[a, MISSING], 0], { code: "NOT_FOUND", field: "ids" }],
    ["what is no id", (a) => [[a, "x"], 0], { code: "BAD_INPUT" }],
    ["null among the ids", (a) => [[a, null], 0], { code: "BAD_INPUT" }],
    ["no ids", () => [null, 0], { code: "BAD_INPUT" }],
  ])("cannot merge %s", async (_title, argsOf, told) => {
    const [a, b] = [await create("Company", { name: "A" }), await create("Company", { name: "B" })];
    const refused = await refusal(...argsOf(a, b));
    expect(refused).toMatchObject(told);
    expect(refused.status).toBeLessThan(500);
    expect(await living("company", [a, b])).toHaveLength(2);
  });

  it("cannot tell a record of another workspace, or one that is deleted, from one that is not there (NOT_FOUND)", async () => {
    const [a, b] = [await create("Company", { name: "A" }), await create("Company", { name: "B" })];
    const theirs = await api.graphql<{ createCompany: { id: string } }>(
      'mutation { createCompany(data: { name: "T" }) { id } }',
      {},
      "owner@globex.test",
    );
    await remove("Company", b);
    for (const id of [theirs.data!.createCompany.id, b]) {
      expect(await refusal([a, id], 0)).toEqual({ status: 200, code: "NOT_FOUND", field: "ids" });
    }
  });

  it("cannot merge as a guest (PERMISSION_DENIED), and can as a member", async () => {
    const [a, b] = [await create("Company", { name: "A" }), await create("Company", { name: "B" })];
    expect(await refusal([a, b], 0, "guest@acme.test")).toMatchObject({ code: "PERMISSION_DENIED" });
    expect(await living("company", [a, b])).toHaveLength(2);
    expect((await refusal([a, b], 0, "member@acme.test")).code).toBeUndefined();
  });

  it.each([
    ["companies", "{*.read,companies.update,people.update,people.delete}"],
    ["companies", "{*.read,companies.delete,people.update,people.delete}"],
    ["people", "{*.read,companies.update,companies.delete}"],
    ["people it may not see", "{companies.read,companies.update,companies.delete}"],
  ])("cannot merge companies for want of a right to %s: %s (PERMISSION_DENIED)", async (_what, permissions) => {
    const [a, b] = [await create("Company", { name: "A" }), await create("Company", { name: "B" })];
    const person = await create("Person", { firstName: "P", companyId: b });
    await api.sql("update core.roles set permissions = $1 where name = 'MEMBER' and workspace_id = authz.workspace_id()", [permissions]);
    try {
      expect(await refusal([a, b], 0, "member@acme.test")).toMatchObject({ code: "PERMISSION_DENIED" });
      expect(await living("company", [a, b])).toHaveLength(2);
      expect(await api.sql("select company_id as id from person where id = $1", [person])).toEqual([{ id: b }]);
      // Without anybody who belongs to it, the right is not asked for.
      await api.sql("update person set company_id = null where id = $1", [person]);
      const { code } = await refusal([a, b], 0, "member@acme.test");
      expect(code).toBe(permissions.includes("companies.update,companies.delete") ? undefined : "PERMISSION_DENIED");
    } finally {
      await api.sql(
        "update core.roles set permissions = '{*.read,*.create,*.update,*.delete,views}' where name = 'MEMBER' and workspace_id = authz.workspace_id()",
      );
    }
  });

  it("cannot undo half of it: what a rule refuses leaves all as it was", async () => {
    const [a, b] = [await create("Company", { name: "A" }), await create("Company", { name: "B", industry: "X" })];
    const person = await create("Person", { firstName: "P", companyId: b });
    await api.sql("alter table company add constraint half_check check (industry is null or name <> 'A' or industry <> 'X')");
    try {
      expect(await refusal([a, b], 0)).toMatchObject({ code: "CHECK_FAILED" });
      expect(await living("company", [a, b])).toHaveLength(2);
      expect(await api.sql("select company_id as id from person where id = $1", [person])).toEqual([{ id: b }]);
    } finally {
      await api.sql("alter table company drop constraint half_check");
    }
  });
});

it("can be done by two at once: the second finds the record gone", async () => {
  const [a, b] = [await create("Company", { name: "A" }), await create("Company", { name: "B" })];
  const codes = (await Promise.all([refusal([a, b], 0), refusal([b, a], 0)])).map(({ code }) => code);
  expect(codes.sort()).toEqual(["NOT_FOUND", undefined]);
  expect(await living("company", [a, b])).toHaveLength(1);
});
