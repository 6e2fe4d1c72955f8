/** What the contenders are asked: some operations, each with 400 different variables in turn. */
import { toWire } from "./load.ts";
import { INDUSTRIES } from "./records.ts";

export const VARIANTS = 400;
export const NEW_INDUSTRY = "Bench";
export type OperationName = "list" | "get" | "create" | "create100" | "create1000" | "groupBy";
/** Records in one mutation, of the operations that create many. */
export const BATCHES: Partial<Record<OperationName, number>> = { create100: 100, create1000: 1000 };
const BATCH_VARIANTS = 20;
export const isCreation = (operation: OperationName): boolean => operation.startsWith("create");
export type Variables = Record<string, unknown>;
/** How a contender is asked for an operation, on the wire. */
export type Ask = (operation: OperationName, variables: Variables, token: string) => string;

const listOf = (pages = "") => `query List($industry: String!) {
  companies(filter: { industry: { eq: $industry } }, orderBy: [{ createdAt: DescNullsLast }], first: 20) {
    edges { node { id name industry employees createdAt contacts(first: 5) { edges { node { id name email } } } } }${pages}
  }
}`;

export const LIST = listOf();

export const GET = `query Get($id: UUID!) {
  person(filter: { id: { eq: $id } }) { id firstName lastName email company { id name industry employees createdAt } }
}`;

export const CREATE = "mutation Create($data: CompanyCreateInput!) { createCompany(data: $data) { id name createdAt } }";

const CREATE_MANY = "mutation Create($data: [CompanyCreateInput!]!) { createCompanies(data: $data) { id name createdAt } }";

type Documents = Partial<Record<OperationName, string>>;

const GROUP_BY = `query GroupBy($min: Int!) {
  companiesGroupBy(groupBy: [{ industry: true }], filter: { employees: { gte: $min } }, orderBy: [{ aggregate: { totalCount: DescNullsLast } }]) {
    groupByDimensionValues totalCount sumEmployees avgEmployees maxCreatedAt countUniqueValuesAddress
  }
}`;

const RELATA: Documents = { list: LIST, get: GET, create: CREATE, create100: CREATE_MANY, create1000: CREATE_MANY, groupBy: GROUP_BY };

/** The same with what REST has for each answer: where the pages begin and end, and since when a record is as it is (its ETag). */
const AS_REST: Documents = {
  list: listOf(" pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"),
  get: GET.replace("{ id firstName", "{ id updatedAt firstName"),
  create: CREATE.replace("{ id name", "{ id updatedAt name"),
};

const POSTGRAPHILE: Documents = {
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

const DIRECTUS_MANY = "mutation Create($data: [create_company_input!]) { create_company_items(data: $data) { id name created_at } }";

const DIRECTUS: Documents = {
  list: `query List($industry: String!) {
    company(filter: { industry: { _eq: $industry } }, sort: ["-created_at"], limit: 20) {
      id name industry employees created_at contacts(limit: 5, sort: ["id"]) { id name email }
    }
  }`,
  get: `query Get($id: ID!) {
    person_by_id(id: $id) { id first_name last_name email company_id { id name industry employees created_at } }
  }`,
  create: "mutation Create($data: create_company_input!) { create_company_item(data: $data) { id name created_at } }",
  create100: DIRECTUS_MANY,
  create1000: DIRECTUS_MANY,
};

const newCompany = (i: number) => ({ name: `New "${i}"`, industry: NEW_INDUSTRY, employees: i + 1 });

/** The variables of an operation's requests; `people` are the ids to get. */
export function variablesOf(operation: OperationName, people: readonly string[]): Variables[] {
  const count = BATCHES[operation];
  return Array.from({ length: count ? BATCH_VARIANTS : VARIANTS }, (_, i) => {
    if (count) return { data: Array.from({ length: count }, (_one, n) => newCompany(i * count + n)) };
    if (operation === "list") return { industry: `Industry ${i % INDUSTRIES}` };
    if (operation === "groupBy") return { min: 1 + i * 10 };
    if (operation === "get") return { id: people[i % people.length] };
    return { data: newCompany(i) };
  });
}

const askGraphql =
  (documents: Documents): Ask =>
  (operation, variables, token) =>
    toWire({ method: "POST", path: "/graphql", token, body: JSON.stringify({ query: documents[operation], variables }) });

const askLimit: Ask = (operation, variables, token) =>
  isCreation(operation)
    ? toWire({ method: "POST", path: operation === "create" ? "/create" : "/createMany", token, body: JSON.stringify(variables["data"]) })
    : toWire({ method: "GET", path: `/${operation}?${encodeURIComponent(String(Object.values(variables)[0]))}`, token });

const CREATED = "fields=id,name,createdAt";
const AGGREGATES = "totalCount,sumEmployees,avgEmployees,maxCreatedAt,countUniqueValuesAddress";

/** The same rows and fields as RELATA's documents, and, as REST always has it, which pages there are. */
const askRest: Ask = (operation, variables, token) => {
  const value = encodeURIComponent(String(Object.values(variables)[0]));
  const people = "fields=id,firstName,lastName,email,company.id,company.name,company.industry,company.employees,company.createdAt";
  const companies =
    "fields=id,name,industry,employees,createdAt,contacts.id,contacts.name,contacts.email&related_limit=5&total_count=false";
  if (isCreation(operation)) {
    const path = operation === "create" ? `/rest/companies?${CREATED}` : `/rest/batch/companies?${CREATED}`;
    return toWire({ method: "POST", path, token, body: JSON.stringify(variables["data"]) });
  }
  const paths: Partial<Record<OperationName, string>> = {
    list: `/rest/companies?filter[industry][eq]=${value}&order_by=createdAt[DescNullsLast]&limit=20&${companies}`,
    get: `/rest/people/${value}?${people}`,
    groupBy: `/rest/companies/groupBy?group_by=industry&aggregate=${AGGREGATES}&filter[employees][gte]=${value}&order_by=aggregate.totalCount[DescNullsLast]`,
  };
  return toWire({ method: "GET", path: paths[operation]!, token });
};

export const asks = {
  relata: askGraphql(RELATA),
  rest: askRest,
  asRest: askGraphql(AS_REST),
  limit: askLimit,
  postgraphile: askGraphql(POSTGRAPHILE),
  directus: askGraphql(DIRECTUS),
};

const KNOWN: Record<string, Documents> = {
  relata: RELATA,
  rest: RELATA,
  asRest: AS_REST,
  limit: RELATA,
  postgraphile: POSTGRAPHILE,
  directus: DIRECTUS,
};

/** Whether a contender knows an operation: plain PostGraphile creates one at a time, and has no groups; Directus has others. */
export const isAsked = (contender: string, operation: OperationName): boolean => operation in KNOWN[contender]!;
