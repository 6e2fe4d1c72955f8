import { adminQuery, post, signIn, until, useTestServer } from "../helpers/server.ts";
import "../helpers/slow.ts";

const server = useTestServer({}, "all");
const trash = () => adminQuery<{ name: string }>(server.adminUrl, "select name from core.trash where kind = 'OBJECT' order by name");

it("can purge the trash by a job, and admins see what waits there until then", async () => {
  const token = await signIn(server.url, "owner@acme.test");
  const ask = async <T>(query: string) => {
    const { data, errors } = await post<T>(server.url, "/metadata", token, query);
    expect(errors).toBeUndefined();
    return data!;
  };
  for (const name of ["early", "late"]) {
    const made = await ask<{ createOneObject: { id: string } }>(
      `mutation { createOneObject(data: { nameSingular: "${name}", namePlural: "${name}s" }) { id } }`,
    );
    await ask(`mutation { deleteOneObject(id: "${made.createOneObject.id}") { id } }`);
  }
  await adminQuery(server.adminUrl, "update core.trash set created_at = now() - interval '31 days' where name ilike '%early'");
  expect(
    await ask('{ trashItems(filter: { kind: { eq: "OBJECT" } }, orderBy: [{ name: AscNullsFirst }]) { nodes { kind name } } }'),
  ).toEqual({
    trashItems: {
      nodes: [
        { kind: "OBJECT", name: "early" },
        { kind: "OBJECT", name: "late" },
      ],
    },
  });
  const member = await post(server.url, "/metadata", await signIn(server.url, "member@acme.test"), "{ trashItems { nodes { name } } }");
  expect(member.errors).toMatchObject([{ extensions: { code: "PERMISSION_DENIED" } }]);

  await adminQuery(server.adminUrl, "select graphile_worker.add_job('purge_trash')");
  await until(trash, (found) => found.length === 1);
  expect(await trash()).toEqual([{ name: "late" }]);

  const { changes } = await ask<{ changes: { nodes: { id: string; data: { id?: string } }[] } }>(
    '{ changes(filter: { kind: { eq: "deleteObject" } }, orderBy: [{ createdAt: AscNullsFirst }]) { nodes { id } } }',
  );
  const undo = (id: string) => post(server.url, "/metadata", token, `mutation { undoChange(id: "${id}") { isPlan } }`);
  const [early, late] = changes.nodes;
  expect((await undo(early!.id)).errors).toMatchObject([{ extensions: { code: "NOT_FOUND" } }]);
  expect((await undo(late!.id)).errors).toBeUndefined();
});
