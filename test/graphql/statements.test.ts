/** Prepared statements outlive the transactions that fail: one connection makes every slip show. */
import { adminQuery, useApi } from "../helpers/server.ts";
import "../helpers/slow.ts";

const api = useApi({ PG_POOL_MAX_CONNECTIONS: "1" });

const FIELDS = ["id", "name", "industry", "employees", "address", "domainName", "linkedinLink", "createdAt", "updatedAt"];

/** A query that no other number asks in the same way, and so a statement of its own. */
const query = (n: number): string =>
  `{ companies(first: 1) { nodes { ${FIELDS.filter((_field, bit) => (n >> bit) & 1).join(" ") || "position"} } } }`;

const ask = async (n: number, email?: string) => {
  const { status, errors } = await api.graphql(query(n), {}, email);
  return { status, errors };
};
const fine = { status: 200, errors: undefined };

it("can go on when the very first statement of a connection fails", async () => {
  const CREATE = 'mutation { createPerson(data: { companyId: "00000000-0000-0000-0000-000000000000" }) { id } }';
  for (let n = 0; n < 3; n++) expect((await api.graphql(CREATE)).errors).toMatchObject([{ extensions: { code: "RELATED_NOT_FOUND" } }]);
  expect(await ask(1)).toEqual(fine);
});

it("can go on when a statement fails that was new to the connection", async () => {
  expect((await api.graphql('{ companies(filter: { id: { gt: "x" } }) { totalCount } }')).errors).toHaveLength(1);
  expect(await ask(2)).toEqual(fine);
  expect((await api.graphql('{ companies(filter: { id: { gt: "x" } }) { totalCount } }')).errors).toHaveLength(1);
  const right = await api.graphql("query ($id: UUID!) { companies(filter: { id: { gt: $id } }) { totalCount } }", {
    id: "00000000-0000-0000-0000-000000000000",
  });
  expect(right.data).toEqual({ companies: { totalCount: 2000 } });
});

it("can go on after a refused member, with more statements than a connection keeps", async () => {
  for (let n = 0; n < 320; n++) expect({ n, ...(await ask(n)) }).toEqual({ n, ...fine });
  expect(await ask(0, "guest@acme.test")).toEqual(fine);
  await adminQuery(
    api.adminUrl,
    "select private.remove_member(m.id) from core.workspace_members m join core.users u on u.id = m.user_id where u.email = 'guest@acme.test'",
  );
  for (let n = 400; n < 410; n++) expect(await ask(n, "guest@acme.test")).toMatchObject({ status: 401 });
  for (let n = 0; n < 60; n++) expect({ n, ...(await ask(n)) }).toEqual({ n, ...fine });
});
