/** Rights that change while requests are under way, and plans that roles share. */
import { assert, assertNone, type Check } from "../group.ts";
import { ADMIN, GUEST, MEMBER, OWNER, type PermissionsWorld } from "./world.ts";

/** One document, asked by all roles in turn, hundreds of times: the plan is shared, the rights are not. */
async function sharedPlans(world: PermissionsWorld): Promise<void> {
  const QUERY = "{ companies(first: 2) { nodes { id employees } } }";
  const WRITE = 'mutation { createTask(data: { title: "shared plan" }) { id } }';
  const expected: Record<string, [read: boolean, write: boolean]> = {
    [OWNER]: [true, true],
    [ADMIN]: [true, true],
    [MEMBER]: [true, true],
    [GUEST]: [false, false],
  };
  const emails = Object.keys(expected);
  const found: string[] = [];
  const turn = async () => {
    for (let n = 0; n < (world.isFull ? 1000 : 60); n++) {
      const email = emails[world.random(emails.length)]!;
      const [read, write] = [await world.graphql(email, QUERY), await world.graphql(email, WRITE)];
      const did = [!read.errors, !write.errors];
      if (did.join() !== expected[email]!.join()) found.push(`${email} ${did.join()}: ${JSON.stringify([read.errors, write.errors])}`);
    }
  };
  await Promise.all(Array.from({ length: 6 }, turn));
  assertNone(found, "answers by another's rights");
}

/** A right that is taken is gone at the next request, however fast they come. */
async function inFlight(world: PermissionsWorld): Promise<void> {
  const WRITE = 'mutation { createTask(data: { title: "in flight" }) { id } }';
  const role = async (name: string) =>
    (await world.sql<{ id: string }>("select id from core.roles where name = $1 and workspace_id = authz.workspace_id()", [name]))[0]!.id;
  const [member] = await world.sql<{ id: string }>("select id from workspace_member where user_email = $1", [MEMBER]);
  const assign = async (id: string) => {
    const { errors } = await world.metadata(
      OWNER,
      "mutation ($m: UUID!, $r: [UUID!]!) { assignRolesToMember(memberId: $m, roleIds: $r) { id } }",
      { m: member!.id, r: [id] },
    );
    assert(!errors, () => JSON.stringify(errors));
  };
  const [guest, full] = [await role("GUEST"), await role("MEMBER")];
  const found: string[] = [];
  for (let n = 0; n < (world.isFull ? 50 : 5); n++) {
    let [hasEnded, isTaken] = [false, false];
    const flood = Array.from({ length: 4 }, async () => {
      while (!hasEnded) {
        const wasTaken = isTaken;
        const { errors } = await world.graphql(MEMBER, WRITE);
        if (wasTaken && !errors) found.push("a write after the right was taken");
      }
    });
    await assign(guest);
    isTaken = true;
    await new Promise((resolve) => setTimeout(resolve, 100));
    hasEnded = true;
    await Promise.all(flood);
    await assign(full);
  }
  assertNone(found, "rights that outlived their end");
}

/** However many owners go at once, one stays. */
async function lastOwner(world: PermissionsWorld): Promise<void> {
  const members = await world.sql<{ id: string; email: string }>("select id, user_email as email from workspace_member");
  const owner = (
    await world.sql<{ id: string }>("select id from core.roles where name = 'OWNER' and workspace_id = authz.workspace_id()")
  )[0]!.id;
  const guest = (
    await world.sql<{ id: string }>("select id from core.roles where name = 'GUEST' and workspace_id = authz.workspace_id()")
  )[0]!.id;
  const before = await world.sql<{ member_id: string; role_id: string }>(
    "select member_id, role_id from core.role_assignments where workspace_id = authz.workspace_id() and member_id is not null",
  );
  const ASSIGN = "mutation ($m: UUID!, $r: [UUID!]!) { assignRolesToMember(memberId: $m, roleIds: $r) { id } }";
  for (const { id, email } of members) if (email !== OWNER) await world.metadata(OWNER, ASSIGN, { m: id, r: [owner] });
  const answers = await Promise.all(
    members.flatMap(({ id }) => members.map(({ email }) => world.metadata(email, ASSIGN, { m: id, r: [guest] }))),
  );
  const [left] = await world.sql<{ n: number }>(
    "select count(distinct member_id)::int as n from core.role_assignments where role_id = $1",
    [owner],
  );
  // As it was, for the checks that follow.
  await world.sql(
    "insert into core.role_assignments (workspace_id, role_id, member_id) select authz.workspace_id(), x.role_id, x.member_id from jsonb_to_recordset($1) x (role_id uuid, member_id uuid) on conflict do nothing",
    [JSON.stringify(before)],
  );
  await world.sql(
    "delete from core.role_assignments a where workspace_id = authz.workspace_id() and member_id is not null and not exists (select from jsonb_to_recordset($1) x (role_id uuid, member_id uuid) where x.role_id = a.role_id and x.member_id = a.member_id)",
    [JSON.stringify(before)],
  );
  assert(left!.n >= 1, "a workspace is without an owner");
  assertNone(
    answers.filter(({ status }) => status >= 500).map(({ status }) => String(status)),
    "faults of the server",
  );
}

export const changing: Check<PermissionsWorld>[] = [
  { id: "B13", title: "one document by all roles in turn: everybody by his own rights", run: sharedPlans },
  { id: "B32", title: "a right that is taken while requests are under way is gone at the next", run: inFlight },
  { id: "B31", title: "all owners go at once: one stays", run: lastOwner },
];
