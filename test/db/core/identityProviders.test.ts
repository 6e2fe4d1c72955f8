/** Identity providers are seen and shaped by who has the permission `security`, in his own workspace, by functions alone. */
import { become, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { ADMIN, expectDenied, expectRefusal, GUEST, MEMBER, OWNER, rows, STRANGER, value } from "../support.ts";

const database = useTestDatabase();
const DATA = { name: "Okta", type: "OIDC", issuer: "https://okta.test", clientId: "relata" };
const ID = "6f2d8a30-7d0f-4c7e-9a86-0d4b6f7b8a11";
const CREATE = "select core.create_identity_provider($1, $2, '\\x01')";
type Db = Parameters<Parameters<typeof withMemberDb>[2]>[0];
const create = (db: Db, data: object = DATA, id = ID) => value(db, CREATE, [id, data]);

it.each([OWNER, ADMIN])("can be created, seen and deleted by %s", (email) =>
  withMemberDb(database.adminUrl, email, async (db) => {
    expect(await create(db)).toBe(ID);
    expect(await rows(db, "select id, name, type, status from core.identity_providers")).toEqual([
      { id: ID, name: "Okta", type: "OIDC", status: "ACTIVE" },
    ]);
    await value(db, "select core.add_identity_provider_domain($1, 'acme.test')", [ID]);
    await value(db, "select core.delete_identity_provider($1)", [ID]);
    expect(await rows(db, "select from core.identity_provider_domains")).toEqual([]);
  }),
);

it.each([MEMBER, GUEST])("cannot be created, changed or deleted by %s (42501)", (email) =>
  withMemberDb(database.adminUrl, email, async (db) => {
    await expectDenied(db, () => create(db));
    await expectDenied(db, () => value(db, "select core.edit_identity_provider($1, '{}')", [ID]));
    await expectDenied(db, () => value(db, "select core.delete_identity_provider($1)", [ID]));
    await expectDenied(db, () => value(db, "select core.add_identity_provider_domain($1, 'acme.test')", [ID]));
    await expectDenied(db, () => value(db, "select core.remove_identity_provider_domain($1)", [ID]));
    await expectDenied(db, () => value(db, "select core.domain_to_verify($1)", [ID]));
  }),
);

it("cannot be written without the functions, nor a domain be called proven (42501)", () =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    await create(db);
    const id = await value(db, "select core.add_identity_provider_domain($1, 'acme.test')", [ID]);
    await expectDenied(db, () => db.query("update core.identity_providers set issuer = 'https://evil.test'"));
    await expectDenied(db, () => db.query("update core.identity_provider_domains set verified_at = now()"));
    await expectDenied(db, () => db.query("select * from private.identity_provider_secrets"));
    await expectDenied(db, () =>
      db.query("select authz.verify_domain(authz.workspace_id(), $1, array(select token from core.identity_provider_domains))", [id]),
    );
  }));

it("cannot be seen or deleted from another workspace (NOT_FOUND)", () =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    await create(db);
    await become(db, STRANGER);
    expect(await rows(db, "select from core.identity_providers")).toEqual([]);
    await expectRefusal(db, () => value(db, "select core.delete_identity_provider($1)", [ID]), "NOT_FOUND", "input.identityProviderId");
    await expectRefusal(
      db,
      () => value(db, 'select core.edit_identity_provider($1, \'{"status": "INACTIVE"}\')', [ID]),
      "NOT_FOUND",
      "input.id",
    );
  }));

it.each<[string, object]>([
  ["SAML without a certificate", { name: "A", type: "SAML", issuer: "x", ssoUrl: "https://idp.test" }],
  ["OIDC without a client", { name: "A", type: "OIDC", issuer: "https://okta.test" }],
  ["OIDC with an issuer that is no address", { ...DATA, issuer: "okta" }],
  ["another type", { ...DATA, type: "LDAP" }],
])("cannot be %s (CHECK_FAILED)", (_what, data) =>
  withMemberDb(database.adminUrl, OWNER, async (db) => {
    await expectRefusal(db, () => create(db, data), "CHECK_FAILED");
  }),
);
