/** Each field type, through the API: made, written, read, found, sorted, emptied, defaulted and refused. */
import { useApi } from "../../helpers/server.ts";
import { CASES } from "./cases.ts";
import "../../helpers/slow.ts";

const api = useApi({ MAX_BODY_BYTES: "3000000" });
let objectId = "";
beforeAll(async () => {
  const { data } = await api.metadata<{ createOneObject: { id: string } }>(
    'mutation { createOneObject(data: { nameSingular: "thing", namePlural: "things" }) { id } }',
  );
  objectId = data!.createOneObject.id;
});

const createField = (data: object) =>
  api.metadata<{ createOneField: { id: string } }>("mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }", {
    data: { objectId, ...data },
  });

type Thing = { id: string } & Record<string, unknown>;

it("can try every type that there is", async () => {
  const types = await api.sql<{ name: string }>("select name from core.field_types where not is_system and name !~ 'RELATION$'");
  expect(new Set(CASES.map(({ type }) => type))).toEqual(new Set(types.map(({ name }) => name)));
});

describe.each(CASES.map((one, n) => ({ ...one, field: `field${n}`, title: `${one.type} ${JSON.stringify(one.spec ?? {})}` })))(
  "$title",
  ({ type, spec, field, parts, writes, onNull, finds, misses, order, partly, defaults, badDefaults, bad }) => {
    const selection = `id ${field} ${parts ? `{ ${parts} }` : ""}`;
    const create = (given: unknown, name = field) =>
      api.graphql<{ createThing: Thing }>(
        `mutation ($data: ThingCreateInput!) { createThing(data: $data) { ${selection.replaceAll(field, name)} } }`,
        {
          data: given === undefined ? {} : { [name]: given },
        },
      );
    const update = (id: string, given: unknown) =>
      api.graphql<{ updateThing: Thing }>(
        `mutation ($id: UUID!, $data: ThingUpdateInput!) { updateThing(id: $id, data: $data) { ${selection} } }`,
        {
          id,
          data: { [field]: given },
        },
      );
    const list = (variables: Record<string, unknown>) =>
      api.graphql<{ things: { nodes: Thing[] } }>(
        `query ($filter: ThingFilterInput, $orderBy: [ThingOrderByInput!]) { things(filter: $filter, orderBy: $orderBy) { nodes { ${selection} } } }`,
        variables,
      );
    const kept = async (given: unknown): Promise<Thing> => {
      const { data, errors } = await create(given);
      expect([given, errors]).toEqual([given, undefined]);
      return data!.createThing;
    };

    it("can be made", async () => {
      expect((await createField({ name: field, type, ...spec })).errors).toBeUndefined();
    });

    it("can be written and read, in its normal form", async () => {
      for (const [given, expected] of writes) {
        const { id, [field]: answered } = await kept(given);
        expect([given, answered]).toEqual([given, expected]);
        const { data } = await list({ filter: { id: { eq: id } } });
        expect(data!.things.nodes[0]![field]).toEqual(expected);
        const changed = await update((await kept(undefined)).id, given);
        expect([changed.errors, changed.data?.updateThing[field]]).toEqual([undefined, expected]);
      }
    });

    it("can be found by it", async () => {
      const { id } = await kept(writes[0]![0]);
      for (const [operators, length] of [...finds.map((one) => [one, 1] as const), ...misses.map((one) => [one, 0] as const)]) {
        const { data, errors } = await list({ filter: { id: { eq: id }, [field]: operators } });
        expect([operators, errors, data?.things.nodes.length]).toEqual([operators, undefined, length]);
      }
    });

    if (order) {
      it("can be sorted by it", async () => {
        const [key, lesser, greater] = order;
        const ids = [(await kept(greater)).id, (await kept(lesser)).id, (await kept(null)).id];
        const sorted = async (direction: string) => {
          const { data, errors } = await list({ filter: { id: { in: ids } }, orderBy: [{ [field]: key(direction) }] });
          expect(errors).toBeUndefined();
          return data!.things.nodes.map(({ id }) => ids.indexOf(id));
        };
        expect(await sorted("AscNullsLast")).toEqual([1, 0, 2]);
        expect(await sorted("DescNullsFirst")).toEqual([2, 0, 1]);
      });
    }

    it("can be emptied", async () => {
      const { id } = await kept(writes[0]![0]);
      const { data, errors } = await update(id, null);
      expect([errors, data?.updateThing[field]]).toEqual([undefined, onNull ?? null]);
    });

    if (partly) {
      it("can be changed in part, and the rest stays", async () => {
        for (const [given, expected] of partly) {
          const { id } = await kept(writes[0]![0]);
          const { data, errors } = await update(id, given);
          expect([given, errors, data?.updateThing[field]]).toEqual([given, undefined, expected]);
        }
      });
    }

    it("can have a default", async () => {
      for (const [n, [defaultValue, expected]] of (defaults ?? []).entries()) {
        const name = `${field}Default${n}`;
        expect([defaultValue, (await createField({ name, type, ...spec, defaultValue })).errors]).toEqual([defaultValue, undefined]);
        const { data, errors } = await create(undefined, name);
        expect([defaultValue, errors, data?.createThing[name]]).toEqual([defaultValue, undefined, expected]);
      }
    });

    it("cannot have a default that does not fit (DEFAULT_INVALID)", async () => {
      for (const defaultValue of badDefaults) {
        const { errors } = await createField({ name: `${field}Bad`, type, ...spec, defaultValue });
        expect([defaultValue, errors]).toMatchObject([
          defaultValue,
          [{ extensions: { errors: [{ code: "DEFAULT_INVALID", field: "data.defaultValue" }] } }],
        ]);
      }
    });

    it("cannot hold what is no value of it (typed, with its path)", async () => {
      const { id } = await kept(writes[0]![0]);
      for (const [given, code, path] of bad) {
        const expected = path === undefined ? { code } : { code, field: field + path };
        for (const { status, errors } of [await create(given), await update(id, given)]) {
          const told = JSON.stringify(given).slice(0, 100);
          expect([told, status, errors]).toMatchObject([told, expect.any(Number), [{ extensions: expected }]]);
          expect(status).toBeLessThan(500);
        }
      }
      const { data } = await list({ filter: { id: { eq: id } } });
      expect(data!.things.nodes[0]![field]).toEqual(writes[0]![1]);
    });
  },
);
