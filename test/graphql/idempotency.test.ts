/** `Idempotency-Key`: a mutation that is sent again is not made again. */
import { useTestDatabase, withAdminDb } from "../helpers/db.ts";
import { type Sent, send } from "../helpers/send.ts";
import { adminQuery, signIn, startTestServer, type TestServer, useApi } from "../helpers/server.ts";
import { type PgProxy, startProxy } from "../http/proxy.ts";
import "../helpers/slow.ts";

const CREATE = "mutation ($name: String) { createCompany(data: { name: $name }) { id name } }";
type Made = { createCompany: { id: string; name: string } };

describe("on one server", () => {
  const api = useApi({ PG_POOL_MAX_CONNECTIONS: "4" });
  const ask = <T = Made>(key: string, body: object, options = {}) => send<T>(api, body, { "idempotency-key": key }, options);
  const create = (key: string, name: string, options = {}) => ask(key, { query: CREATE, variables: { name } }, options);
  const count = async (name: string) =>
    (await api.sql<{ n: number }>("select count(*)::int as n from company where name = $1", [name]))[0]!.n;
  const kept = async (key: string) =>
    (await api.sql<{ n: number }>("select count(*)::int as n from private.idempotency_keys where key = $1", [key]))[0]!.n;
  const replayed = ({ headers }: Sent<unknown>) => headers.get("idempotency-replayed");

  it("can get the first answer again, as it was, and writes once", async () => {
    const first = await create("one", "Once");
    expect([first.status, first.errors, replayed(first)]).toEqual([200, undefined, null]);
    await api.graphql('mutation ($id: UUID!) { updateCompany(id: $id, data: { name: "Changed" }) { id } }', {
      id: first.data!.createCompany.id,
    });
    const again = await create("one", "Once");
    expect([again.status, again.data, replayed(again)]).toEqual([200, first.data, "true"]);
    expect([await count("Once"), await count("Changed"), await kept("one")]).toEqual([0, 1, 1]);
  });

  it("can write twice without a key, or with two", async () => {
    await create("two a", "Twice").then(({ status }) => expect(status).toBe(400));
    await create("two-a", "Twice");
    await create("two-b", "Twice");
    await api.graphql(CREATE, { name: "Twice" });
    expect(await count("Twice")).toBe(3);
  });

  it("cannot use a key for another request (IDEMPOTENCY_KEY_REUSED)", async () => {
    await create("other", "First");
    const other = await create("other", "Second");
    expect(other).toMatchObject({ status: 422, errors: [{ extensions: { code: "IDEMPOTENCY_KEY_REUSED", field: "Idempotency-Key" } }] });
    expect([await count("First"), await count("Second")]).toEqual([1, 0]);
  });

  it("can use another's key: it is a user's own, in a workspace", async () => {
    const [mine, admins, theirs] = [
      await create("shared", "Mine"),
      await create("shared", "Mine", { email: "admin@acme.test" }),
      await create("shared", "Mine", { email: "owner@globex.test" }),
    ];
    expect(new Set([mine, admins, theirs].map(({ data }) => data!.createCompany.id)).size).toBe(3);
    expect([mine, admins, theirs].map(replayed)).toEqual([null, null, null]);
    expect(await count("Mine")).toBe(2);
  });

  it("can try again what failed and wrote nothing", async () => {
    const query = 'mutation { updateCompany(id: "33333333-3333-4333-8333-333333333333", data: { name: "Late" }) { name } }';
    for (let n = 0; n < 2; n++) {
      const failed = await ask("late", { query });
      expect([failed.errors?.[0]?.extensions.code, replayed(failed)]).toEqual(["NOT_FOUND", null]);
    }
    expect(await kept("late")).toBe(0);
    await api.sql("insert into company (id, name) values ('33333333-3333-4333-8333-333333333333', 'Early')");
    expect(await ask("late", { query })).toMatchObject({ data: { updateCompany: { name: "Late" } } });
    const again = await ask("late", { query });
    expect([again.data, replayed(again)]).toEqual([{ updateCompany: { name: "Late" } }, "true"]);
  });

  it("can get errors again, in every detail, beside what was written", async () => {
    const query = `mutation { a: createCompany(data: { name: "Half" }) { name }
      b: createPerson(data: { companyId: "00000000-0000-0000-0000-000000000000" }) { id } }`;
    const { headers: _1, ...first } = await ask("half", { query });
    const second = await ask("half", { query });
    const { headers: _2, ...again } = second;
    expect(again).toEqual(first);
    expect(replayed(second)).toBe("true");
    expect(first).toMatchObject({
      data: { a: { name: "Half" }, b: null },
      errors: [{ path: ["b"], locations: [{ line: 2 }], extensions: { code: "RELATED_NOT_FOUND", field: "companyId" } }],
    });
    expect(await count("Half")).toBe(1);
  });

  it("can keep the answer of a @transaction, and forgets one that was rolled back", async () => {
    const query = (broken: string) => `mutation @transaction { a: createCompany(data: { name: "Tx" }) { name } ${broken} }`;
    await ask("tx", { query: query("") });
    expect(replayed(await ask("tx", { query: query("") }))).toBe("true");
    const broken = { query: query('b: createPerson(data: { companyId: "00000000-0000-0000-0000-000000000000" }) { id }') };
    expect((await ask("tx-broken", broken)).errors).toHaveLength(2);
    expect(replayed(await ask("tx-broken", broken))).toBe(null);
    expect([await count("Tx"), await kept("tx-broken")]).toEqual([1, 0]);
  });

  it("can send the same twelve times at once: one writes, the others get its answer or CONFLICT", async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => create("at-once", "At once")));
    const ids = new Set(answers.filter(({ data }) => data).map(({ data }) => data!.createCompany.id));
    expect([ids.size, await count("At once")]).toEqual([1, 1]);
    for (const { errors } of answers) expect(["CONFLICT", undefined]).toContain(errors?.[0]?.extensions.code);
    expect(answers.filter((answer) => answer.data && !replayed(answer))).toHaveLength(1);
  });

  it("cannot wait forever for another with its key (CONFLICT)", async () => {
    const [{ user_id, workspace_id }] = (await api.sql<{ user_id: string; workspace_id: string }>(
      "select m.user_id, m.workspace_id from core.workspace_members m join core.users u on u.id = m.user_id where u.email = 'owner@acme.test'",
    )) as [{ user_id: string; workspace_id: string }];
    await withAdminDb(api.adminUrl, async (db) => {
      await db.query("insert into private.idempotency_keys values ($1, $2, 'held', '', 'null', now() + interval '1 hour')", [
        workspace_id,
        user_id,
      ]);
      expect(await create("held", "Held")).toMatchObject({
        status: 409,
        errors: [{ extensions: { code: "CONFLICT", field: "Idempotency-Key" } }],
      });
    });
    expect(await count("Held")).toBe(0);
    // Once it is let go of, it may be used.
    expect(await create("held", "Held")).toMatchObject({ status: 200, data: { createCompany: { name: "Held" } } });
  });

  it("can use a key again once its time is over, and the worker forgets it", async () => {
    await create("expiring", "Expiring");
    await api.sql("update private.idempotency_keys set expires_at = now() - interval '1 s' where key = 'expiring'");
    expect(replayed(await create("expiring", "Expiring"))).toBe(null);
    expect(await count("Expiring")).toBe(2);
    await api.sql("update private.idempotency_keys set expires_at = now() - interval '1 s' where key = 'expiring'");
    const [expired] = await api.sql<{ n: number }>("select authz.expire_keys()::int as n");
    expect([expired!.n, await kept("expiring"), await kept("one")]).toEqual([1, 0, 1]);
  });

  it("can replay a change of the data model", async () => {
    const data = { nameSingular: "probe", namePlural: "probes", labelSingular: "Probe", labelPlural: "Probes" };
    const body = {
      query: "mutation ($data: CreateObjectInput!) { createOneObject(data: $data) { id nameSingular } }",
      variables: { data },
    };
    const first = await ask<Record<string, object>>("model", body, { path: "/metadata" });
    expect(first.errors).toBeUndefined();
    const again = await ask("model", body, { path: "/metadata" });
    expect([again.data, replayed(again)]).toEqual([first.data, "true"]);
  });

  it("cannot be told another's answer: the same key and body on another address is another request (IDEMPOTENCY_KEY_REUSED)", async () => {
    const body = { query: "mutation { __typename }" };
    expect(await ask("address", body)).toMatchObject({ status: 200, data: { __typename: "Mutation" } });
    expect(await ask("address", body, { path: "/metadata" })).toMatchObject({ status: 422 });
  });

  it("can send the header with a query, which it means nothing to", async () => {
    const body = { query: "{ companies { totalCount } }" };
    for (let n = 0; n < 2; n++) {
      const answer = await ask("query", body);
      expect([answer.status, replayed(answer)]).toEqual([200, null]);
    }
    expect(await kept("query")).toBe(0);
  });

  it.each(["with space", "é", "x".repeat(256)])("cannot use %j as a key (BAD_INPUT)", async (key) => {
    const answer = await create(Buffer.from(key, "utf8").toString("latin1"), "Bad key");
    expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code: "BAD_INPUT", field: "Idempotency-Key" } }] });
    expect(await count("Bad key")).toBe(0);
  });

  it("cannot get an answer back after losing the membership (LOGIN_REQUIRED)", async () => {
    await create("leaver", "Left", { email: "member@acme.test" });
    await api.sql(
      "select private.remove_member(m.id) from core.workspace_members m join core.users u on u.id = m.user_id where u.email = 'member@acme.test' and m.workspace_id = authz.workspace_id()",
    );
    expect(await create("leaver", "Left", { email: "member@acme.test" })).toMatchObject({
      status: 401,
      errors: [{ extensions: { code: "LOGIN_REQUIRED" } }],
    });
  });
});

describe("between the write and the answer", () => {
  const database = useTestDatabase();
  let proxy: PgProxy;
  let token: Promise<string>;
  const servers: TestServer[] = [];
  const start = async () => {
    const server = await startTestServer({ PG_DATABASE_URL: proxy.url });
    servers.push(server);
    token ??= signIn(server.url, "owner@acme.test");
    return server;
  };
  const create = ({ url }: TestServer, key: string, name: string) =>
    send<Made>({ url, tokenOf: () => token }, { query: CREATE, variables: { name } }, { "idempotency-key": key });
  const count = async (name: string) =>
    (await adminQuery<{ n: number }>(database.adminUrl, "select count(*)::int as n from company where name = $1", [name]))[0]!.n;
  beforeAll(async () => void (proxy = await startProxy(database.adminUrl)));
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await proxy.close();
  });

  it("can lose its connection once all is committed: the retry writes nothing and gets the answer", async () => {
    const server = await start();
    const committed = proxy.swallowAnswersTo("commit");
    const lost = create(server, "cut", "Cut");
    await committed;
    proxy.cut();
    proxy.restore();
    expect(await lost).toMatchObject({ status: 503, errors: [{ extensions: { code: "UNAVAILABLE" } }] });
    expect(await count("Cut")).toBe(1);
    const again = await create(server, "cut", "Cut");
    expect(again).toMatchObject({ status: 200, data: { createCompany: { name: "Cut" } } });
    expect([again.headers.get("idempotency-replayed"), await count("Cut")]).toEqual(["true", 1]);
  });

  it("can lose its connection before: nothing is written, and the retry writes", async () => {
    const server = servers[0]!;
    const written = proxy.swallowAnswersTo("insert into");
    const lost = create(server, "early", "Early");
    await written;
    proxy.cut();
    proxy.restore();
    expect(await lost).toMatchObject({ status: 503, errors: [{ extensions: { code: "UNAVAILABLE" } }] });
    const again = await create(server, "early", "Early");
    expect([again.errors, again.headers.get("idempotency-replayed"), await count("Early")]).toEqual([undefined, null, 1]);
  });

  it("can be killed (SIGKILL) once all is committed: another server gives the answer, and writes nothing", async () => {
    const server = servers[0]!;
    const committed = proxy.swallowAnswersTo("commit");
    const lost = create(server, "killed", "Killed").then(
      () => "answered",
      () => "no answer",
    );
    await committed;
    server.process.kill("SIGKILL");
    expect([await lost, await count("Killed")]).toEqual(["no answer", 1]);
    const again = await create(await start(), "killed", "Killed");
    expect([again.data?.createCompany.name, again.headers.get("idempotency-replayed"), await count("Killed")]).toEqual([
      "Killed",
      "true",
      1,
    ]);
  });

  it("can be killed (SIGKILL) before that: nothing is written, and another server writes once", async () => {
    const server = servers[1]!;
    const written = proxy.swallowAnswersTo("insert into");
    const early = create(server, "killed-early", "Killed early").catch(() => "no answer");
    await written;
    server.process.kill("SIGKILL");
    expect(await early).toBe("no answer");
    const again = await create(await start(), "killed-early", "Killed early");
    expect([again.errors, again.headers.get("idempotency-replayed"), await count("Killed early")]).toEqual([undefined, null, 1]);
  });
});
