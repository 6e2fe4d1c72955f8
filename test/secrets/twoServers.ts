/** Two servers over one database, and new people in it: what the tests of revocation share. */
import { TEST_SECRET, useTestDatabase } from "../helpers/db.ts";
import { type Answer, adminQuery, PASSWORD, post, startTestServer, type TestServer } from "../helpers/server.ts";

export type Tokens = { accessToken: string; refreshToken: string };
export type Asked = { server: "a" | "b"; status: number; code: string | undefined };

export function useTwoServers() {
  const database = useTestDatabase();
  const servers = {} as Record<"a" | "b", TestServer>;
  let count = 0;
  beforeAll(async () => {
    const env = { PG_DATABASE_URL: database.adminUrl, PG_POOL_MAX_CONNECTIONS: "4", APP_SECRET: TEST_SECRET };
    [servers.a, servers.b] = await Promise.all([startTestServer(env), startTestServer(env)]);
  });
  afterAll(() => Promise.all(Object.values(servers).map((server) => server.stop())));

  const sql = <Row extends Record<string, unknown>>(text: string, values: unknown[] = [], workspace = "acme") =>
    adminQuery<Row>(database.adminUrl, text, values, workspace);
  const send = async (server: "a" | "b", path: string, body: object, token?: string) => {
    const response = await fetch(`${servers[server].url}/auth${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : {}) as Tokens & Record<string, unknown> };
  };

  return {
    sql,
    send,
    adminUrl: () => database.adminUrl,
    /** Somebody new in a workspace, so that no case disturbs another. */
    async newMember(role = "MEMBER", workspace = "acme"): Promise<{ email: string; userId: string; memberId: string }> {
      const email = `person${++count}@${workspace}.test`;
      const [made] = await sql<{ user_id: string; member_id: string }>(
        `with made as materialized (
           select private.create_user($1, (select p.password_hash from private.user_secrets p join core.users u on u.id = p.user_id
             where u.email = 'owner@acme.test'), 'Person', $2) as id)
         select id as user_id, private.add_member(authz.workspace_id(), id, $3) as member_id from made`,
        [email, String(count), role],
        workspace,
      );
      return { email, userId: made!.user_id, memberId: made!.member_id };
    },
    login: async (email: string, server: "a" | "b" = "a", workspace?: string) =>
      (await send(server, "/login", { email, password: PASSWORD, ...(workspace && { workspace }) })).body,
    metadata: <T>(token: string, query: string, variables: Record<string, unknown> = {}): Promise<Answer<T>> =>
      post<T>(servers.a.url, "/metadata", token, query, variables),
    /** What each server answers to a request with this token. */
    everywhere: (token: string, query: string, path = "/graphql"): Promise<Asked[]> =>
      Promise.all(
        (["a", "b"] as const).map(async (server) => {
          const { status, errors } = await post(servers[server].url, path, token, query);
          return { server, status, code: errors?.[0]?.extensions.code };
        }),
      ),
  };
}
