/** Orders of samples (samples.ts): what can be a key, in the API and in SQL. */
import type { Api } from "../helpers/server.ts";
import { FIELDS } from "./samples.ts";

export const DIRECTIONS = {
  AscNullsFirst: "asc nulls first",
  AscNullsLast: "asc nulls last",
  DescNullsFirst: "desc nulls first",
  DescNullsLast: "desc nulls last",
};
export type Direction = keyof typeof DIRECTIONS;
export const directions = Object.keys(DIRECTIONS) as Direction[];

/** Its path in the API, and its SQL. */
export type Key = [string[], string];
export const KEYS: Key[] = [
  ...Object.keys(FIELDS).map(
    (field): Key => [[field], field === "choice" ? "array_position(array['LOW', 'MEDIUM', 'HIGH', 'ALL'], s.choice)" : `s.${field}`],
  ),
  [["createdAt"], "s.created_at"],
  [["deletedAt"], "s.deleted_at"],
  [["companyId"], "s.company_id"],
  [["company", "name"], "c.name"],
  [["company", "employees"], "c.employees"],
  [["company", "accountOwner", "firstName"], "m.first_name"],
];

export type Order = { key: Key; direction: Direction }[];
export const toInput = (order: Order): unknown[] =>
  order.map(({ key: [path], direction }) => path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), direction));
export const describeOrder = (order: Order): string =>
  order.map(({ key: [path], direction }) => `${path.join(".")} ${direction}`).join(", ");

/** The living samples in this order, as a statement. */
export function inOrder(order: Order): string {
  const id = `s.id ${order[0]?.direction.startsWith("Desc") ? "desc" : "asc"}`;
  const keys = [...order.map(({ key: [, sql], direction }) => `${sql} ${DIRECTIONS[direction]}`), id];
  return `select s.id from sample s left join company c on c.id = s.company_id and c.deleted_at is null
    left join workspace_member m on m.id = c.account_owner_id where s.deleted_at is null order by ${keys.join(", ")}`;
}

export const PAGE = `query ($orderBy: [SampleOrderByInput!], $first: Int, $last: Int, $before: String, $after: String, $offset: Int) {
  samples(orderBy: $orderBy, first: $first, last: $last, before: $before, after: $after, offset: $offset) {
    totalCount edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

/** Gives fields of samples an index. */
export async function addIndexes(api: Api, names: readonly string[]): Promise<void> {
  const FIND = '{ object(filter: { nameSingular: { eq: "sample" } }) { id fieldsList { id name } } }';
  const { data } = await api.metadata<{ object: { id: string; fieldsList: { id: string; name: string }[] } }>(FIND);
  const { id: objectId, fieldsList } = data!.object;
  for (const name of names) {
    const fields = [{ fieldId: fieldsList.find((field) => field.name === name)!.id }];
    const CREATE = "mutation ($data: CreateIndexInput!) { createOneIndex(data: $data) { id } }";
    const { errors } = await api.metadata(CREATE, { data: { objectId, fields } });
    if (errors) throw new Error(JSON.stringify(errors));
  }
}
