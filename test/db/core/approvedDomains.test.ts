/** Domains whose people may join: proven by a mail, and never one where anybody gets an address. */
import { asAdministrator, become, type Db, useTestDatabase, withMemberDb } from "../../helpers/db.ts";
import { join, mails, newUser, token, workspaceId } from "../people.ts";
import { ADMIN, count, expectDenied, expectRefusal, GUEST, MEMBER, OWNER, rows, STRANGER, value } from "../support.ts";

const database = useTestDatabase();
const as = (email: string, work: (db: Db) => Promise<void>) => withMemberDb(database.adminUrl, email, work);

async function approve(db: Db, domain = "initech.test", email = `boss@${domain}`) {
  const { hash, link } = token();
  return { id: await value(db, "select core.create_approved_domain($1, $2, $3, $4)", [domain, email, hash, link]), hash };
}
const validate = (db: Db, id: string, hash: string) => value(db, "select core.validate_approved_domain($1, $2)", [id, hash]);
const remove = (db: Db, id: string) => value(db, "select core.delete_approved_domain($1)", [id]);

it("can be approved by whoever reads mail there; people with a proven address then join with the default role", () =>
  as(ADMIN, async (db) => {
    const { id, hash } = await approve(db, " Initech.TEST ", "Boss@initech.test");
    expect(await mails(db)).toEqual([
      { template: "verify_domain", recipient: "boss@initech.test", data: expect.objectContaining({ domain: "initech.test" }) },
    ]);
    const [peter, workspace] = [await newUser(db, "peter@initech.test"), await workspaceId(db)];
    expect(await join(db, peter, workspace, undefined, true)).toBeNull(); // not proven yet
    await become(db, ADMIN);
    await validate(db, id, hash);
    expect(await join(db, peter, workspace)).toBeNull(); // his address is not proven
    expect(await join(db, await newUser(db, "x@sub.initech.test"), workspace, undefined, true)).toBeNull();
    expect(await join(db, await newUser(db, "x@notinitech.test"), workspace, undefined, true)).toBeNull();
    expect(await join(db, peter, await workspaceId(db, "globex"), undefined, true)).toBeNull();
    expect(await join(db, peter, workspace, undefined, true)).toBeTruthy();
  }));

it("lets nobody else join once it is taken back; who has joined stays", () =>
  as(OWNER, async (db) => {
    const { id, hash } = await approve(db);
    await validate(db, id, hash);
    const [first, second, workspace] = [await newUser(db, "a@initech.test"), await newUser(db, "b@initech.test"), await workspaceId(db)];
    const member = await join(db, first, workspace, undefined, true);
    await become(db, OWNER);
    await remove(db, id);
    expect(await join(db, second, workspace, undefined, true)).toBeNull();
    expect(await join(db, first, workspace, undefined, true)).toBe(member);
  }));

it.each([MEMBER, GUEST])("cannot be seen, made, proven or deleted by %s (PERMISSION_DENIED)", (email) =>
  as(ADMIN, async (db) => {
    const { id, hash } = await approve(db);
    await become(db, email);
    await expectDenied(db, () => approve(db, "other.test"));
    await expectDenied(db, () => validate(db, id, hash));
    await expectDenied(db, () => remove(db, id));
    expect(await count(db, "core.approved_domains")).toBe(0);
    await become(db, ADMIN);
    expect(await count(db, "core.approved_domains")).toBe(1);
    expect(await validate(db, id, hash)).toBe(id);
  }),
);

it.each(["gmail.com", "GMAIL.com", "outlook.com", "web.de", "mail.ru", "mailinator.com", "x.yopmail.com"])(
  "cannot be %s, where anybody gets an address (BAD_INPUT)",
  (domain) => as(OWNER, (db) => expectRefusal(db, () => approve(db, domain), "BAD_INPUT", "domain")),
);

it.each([
  "",
  "initech",
  "initech.test.",
  ".initech.test",
  "-a.test",
  "a_b.test",
  "ümlaut.test",
  "a b.test",
  "127.0.0.1",
  "a.test/x",
  "a.test:80",
  "x@a.test",
])("cannot be %j (BAD_INPUT)", (domain) =>
  as(OWNER, (db) => expectRefusal(db, () => approve(db, domain, "boss@initech.test"), "BAD_INPUT", "domain")),
);

it.each([
  "",
  "boss",
  "boss@other.test",
  "boss@initech.test@other.test",
  "a@other.test@initech.test",
  "boss@sub.initech.test",
  '"a@b"@initech.test',
  "boss@initech.test\nx",
  "boss,eve@initech.test",
])("cannot be proven at %j (BAD_INPUT)", (email) =>
  as(OWNER, async (db) => {
    await expectRefusal(db, () => approve(db, "initech.test", email), "BAD_INPUT", "email");
    expect((await approve(db)).id).toBeTruthy();
  }),
);

it("cannot be proven by another token, too late, twice, by another workspace or for another domain (NOT_FOUND)", () =>
  as(OWNER, async (db) => {
    const [one, two] = [await approve(db), await approve(db, "hooli.test")];
    const refused = (id: string, hash: string) => expectRefusal(db, () => validate(db, id, hash), "NOT_FOUND", "validationToken");
    await refused(one.id, token().hash);
    await refused(one.id, two.hash);
    await become(db, STRANGER);
    await refused(one.id, one.hash);
    await expectRefusal(db, () => remove(db, one.id), "NOT_FOUND", "id");
    await become(db, OWNER);
    await asAdministrator(db, () =>
      db.query("update private.domain_tokens set expires_at = now() where approved_domain_id = $1", [two.id]),
    );
    await refused(two.id, two.hash);
    expect(await validate(db, one.id, one.hash)).toBe(one.id);
    await refused(one.id, one.hash);
    await expectRefusal(db, () => approve(db), "CONFLICT");
  }));

it("can be approved by two workspaces, neither of which learns of the other", () =>
  as(OWNER, async (db) => {
    await approve(db);
    await become(db, STRANGER);
    const { id, hash } = await approve(db);
    expect(await validate(db, id, hash)).toBe(id);
    expect(await rows(db, "select domain from core.approved_domains")).toEqual([{ domain: "initech.test" }]);
  }));
