/** Fields that a role holds back, and every way to learn something of them: test/graphql/fieldPermissions.test.ts and `npm run prove`. */

/** Named `object.field`: from readers, or from writers alone. */
export const HELD_BACK: Record<string, "hidden" | "frozen"> = {
  "company.annualRecurringRevenue": "hidden",
  "company.employees": "frozen",
  "person.email": "hidden",
  "person.lastName": "hidden",
  "opportunity.company": "hidden",
};

/** Lets the role $1 of acme hold back the fields of $2. */
export const HOLD_BACK = `insert into core.field_permissions (workspace_id, role_id, field_id, can_read)
  select w.id, r.id, f.id, x.value = 'frozen'
  from core.workspaces w
  join core.roles r on r.workspace_id = w.id and r.name = $1
  join core.objects o on o.workspace_id = w.id
  join core.fields f on f.object_id = o.id
  join jsonb_each_text($2) x on x.key = o.name_singular || '.' || f.name
  where w.subdomain = 'acme'`;

/** What he asks, by what he tries. */
export const VECTORS: [string, string][] = [
  ["selected", "{ companies(first: 1) { nodes { annualRecurringRevenue } } }"],
  ["selected by another name", "{ companies(first: 1) { nodes { a: annualRecurringRevenue } } }"],
  ["selected in a fragment", "{ companies(first: 1) { nodes { ...F } } } fragment F on Company { annualRecurringRevenue }"],
  ["selected through a relation", "{ people(first: 1) { nodes { company { annualRecurringRevenue } } } }"],
  ["selected of one record", '{ company(filter: { name: { eq: "x" } }) { annualRecurringRevenue } }'],
  ["compared", '{ companies(filter: { annualRecurringRevenue: { gt: "1" } }) { totalCount } }'],
  ["compared in a list of conditions", '{ companies(filter: { or: [{ not: { annualRecurringRevenue: { gt: "1" } } }] }) { totalCount } }'],
  ["compared through a relation", '{ people(filter: { company: { annualRecurringRevenue: { gt: "1" } } }) { totalCount } }'],
  ["compared in a list of records", '{ companies(filter: { contacts: { some: { email: { like: "a%" } } } }) { totalCount } }'],
  ["asked whether it is empty", "{ companies(filter: { annualRecurringRevenue: { is: NULL } }) { totalCount } }"],
  ["sorted by", "{ companies(orderBy: [{ annualRecurringRevenue: AscNullsFirst }], first: 1) { nodes { id } } }"],
  ["sorted by through a relation", "{ people(orderBy: [{ company: { annualRecurringRevenue: AscNullsFirst } }]) { totalCount } }"],
  ["added up", "{ companies { sumAnnualRecurringRevenue } }"],
  ["grouped by", "{ companiesGroupBy(groupBy: [{ annualRecurringRevenue: true }]) { groupByDimensionValues } }"],
  ["searched in the object that it is searched in", '{ people(filter: { searchVector: { search: "a" } }) { totalCount } }'],
  ["made into a name", "{ people(first: 1) { nodes { name } } }"],
  ["created", 'mutation { createCompany(data: { name: "x", annualRecurringRevenue: "1" }) { id } }'],
  [
    "updated by a condition on it",
    'mutation { updateCompanies(data: { name: "x" }, filter: { annualRecurringRevenue: { gt: "1" } }) { id } }',
  ],
  ["upserted by", 'mutation { createPerson(data: { email: "a@b.test" }, upsert: true) { id } }'],
  [
    "connected by",
    'mutation { createOpportunity(data: { name: "x", pointOfContact: { connect: { where: { email: "a@b.test" } } } }) { id } }',
  ],
  ["followed", "{ opportunities(first: 1) { nodes { company { name } } } }"],
  ["followed by its key", "{ opportunities(first: 1) { nodes { companyId } } }"],
  ["followed from the other side", "{ companies(first: 1) { nodes { opportunities { totalCount } } } }"],
  ["written though it may only be read", 'mutation { createCompany(data: { name: "x", employees: 5 }) { id } }'],
];

/** What psql says, as the role of his requests. */
export const STATEMENTS = [
  "select annual_recurring_revenue from company",
  "select * from company",
  "select company from company",
  "select count(*) from company where annual_recurring_revenue > 1",
  "select id from company order by annual_recurring_revenue",
  "update company set employees = 1",
  "insert into company (name) values ('x') returning annual_recurring_revenue",
  "update company set name = name returning *",
  "select search_vector from person",
];
