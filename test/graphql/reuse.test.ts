/**
 * A statement is built once for all operands of a filter (src/patches). One document,
 * hundreds of filters and pages in random order, each checked against plain JavaScript.
 */
import { faker } from "@faker-js/faker";
import { post, signIn, useTestServer } from "../helpers/server.ts";
import "../helpers/slow.ts";

const server = useTestServer();
type Company = { id: string; name: string; industry: string; employees: number; domainName: string | null; idealCustomerProfile: boolean };
type Filter = { [name: string]: unknown };
/** As SQL: null is neither. */
type Truth = boolean | null;

const all = (truths: Truth[]): Truth => (truths.includes(false) ? false : truths.includes(null) ? null : true);
const any = (truths: Truth[]): Truth => (truths.includes(true) ? true : truths.includes(null) ? null : false);
const not = (truth: Truth): Truth => (truth === null ? null : !truth);

type Value = string | number | boolean;
const OPERATORS: Record<string, (value: Value, operand: never) => boolean> = {
  eq: (value, operand: Value) => value === operand,
  neq: (value, operand: Value) => value !== operand,
  gt: (value, operand: Value) => value > operand,
  lte: (value, operand: Value) => value <= operand,
  in: (value, operand: Value[]) => operand.includes(value),
  startsWith: (value, operand: string) => String(value).startsWith(operand),
  endsWith: (value, operand: string) => String(value).endsWith(operand),
};

function holds(company: Company, filter: Filter): Truth {
  return all(
    Object.entries(filter).map(([name, asked]) => {
      if (name === "and") return all((asked as Filter[]).map((one) => holds(company, one)));
      if (name === "or") return any((asked as Filter[]).map((one) => holds(company, one)));
      if (name === "not") return not(holds(company, asked as Filter));
      const value = company[name as keyof Company];
      return all(
        Object.entries(asked as Filter).map(([operator, operand]) => {
          if (operator === "is") return (operand === "NULL") === (value === null);
          return value === null ? null : OPERATORS[operator]!(value, operand as never);
        }),
      );
    }),
  );
}

const pick = <T>(list: readonly T[]): T => faker.helpers.arrayElement(list as T[]);

function randomFilter(companies: Company[], depth = 0): Filter {
  const one = pick(companies);
  const leaves: (() => Filter)[] = [
    () => ({ industry: { [pick(["eq", "neq"])]: one.industry } }),
    () => ({ industry: { in: [one.industry, pick(companies).industry] } }),
    () => ({ employees: { [pick(["eq", "gt", "lte"])]: one.employees } }),
    () => ({ name: { [pick(["startsWith"])]: one.name.slice(0, 2) } }),
    () => ({ name: { endsWith: one.name.slice(-3) }, employees: { gt: 5000 } }),
    () => ({ domainName: { is: pick(["NULL", "NOT_NULL"]) } }),
    () => ({ idealCustomerProfile: { eq: one.idealCustomerProfile } }),
    () => ({ id: { [pick(["eq", "neq"])]: one.id } }),
    () => ({}),
  ];
  if (depth < 3 && faker.datatype.boolean(0.5)) {
    const many = () => Array.from({ length: faker.number.int({ min: 1, max: 3 }) }, () => randomFilter(companies, depth + 1));
    return pick<() => Filter>([() => ({ and: many() }), () => ({ or: many() }), () => ({ not: randomFilter(companies, depth + 1) })])();
  }
  return pick(leaves)();
}

const DOCUMENT = `query ($filter: CompanyFilterInput, $orderBy: [CompanyOrderByInput!], $first: Int, $offset: Int) {
  companies(filter: $filter, orderBy: $orderBy, first: $first, offset: $offset) { totalCount edges { node { id } } }
}`;
type Page = { companies: { totalCount: number; edges: { node: { id: string } }[] } };

async function everyCompany(token: string): Promise<Company[]> {
  const pages = [0, 1000].map((offset) =>
    post<{ companies: { edges: { node: Company }[] } }>(
      server.url,
      "/graphql",
      token,
      "query ($offset: Int) { companies(first: 1000, offset: $offset) { edges { node { id name industry employees domainName idealCustomerProfile } } } }",
      { offset },
    ),
  );
  return (await Promise.all(pages)).flatMap(({ data }) => data!.companies.edges.map(({ node }) => node));
}

it("can run one document with any filter, order and page, in any turn", async () => {
  faker.seed(7);
  const token = await signIn(server.url, "owner@acme.test");
  const companies = await everyCompany(token);
  expect(companies.length).toBe(2000);

  const asked = Array.from({ length: 400 }, () => {
    const filter = randomFilter(companies);
    const direction = pick(["AscNullsFirst", "DescNullsLast"]);
    const [first, offset] = [faker.number.int({ min: 0, max: 50 }), pick([0, 0, 3])];
    return { filter, orderBy: [{ employees: direction }, { id: "AscNullsFirst" }], first, offset, direction };
  });
  // Twice, the second time in another turn: what was built for one must be right for the next.
  for (const { direction, ...variables } of [...asked, ...faker.helpers.shuffle(asked)]) {
    const sign = direction.startsWith("Asc") ? 1 : -1;
    const expected = companies
      .filter((company) => holds(company, variables.filter) === true)
      .sort((a, b) => sign * (a.employees - b.employees) || (a.id < b.id ? -1 : 1))
      .map(({ id }) => id);
    const { data, errors } = await post<Page>(server.url, "/graphql", token, DOCUMENT, variables);
    expect(errors).toBeUndefined();
    expect(data!.companies.edges.map(({ node }) => node.id)).toEqual(expected.slice(variables.offset, variables.offset + variables.first));
    expect(data!.companies.totalCount).toBe(expected.length);
  }
});
