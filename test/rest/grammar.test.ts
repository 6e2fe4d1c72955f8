/** The two grammars of filters, orders and parameters: what they mean, and what they refuse. */
import { readFileSync } from "node:fs";
import { buildSchema, type GraphQLInputObjectType } from "graphql";
import { toRelataError } from "../../src/errors.ts";
import { filterOf } from "../../src/rest/query/filter.ts";
import { orderByOf } from "../../src/rest/query/orderBy.ts";
import { Parameters } from "../../src/rest/query/parameters.ts";

const schema = buildSchema(readFileSync(new URL("../schema/core.graphql", import.meta.url), "utf8"));
const FILTER = schema.getType("CompanyFilterInput") as GraphQLInputObjectType;
const ORDER = schema.getType("CompanyOrderByInput") as GraphQLInputObjectType;
const KNOWN = new Set(["filter", "limit", "fields", "upsert"]);

const parametersOf = (search: string) => new Parameters(search, KNOWN);
const filter = (search: string) => filterOf(FILTER, parametersOf(search).filter()!);
const written = (text: string) => filter(`filter=${encodeURIComponent(text)}`);

function refusalOf(work: () => unknown): [code: string, field: string | undefined] {
  try {
    return ["nothing", JSON.stringify(work())];
  } catch (thrown) {
    const error = toRelataError(thrown);
    if (!error) throw thrown;
    return [error.code, error.field];
  }
}

const A = "01a20a12-d41b-7373-b288-6dfa2a151565";
const B = "01a20a12-d452-7bce-bb33-3e6b90139291";

/** What is meant, in brackets, in functions. */
const SAME: [meant: object, brackets: string, functions: string][] = [
  [{ createdAt: { gt: "2024-01-01" } }, "filter[createdAt][gt]=2024-01-01", 'createdAt[gt]:"2024-01-01"'],
  [{ employees: { gte: 5, lt: 10 } }, "filter[employees][gte]=5&filter[employees][lt]=10", "employees[gte]:5,employees[lt]:10"],
  [{ employees: { gte: 5, lt: 10 } }, "filter[employees][gte]=5&filter[employees][lt]=10", "and(employees[gte]:5, employees[lt]:'10')"],
  [{ name: { eq: 'a "b" \\' } }, "filter[name][eq]=a+%22b%22+%5C", 'name[eq]:"a \\"b\\" \\\\"'],
  [{ name: { eq: "a,b(c)[d]" } }, "filter[name][eq]=a,b(c)[d]", 'name[eq]:"a,b(c)[d]"'],
  [{ name: { eq: "" } }, "filter[name][eq]=", 'name[eq]:""'],
  [{ name: { eq: "5" } }, "filter[name][eq]=5", "name[eq]:5"],
  [{ name: { ilike: "%Käse%" } }, "filter[name][ilike]=%25K%C3%A4se%25", "name[ilike]:'%Käse%'"],
  [{ id: { in: [A, B] } }, `filter[id][in]=${A},${B}`, `id[in]:["${A}","${B}"]`],
  [{ id: { in: [A, B] } }, `filter[id][in][]=${A}&filter[id][in][]=${B}`, `id[in]:[${A}, ${B}]`],
  [{ id: { in: [A, B] } }, `filter[id][in]=["${A}","${B}"]`, `id[in]:['${A}','${B}']`],
  [{ name: { in: ["a,b", "c"] } }, 'filter[name][in]=["a,b",c]', 'name[in]:["a,b",c]'],
  [{ name: { in: [] } }, "filter[name][in]=[]", "name[in]:[]"],
  [{ deletedAt: { is: "NOT_NULL" } }, "filter[deletedAt][is]=NOT_NULL", "deletedAt[is]:NOT_NULL"],
  [{ deletedAt: { is: "NULL" } }, "filter[deletedAt][is]=NULL", 'deletedAt[is]:"NULL"'],
  [{ idealCustomerProfile: { eq: true } }, "filter[idealCustomerProfile][eq]=true", "idealCustomerProfile[eq]:true"],
  [{ annualRecurringRevenue: { gt: "1e3" } }, "filter[annualRecurringRevenue][gt]=1e3", "annualRecurringRevenue[gt]:1e3"],
  [{ createdBy: { source: { in: ["API"] } } }, "filter[createdBy][source][in]=API", "createdBy.source[in]:[API]"],
  [
    { createdBy: { name: { ilike: "o%" }, source: { eq: "API" } } },
    "filter[createdBy][name][ilike]=o%25&filter[createdBy][source][eq]=API",
    "createdBy.name[ilike]:'o%',createdBy.source[eq]:API",
  ],
  [{ accountOwner: { firstName: { eq: "Olivia" } } }, "filter[accountOwner][firstName][eq]=Olivia", "accountOwner.firstName[eq]:Olivia"],
  [
    { or: [{ name: { eq: "a" } }, { not: { createdAt: { lt: "2024-01-01" } } }] },
    "filter[or][0][name][eq]=a&filter[or][1][not][createdAt][lt]=2024-01-01",
    'or(name[eq]:a,not(createdAt[lt]:"2024-01-01"))',
  ],
  [
    { and: [{ name: { eq: "a" } }, { name: { eq: "b" } }] },
    "filter[and][0][name][eq]=a&filter[and][1][name][eq]=b",
    "and(name[eq]:a,name[eq]:b)",
  ],
  [
    { contacts: { some: { email: { eq: "x" }, name: { eq: "y" } } } },
    "filter[contacts][some][email][eq]=x&filter[contacts][some][name][eq]=y",
    "contacts.some(email[eq]:x,name[eq]:y)",
  ],
  [{ industry: { eq: "Technology" } }, "filter[industry]=Technology", "industry[eq]:Technology"],
  [{ searchVector: { search: "acme" } }, "filter[searchVector][search]=acme", "searchVector[search]:acme"],
];

it.each(SAME)("can mean %j in both grammars", (meant, brackets, functions) => {
  expect(filter(brackets)).toEqual(meant);
  expect(written(functions)).toEqual(meant);
});

it("can ask two records of a list apart", () => {
  expect(written("contacts.some.email[eq]:x,contacts.some.name[eq]:y")).toEqual({
    and: [{ contacts: { some: { email: { eq: "x" } } } }, { contacts: { some: { name: { eq: "y" } } } }],
  });
});

it("can ask that two conditions do not hold, each of them", () => {
  expect(written("not(name[eq]:a),not(employees[eq]:1)")).toEqual({
    and: [{ not: { name: { eq: "a" } } }, { not: { employees: { eq: 1 } } }],
  });
});

it("can take both grammars at once, all of it holding", () => {
  expect(filter("filter[industry][eq]=a&filter=employees[gt]:5")).toEqual({ employees: { gt: 5 }, industry: { eq: "a" } });
});

it("can leave to GraphQL what a value does not fit", () => {
  expect(filter("filter[employees][gt]=many")).toEqual({ employees: { gt: "many" } });
});

const deep = (open: string, close: string, times: number) => `${open.repeat(times)}name[eq]:a${close.repeat(times)}`;
const BAD_FUNCTIONS: [text: string, code: string, field: string][] = [
  ["name", "BAD_INPUT", "filter"],
  ["name:a", "BAD_INPUT", "filter"],
  ["name[eq]", "BAD_INPUT", "filter"],
  ["name[eq]:", "BAD_INPUT", "filter"],
  ['name[eq]:"a', "BAD_INPUT", "filter"],
  ["name[eq]:a,", "BAD_INPUT", "filter"],
  [",name[eq]:a", "BAD_INPUT", "filter"],
  ["and(name[eq]:a", "BAD_INPUT", "filter"],
  ["name[eq]:a)", "BAD_INPUT", "filter"],
  ["and()", "BAD_INPUT", "filter"],
  ["id[in]:[a", "BAD_INPUT", "filter"],
  ["id[in]:[a,,b]", "BAD_INPUT", "filter"],
  ["name[eq]:[a]", "BAD_INPUT", "filter.name.eq"],
  ["name[regexp]:a", "BAD_INPUT", "filter.name.regexp"],
  ["nothing[eq]:a", "BAD_INPUT", "filter.nothing"],
  ["createdBy[eq]:a", "BAD_INPUT", "filter.createdBy.eq"],
  ["createdBy.nothing[eq]:a", "BAD_INPUT", "filter.createdBy.nothing"],
  ["contacts[eq]:a", "BAD_INPUT", "filter.contacts.eq"],
  ["name.eq.eq[eq]:a", "BAD_INPUT", "filter.name.eq"],
  ["__proto__[eq]:a", "BAD_INPUT", "filter.__proto__"],
  ["constructor[eq]:a", "BAD_INPUT", "filter.constructor"],
  [deep("not(", ")", 31), "LIMIT_EXCEEDED", "filter"],
  [deep("and(", ")", 3000), "LIMIT_EXCEEDED", "filter"],
];

it.each(BAD_FUNCTIONS)("cannot take %s (%s)", (text, code, field) => {
  expect(refusalOf(() => written(text))).toEqual([code, field]);
});

const BAD_BRACKETS: [search: string, code: string, field: string][] = [
  ["filter[]=a", "BAD_INPUT", "filter."],
  ["filter[name]=a&filter[name][eq]=b", "BAD_INPUT", "filter.name.eq"],
  ["filter[name][eq]=b&filter[name]=a", "BAD_INPUT", "filter.name"],
  ["filter[name][eq]=a&filter[name][eq]=b", "BAD_INPUT", "filter.name.eq"],
  ["filter[name][eq][]=a&filter[name][eq][]=b", "BAD_INPUT", "filter.name.eq"],
  ["filter[nothing][eq]=a", "BAD_INPUT", "filter.nothing"],
  ["filter[name][nothing]=a", "BAD_INPUT", "filter.name.nothing"],
  ["filter[createdBy]=a", "BAD_INPUT", "filter.createdBy"],
  ["filter[or]=a", "BAD_INPUT", "filter.or"],
  ["filter[or][name][eq]=a", "BAD_INPUT", "filter.or.name"],
  ["filter[or][999][name][eq]=a", "BAD_INPUT", "filter.or.999"],
  ["filter[or][][name][eq]=a", "BAD_INPUT", "filter.or..name.eq"],
  ["filter[__proto__][eq]=a", "BAD_INPUT", "filter.__proto__"],
  ["filter[constructor][prototype]=a", "BAD_INPUT", "filter.constructor"],
  [`filter${"[not]".repeat(40)}[name][eq]=a`, "LIMIT_EXCEEDED", "filter"],
  ["filter[name[eq]=a", "BAD_INPUT", "filter[name[eq]"],
  ["filter[name]eq=a", "BAD_INPUT", "filter[name]eq"],
  ["filters[name][eq]=a", "BAD_INPUT", "filters[name][eq]"],
  ["filter=name[eq]:a&filter=name[eq]:b", "BAD_INPUT", "filter"],
  ["token=abc", "BAD_INPUT", "token"],
  ["access_token=abc", "BAD_INPUT", "access_token"],
  ["nothing=1", "BAD_INPUT", "nothing"],
];

it.each(BAD_BRACKETS)("cannot take ?%s (%s)", (search, code, field) => {
  expect(refusalOf(() => filter(search))).toEqual([code, field]);
});

it.each<[read: string, work: (parameters: Parameters) => unknown, search: string, meant: unknown]>([
  ["a number", (p) => p.whole("limit"), "limit=20", 20],
  ["no number", (p) => p.whole("limit"), "limit=", undefined],
  ["a flag", (p) => p.flag("upsert"), "upsert=true", true],
  ["names", (p) => p.names("fields"), "fields=id,name", ["id", "name"]],
  ["names in JSON", (p) => p.names("fields"), 'fields=["id"]', ["id"]],
])("can read %s", (_read, work, search, meant) => {
  expect(work(parametersOf(search))).toEqual(meant);
});

it.each<[search: string, work: (parameters: Parameters) => unknown, field: string]>([
  ["limit=-1", (p) => p.whole("limit"), "limit"],
  ["limit=1.5", (p) => p.whole("limit"), "limit"],
  ["limit=1e3", (p) => p.whole("limit"), "limit"],
  ["limit=many", (p) => p.whole("limit"), "limit"],
  ["upsert=1", (p) => p.flag("upsert"), "upsert"],
  ["fields=id,,name", (p) => p.names("fields"), "fields"],
  ["fields=[1]", (p) => p.names("fields"), "fields"],
  ["fields=[1", (p) => p.names("fields"), "fields"],
])("cannot read ?%s (BAD_INPUT)", (search, work, field) => {
  expect(refusalOf(() => work(parametersOf(search)))).toEqual(["BAD_INPUT", field]);
});

it.each<[text: string, meant: object[]]>([
  ["createdAt", [{ createdAt: "AscNullsFirst" }]],
  ["name[DescNullsLast], createdAt", [{ name: "DescNullsLast" }, { createdAt: "AscNullsFirst" }]],
  ["createdBy.name[AscNullsLast]", [{ createdBy: { name: "AscNullsLast" } }]],
  ["accountOwner.firstName", [{ accountOwner: { firstName: "AscNullsFirst" } }]],
])("can order by %s", (text, meant) => {
  expect(orderByOf(ORDER, text)).toEqual(meant);
});

it.each<[text: string, field: string]>([
  ["nothing", "order_by.nothing"],
  ["name[Down]", "order_by.name"],
  ["createdBy", "order_by.createdBy"],
  ["name.first", "order_by.name.first"],
  ["name desc", "order_by"],
  ["name,", "order_by"],
  ["-name", "order_by"],
  ["constructor", "order_by.constructor"],
])("cannot order by %s (BAD_INPUT)", (text, field) => {
  expect(refusalOf(() => orderByOf(ORDER, text))).toEqual(["BAD_INPUT", field]);
});
