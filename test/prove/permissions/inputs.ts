/** Inputs that say more than they may, and answers that could. */
import { assertNone, type Check } from "../group.ts";
import { MEMBER, OWNER, type PermissionsWorld } from "./world.ts";

const SECRET_WORDS = /password|secret|seed|otp|hash|private|sealed/i;
/** What is meant to be read: by who may see it, or of himself. */
const KNOWN =
  /^(inviteHash|workspaceInviteHash|isPasswordAuthEnabled|hasPassword|isPasswordSet|isPasswordAuthBypassEnabled|validate\w+|check\w+|find\w+)$/;

const SYSTEM: Record<string, unknown> = {
  workspaceId: "00000000-0000-0000-0000-000000000000",
  createdBy: { name: "Somebody else" },
  createdByName: "Somebody else",
  createdByWorkspaceMemberId: "00000000-0000-0000-0000-000000000000",
  updatedBy: { name: "Somebody else" },
  deletedAt: "2020-01-01T00:00:00Z",
  updatedAt: "2020-01-01T00:00:00Z",
  searchVector: "'x'",
  role: "OWNER",
  constructor: { prototype: { isAdmin: true } },
  prototype: { isAdmin: true },
};

/** An input that says more than it may is refused, and does nothing. */
async function massAssignment(world: PermissionsWorld): Promise<void> {
  const found: string[] = [];
  const bodies = Object.entries(SYSTEM).map(([name, value]) => JSON.stringify({ [name]: value }));
  bodies.push('{"__proto__":{"isAdmin":true}}', '{"constructor":{"prototype":{"name":"x"}},"__proto__":{"name":"polluted"}}');
  for (const data of bodies) {
    const body = `{"query":"mutation ($data: CompanyCreateInput!) { createCompany(data: $data) { id name createdBy { name } deletedAt } }","variables":{"data":${data}}}`;
    const response = await fetch(`${world.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${await world.tokenOf(MEMBER)}` },
      body,
    });
    const text = await response.text();
    const made = (
      JSON.parse(text) as {
        data?: { createCompany?: { name: string | null; createdBy: { name: string }; deletedAt: string | null } | null };
      }
    ).data?.createCompany;
    if (response.status >= 500) found.push(`${data}: ${text}`);
    if (made && (made.createdBy.name === "Somebody else" || made.deletedAt || made.name)) found.push(`${data} was taken: ${text}`);
  }
  const { data } = await world.graphql<{ companies: { nodes: { name: string | null }[] } }>(
    MEMBER,
    '{ companies(filter: { name: { eq: "polluted" } }) { nodes { name } } }',
  );
  if (data!.companies.nodes.length) found.push("a prototype was polluted");
  assertNone(found, "inputs that said more than they may");
}

/** Nothing that can be asked of /metadata or /graphql is called like a secret. */
async function secretFields(world: PermissionsWorld): Promise<void> {
  const ASK =
    "{ __schema { queryType { name } types { name kind fields { name type { name kind ofType { name kind ofType { name kind ofType { name kind } } } } } } } }";
  type Ref = { name: string | null; ofType?: Ref };
  type Schema = { __schema: { queryType: { name: string }; types: { name: string; fields: { name: string; type: Ref }[] | null }[] } };
  const nameOf = (ref: Ref): string => ref.name ?? nameOf(ref.ofType!);
  for (const ask of [world.graphql, world.metadata]) {
    const { data } = await ask<Schema>(OWNER, ASK);
    const types = new Map(data!.__schema.types.map((type) => [type.name, type]));
    const reached = new Set([data!.__schema.queryType.name]);
    const found: string[] = [];
    for (const name of reached)
      for (const { name: field, type } of types.get(name)?.fields ?? []) {
        // Whether there is one may be told.
        const isText = /^(String|JSON)$/.test(nameOf(type));
        if (isText && SECRET_WORDS.test(field) && !KNOWN.test(field)) found.push(`${name}.${field}`);
        reached.add(nameOf(type));
      }
    assertNone(found, "fields that are called like secrets can be read");
  }
}

export const inputs: Check<PermissionsWorld>[] = [
  { id: "B33", title: "inputs that name system fields or prototypes are refused, and do nothing", run: massAssignment },
  { id: "B34", title: "no field that can be read is called like a secret", run: secretFields },
];
