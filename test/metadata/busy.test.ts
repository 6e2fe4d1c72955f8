/** A change of the data model waits in short turns for who holds a table, so that nobody queues behind it for long. */
import pg from "pg";
import { useApi } from "../helpers/server.ts";
import "../helpers/slow.ts";

const api = useApi();
const HELD_MS = 900;

it("can wait for whoever holds a table for a while, in the transaction of its request", async () => {
  const { data } = await api.metadata<{ objects: { nodes: { id: string }[] } }>(
    '{ objects(filter: { nameSingular: { eq: "company" } }) { nodes { id } } }',
  );
  const reader = new pg.Client({ connectionString: api.adminUrl });
  await reader.connect();
  const [{ schema }] = (await api.sql<{ schema: string }>("select current_setting('search_path') as schema")) as [{ schema: string }];
  await reader.query("begin");
  await reader.query(`select from ${schema}.company limit 1`);
  const asked = api.metadata<{ createOneField: { id: string } }>(
    "mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }",
    { data: { objectId: data!.objects.nodes[0]!.id, name: "late", type: "TEXT" } },
  );
  await new Promise((resolve) => setTimeout(resolve, HELD_MS));
  expect(await Promise.race([asked, "is waiting"])).toBe("is waiting");
  await reader.query("rollback");
  await reader.end();
  const { data: made, errors } = await asked;
  expect(errors).toBeUndefined();
  expect(made!.createOneField.id).toBeTruthy();
});
