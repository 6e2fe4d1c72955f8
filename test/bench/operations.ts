/** What the contenders are asked: some operations, each with 400 different variables in turn. */
import { toWire } from "./load.ts";
import { INDUSTRIES } from "./records.ts";

export const VARIANTS = 400;
export const NEW_INDUSTRY = "Bench";
export type OperationName = "list" | "get" | "create" | "groupBy";
/** What plain PostGraphile and Directus are asked, too. */
type Common = Exclude<OperationName, "groupBy">;
export type Variables = Record<string, unknown>;
/** How a contender is asked for an operation, on the wire. */
export type Ask = (operation: OperationName, variables: Variables, token: string) => string;

export const LIST = `query List($industry: String!) {
  companies(filter: { industry: { eq: $industry } }, orderBy: [{ createdAt: DescNullsLast }], first: 20) {
    edges { node { id name industry employees createdAt contacts(first: 5) { edges { node { id name email } } } } }
  }
}`;

export const GET = `query Get($id: UUID!) {
  person(filter: { id: { eq: $id } }) { id firstName lastName email company { id name industry employees createdAt } }
}`;

export const CREATE = "mutation Create($data: CompanyCreateInput!) { createCompany(data: $data) { id name createdAt } }";

const GROUP_BY = `query GroupBy($min: Int!) {
  companiesGroupBy(groupBy: [{ industry: true }], filter: { employees: { gte: $min } }, orderBy: [{ aggregate: { totalCount: DescNullsLast } }]) {
    groupByDimensionValues totalCount sumEmployees avgEmployees maxCreatedAt countUniqueValuesAddress
  }
}`;

const RELATA: Record<OperationName, string> = { list: LIST, get: GET, create: CREATE, groupBy: GROUP_BY };

const POSTGRAPHILE: Record<Common, string> = {
  list: `query List($industry: String!) {
    allCompanies(condition: { industry: $industry }, orderBy: [CREATED_AT_DESC], first: 20) {
      edges { node { rowId name industry employees createdAt contacts(first: 5) { edges { node { rowId name email } } } } }
    }
  }`,
  get: `query Get($id: UUID!) {
    personByRowId(rowId: $id) { rowId firstName lastName email company { rowId name industry employees createdAt } }
  }`,
  create: "mutation Create($data: CompanyInput!) { createCompany(input: { company: $data }) { company { rowId name createdAt } } }",
};

const DIRECTUS: Record<Common, string> = {
  list: `query List($industry: String!) {
    company(filter: { industry: { _eq: $industry } }, sort: ["-created_at"], limit: 20) {
      id name industry employees created_at contacts(limit: 5, sort: ["id"]) { id name email }
    }
  }`,
  get: `query Get($id: ID!) {
    person_by_id(id: $id) { id first_name last_name email company_id { id name industry employees created_at } }
  }`,
  create: "mutation Create($data: create_company_input!) { create_company_item(data: $data) { id name created_at } }",
};

/** The variables of an operation's requests; `people` are the ids to get. */
export function variablesOf(operation: OperationName, people: readonly string[]): Variables[] {
  return Array.from({ length: VARIANTS }, (_, i) => {
    if (operation === "list") return { industry: `Industry ${i % INDUSTRIES}` };
    if (operation === "groupBy") return { min: 1 + i * 10 };
    if (operation === "get") return { id: people[i % people.length] };
    return { data: { name: `New "${i}"`, industry: NEW_INDUSTRY, employees: i + 1 } };
  });
}

const askGraphql =
  (documents: Partial<Record<OperationName, string>>): Ask =>
  (operation, variables, token) =>
    toWire({ method: "POST", path: "/graphql", token, body: JSON.stringify({ query: documents[operation], variables }) });

const askLimit: Ask = (operation, variables, token) =>
  operation === "create"
    ? toWire({ method: "POST", path: "/create", token, body: JSON.stringify(variables["data"]) })
    : toWire({ method: "GET", path: `/${operation}?${encodeURIComponent(String(Object.values(variables)[0]))}`, token });

export const asks = { relata: askGraphql(RELATA), limit: askLimit, postgraphile: askGraphql(POSTGRAPHILE), directus: askGraphql(DIRECTUS) };

/** Whether a contender knows an operation: plain PostGraphile has no groups, and Directus others. */
export const isAsked = (contender: string, operation: OperationName): boolean =>
  operation !== "groupBy" || contender === "relata" || contender === "limit";
