/** Directus' collections as Relata's objects: companies with people, custom ones related to companies, and a member under a row rule. */

export const MEMBER_TOKEN = "directus-member-token-0123456789";
const CUSTOM_TYPES = ["string", "integer", "decimal", "timestamp", "boolean", "string"];
const CUSTOM_FIELDS = 20;
const COLLECTIONS = ["company", "person"];

type Call = (path: string, body: object) => Promise<{ id: string }>;

const makeCall =
  (url: string, token: string): Call =>
  async (path, body) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
    const response = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`Directus answered ${response.status} to POST ${path}: ${text}`);
    return text ? (JSON.parse(text) as { data: { id: string } }).data : { id: "" };
  };

const field = (name: string, type: string, special: string[] = []) => ({ field: name, type, meta: { special }, schema: {} });
const id = {
  field: "id",
  type: "uuid",
  meta: { special: ["uuid"] },
  schema: { is_primary_key: true, length: 36, has_auto_increment: false },
};
const collection = (name: string, fields: object[]) => ({
  collection: name,
  schema: {},
  meta: { accountability: "all" },
  fields: [id, ...fields],
});

async function relate(call: Call, from: string, listField: string | null): Promise<void> {
  if (listField) await call("/fields/company", { field: listField, type: "alias", meta: { interface: "list-o2m", special: ["o2m"] } });
  const meta = { one_field: listField, sort_field: null, one_deselect_action: "nullify" };
  await call("/relations", {
    collection: from,
    field: "company_id",
    related_collection: "company",
    meta,
    schema: { on_delete: "SET NULL" },
  });
}

/** A member who may do all but see companies without employees. */
async function createMember(call: Call): Promise<void> {
  const writes = ["create", "update", "delete"].flatMap((action) =>
    COLLECTIONS.map((name) => ({ collection: name, action, permissions: {}, validation: {}, fields: ["*"] })),
  );
  const reads = [
    { collection: "company", action: "read", permissions: { employees: { _gt: 0 } }, fields: ["*"] },
    { collection: "person", action: "read", permissions: {}, fields: ["*"] },
  ];
  const policy = await call("/policies", { name: "Member", app_access: false, admin_access: false, permissions: [...writes, ...reads] });
  const role = await call("/roles", { name: "Member", policies: { create: [{ policy: policy.id }], update: [], delete: [] } });
  await call("/users", {
    email: "member@example.com",
    password: "Member-password-1",
    role: role.id,
    status: "active",
    token: MEMBER_TOKEN,
  });
}

export async function createCollections(url: string, adminToken: string, customs: number): Promise<void> {
  const call = makeCall(url, adminToken);
  const company = [field("name", "string"), field("industry", "string"), field("employees", "integer")];
  await call("/collections", collection("company", [...company, field("created_at", "timestamp", ["date-created"])]));
  const person = ["first_name", "last_name", "name", "email"].map((name) => field(name, "string"));
  await call("/collections", collection("person", [...person, field("company_id", "uuid", ["m2o"])]));
  await relate(call, "person", "contacts");
  for (let n = 1; n <= customs; n++) {
    const fields = Array.from({ length: CUSTOM_FIELDS }, (_, i) => field(`field${i + 1}`, CUSTOM_TYPES[i % CUSTOM_TYPES.length]!));
    await call("/collections", collection(`custom${n}`, [...fields, field("company_id", "uuid", ["m2o"])]));
    await relate(call, `custom${n}`, null);
  }
  await createMember(call);
}
