/**
 * Two thousand changes by somebody who means harm: each is refused with a code of ours
 * or is made as it was asked, none runs SQL of his, and the workspace answers as before.
 */
import { errorCodes } from "../../src/errors.ts";
import type { Change } from "../changeCases.ts";
import { DISAGREEMENTS } from "../db/support.ts";
import { type Answer, adminQuery, useApi } from "../helpers/server.ts";
import { CANARY, Hostile, type Targets } from "./hostileInput.ts";
import { apiOf } from "./measured.ts";
import "../helpers/slow.ts";

const COUNT = 2000;
const APPLIED = 150;
/** The same changes in every CI; others with each run of `npm run test:changes`. */
const SEED = Number(process.env["HOSTILE_SEED"] ?? (process.env["RELATA_ALL_CASES"] ? Date.now() % 2 ** 31 : 3));
const PEOPLE = ["owner@acme.test", "owner@globex.test"];
const CLEAN = new Set<string>([...errorCodes, "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"]);
// Nothing is wrong with the server, the tables' records, or with dates.
for (const code of [
  "INTERNAL_ERROR",
  "BUSY",
  "UNAVAILABLE",
  "QUERY_TIMEOUT",
  "METADATA_CHANGED",
  "PERMISSION_DENIED",
  "INVALID_DATE",
  "CONFLICT",
])
  CLEAN.delete(code);

const api = useApi();
const PLAN = "mutation ($changes: [ChangeInput!]!) { planChanges(changes: $changes) { isPlan } }";
const APPLY = "mutation ($changes: [ChangeInput!]!) { applyChanges(changes: $changes) { changes { id } } }";

/** The mutation of one change, as a client would send it. */
const ONE: Record<string, string> = {
  createObject: "mutation ($data: CreateObjectInput!) { createOneObject(data: $data, plan: true) { id } }",
  createField: "mutation ($data: CreateFieldInput!) { createOneField(data: $data, plan: true) { id } }",
  updateObject: "mutation ($id: UUID!, $data: UpdateObjectInput!) { updateOneObject(id: $id, data: $data, plan: true) { id } }",
  updateField: "mutation ($id: UUID!, $data: UpdateFieldInput!) { updateOneField(id: $id, data: $data, plan: true) { id } }",
};

async function targets(email: string): Promise<Targets> {
  const make = async (changes: Change[]) => {
    const { data, errors } = await api.metadata<{ applyChanges: { changes: { id: string }[] } }>(APPLY, { changes }, email);
    expect(errors).toBeUndefined();
    return data!.applyChanges.changes.map(({ id }) => id);
  };
  const [objectId] = await make([{ kind: "createObject", data: { nameSingular: "victim", namePlural: "victims" } }]);
  const field = (name: string, type: string, more = {}) => ({ kind: "createField", data: { objectId, name, type, ...more } });
  const options = [{ value: "RED" }, { value: "GREEN" }];
  const [textId, selectId, numberId] = await make([field("word", "TEXT"), field("hue", "SELECT", { options }), field("size", "NUMBER")]);
  const [standard] = await adminQuery<Pick<Targets, "companyId" | "personId" | "opportunityId" | "standardFieldId">>(
    api.adminUrl,
    `select c.id as "companyId", p.id as "personId", o.id as "opportunityId", f.id as "standardFieldId"
     from core.objects c join core.fields f on f.object_id = c.id and f.name = 'industry'
       join core.objects p on p.workspace_id = c.workspace_id and p.name_singular = 'person'
       join core.objects o on o.workspace_id = c.workspace_id and o.name_singular = 'opportunity'
     where c.name_singular = 'company' and c.workspace_id = authz.workspace_id()`,
    [],
    email.replace(/.*@|\.test/g, ""),
  );
  const relation = { targetObjectId: standard!.companyId, targetFieldName: "victims" };
  const targets = [standard!.companyId, standard!.personId].map((targetObjectId) => ({ targetObjectId, targetFieldName: "mentions" }));
  const [relationId, morphId] = await make([
    field("owner", "RELATION", { relation }),
    field("subject", "MORPH_RELATION", { relation: { targets } }),
  ]);
  const made = { objectId, textId, selectId, numberId, relationId, morphId } as Record<string, string>;
  return { ...made, ...standard } as Targets;
}

/** All that no change of a data model may touch. */
const untouched = () =>
  adminQuery(
    api.adminUrl,
    `select (select count(*)::int from public.${CANARY}) as canary,
            (select md5(string_agg(r::text, ',' order by oid)) from pg_roles r) as roles,
            (select md5(string_agg(p.oid::regprocedure || p.prosrc, ',' order by p.oid)) from pg_proc p where pronamespace > 16000) as functions,
            (select md5(string_agg(relname || coalesce(relacl::text, ''), ',' order by oid)) from pg_class
             where relnamespace in ('core'::regnamespace, 'authz'::regnamespace, 'private'::regnamespace)) as relations,
            (select count(*)::int from pg_namespace) as schemas, (select md5(string_agg(u::text, ',' order by id)) from core.users u) as users`,
  );

const faultsOf = ({ status, errors }: Answer, change: Change) => {
  const codes = (errors ?? []).map(({ extensions }) => extensions.code);
  const isClean = status < 500 && codes.every((code) => CLEAN.has(code));
  return isClean ? [] : [{ seed: SEED, status, codes, message: errors?.[0]?.message, change: JSON.stringify(change).slice(0, 600) }];
};

const accepted: Change[][] = [[], []];

it(`answers ${COUNT} hostile changes (seed ${SEED}), and never with a fault of its own`, async () => {
  await adminQuery(api.adminUrl, `create table public.${CANARY} as select 1 as alive`);
  const before = await untouched();
  const faults: object[] = [];
  /** The places that refusals named. */
  const told = new Set<string>();
  let refused = 0;
  // In two workspaces at once; one after the other in each, as changes of one wait for each other.
  await Promise.all(
    PEOPLE.map(async (email, lane) => {
      const hostile = new Hostile(SEED + lane, await targets(email));
      for (let n = 0; n < COUNT / PEOPLE.length; n++) {
        const change = hostile.next();
        const { id, ...data } = change.data;
        const one = n % 3 === 0 && Object.hasOwn(ONE, change.kind) ? ONE[change.kind] : undefined;
        const answer = one
          ? await api.metadata(one, /^create/.test(change.kind) ? { data: change.data } : { id, data }, email)
          : await api.metadata(PLAN, { changes: [change] }, email);
        faults.push(...faultsOf(answer, change));
        for (const { extensions } of answer.errors ?? []) for (const { field } of extensions.errors ?? []) told.add(String(field));
        if (answer.errors) refused++;
        else accepted[lane]!.push(change);
      }
    }),
  );
  expect(faults).toEqual([]);
  expect(refused).toBeGreaterThan(COUNT / 4);
  expect(accepted.flat().length).toBeGreaterThan(COUNT / 10);
  // They got as far as what they were aimed at.
  for (const place of [/^data\.onDelete$/, /relation\.targets/, /standardOverrides/, /viewFilters/]) {
    expect([...told]).toContainEqual(expect.stringMatching(place));
  }
  const kinds = new Set(accepted.flat().map(({ kind }) => kind));
  for (const kind of ["addMorphTarget", "updateObject", "updateField", "createView"]) expect(kinds).toContain(kind);
  expect(await untouched()).toEqual(before);
  expect(await adminQuery(api.adminUrl, DISAGREEMENTS)).toEqual([]);
}, 300_000);

/** Makes changes in one list, without those that ask for a name that another got; answers what was made. */
async function applyAll(changes: Change[]): Promise<Change[]> {
  const left = [...changes];
  for (;;) {
    const { errors } = await api.metadata(APPLY, { changes: left });
    const fault = errors?.[0]?.extensions.errors?.[0];
    const at = Number(/^changes\.(\d+)/.exec(fault?.field ?? "")?.[1]);
    if (fault?.code !== "NAME_TAKEN") {
      expect({ seed: SEED, errors, change: left[at] }).toEqual({ seed: SEED });
      return left;
    }
    left.splice(at, 1);
  }
}

it("makes what a plan took as it was asked for, and the workspace answers right", async () => {
  const before = await untouched();
  // Each by itself was fine; what they would do to each other's targets is not the point.
  const made = await applyAll(accepted[0]!.filter(({ kind }) => /^create/.test(kind)).slice(0, APPLIED));
  expect(made.length).toBeGreaterThan(APPLIED / 2);
  expect(await untouched()).toEqual(before);
  expect(await adminQuery(api.adminUrl, DISAGREEMENTS)).toEqual([]);

  // What the API shows is what was asked for, and nothing that a smart tag could have brought.
  const wanted = await adminQuery<{ line: string }>(
    api.adminUrl,
    "select line from core.workspaces w, private.api_of(w.id) line where subdomain = 'acme' order by line collate \"C\"",
  );
  expect(await apiOf(api)).toEqual(wanted.map(({ line }) => line));

  const { data: shown } = await api.graphql<{ __schema: { types: { name: string; description: string | null }[] } }>(
    "{ __schema { types { name description } } }",
  );
  const descriptionOf = new Map(shown!.__schema.types.map(({ name, description }) => [name, description]));
  const described = made.flatMap(({ kind, data: { nameSingular: name, description } }) =>
    kind === "createObject" && typeof description === "string" && description.trim() ? [[String(name), description] as const] : [],
  );
  expect(described.length).toBeGreaterThan(5);
  for (const [name, description] of described) {
    expect(plain(descriptionOf.get(name.charAt(0).toUpperCase() + name.slice(1)) ?? "")).toContain(plain(description));
  }
  const { data, errors } = await api.graphql<{ createVictim: object }>(
    'mutation { createVictim(data: { name: "Alive", hue: RED }) { name hue } }',
  );
  expect([errors, data]).toEqual([undefined, { createVictim: { name: "Alive", hue: "RED" } }]);
});

/** As lines may end as they like. */
const plain = (text: string) => text.replace(/\r\n?/g, "\n").trim();

const TRICKY = [
  "constructor",
  "hasOwnProperty",
  "toString",
  "valueOf",
  "prototype",
  "then",
  "select",
  "table",
  "order",
  "group",
  "default",
];
TRICKY.push(
  "primaryKey",
  "oid",
  "searchPath",
  "pgClass",
  "isActive",
  "nodeId",
  "rowId",
  "filter",
  "first",
  "data",
  "query",
  "mutation",
  "in",
);

it("can call objects and fields by words of JavaScript, SQL and GraphQL, unless they are reserved", async () => {
  const ask = async <T>(query: string, variables = {}) => {
    const { data, errors } = await api.graphql<T>(query, variables, "owner@globex.test");
    expect(errors).toBeUndefined();
    return data!;
  };
  const free: string[] = [];
  for (const name of TRICKY) {
    const changes = [{ kind: "createObject", data: { nameSingular: name, namePlural: `${name}Things` } }];
    const { errors } = await api.metadata(PLAN, { changes }, "owner@globex.test");
    if (errors) expect(errors[0]!.extensions.errors![0]!.code).toBe("NAME_RESERVED");
    else free.push(name);
  }
  expect(free).toEqual(expect.arrayContaining(["constructor", "hasOwnProperty", "table", "order"]));
  const objects = free.map((name) => ({ kind: "createObject", data: { nameSingular: name, namePlural: `${name}Things` } }));
  const made = await api.metadata<{ applyChanges: { changes: { id: string }[] } }>(APPLY, { changes: objects }, "owner@globex.test");
  expect(made.errors).toBeUndefined();
  const objectId = made.data!.applyChanges.changes[0]!.id;
  const names = TRICKY.filter((name) => !(name in {}));
  for (const name of Object.getOwnPropertyNames(Object.prototype).filter((found) => !found.startsWith("__"))) {
    const changes = [{ kind: "createField", data: { objectId, name, type: "TEXT" } }];
    const { errors } = await api.metadata(PLAN, { changes }, "owner@globex.test");
    expect([name, errors?.[0]?.extensions.errors?.[0]?.code]).toEqual([name, "NAME_RESERVED"]);
  }
  const fields = names.map((name) => ({ kind: "createField", data: { objectId, name, type: "TEXT" } }));
  expect((await api.metadata(APPLY, { changes: fields }, "owner@globex.test")).errors).toBeUndefined();

  const data = Object.fromEntries(["name", ...names].map((name) => [name, `the ${name}`]));
  const parts = Object.keys(data).join(" ");
  expect(await ask(`mutation ($data: ConstructorCreateInput!) { createConstructor(data: $data) { ${parts} } }`, { data })).toEqual({
    createConstructor: data,
  });
  const filter = Object.fromEntries(Object.entries(data).map(([name, value]) => [name, { eq: value }]));
  const orderBy = names.map((name) => ({ [name]: "AscNullsFirst" }));
  const LIST = `query ($filter: ConstructorFilterInput, $orderBy: [ConstructorOrderByInput!]) { constructorThings(filter: $filter, orderBy: $orderBy) { nodes { ${parts} } } }`;
  expect(await ask(LIST, { filter, orderBy })).toEqual({ constructorThings: { nodes: [data] } });
  for (const name of free) {
    const Type = name.charAt(0).toUpperCase() + name.slice(1);
    await ask(`mutation { create${Type}(data: { name: "x" }) { id name } }`);
    expect(await ask(`{ ${name}Things(filter: { name: { eq: "x" } }) { totalCount } }`)).toEqual({ [`${name}Things`]: { totalCount: 1 } });
  }
});
