import { post, signIn, until, useTestServer } from "../helpers/server.ts";
import "../helpers/slow.ts";

const server = useTestServer({ ACCESS_TOKEN_EXPIRES_IN: "6s" });
const QUERY = "{ companies(first: 1) { totalCount } }";

it("can use a token until it expires and not after (LOGIN_REQUIRED)", async () => {
  const token = await signIn(server.url, "owner@acme.test");
  expect(await post(server.url, "/graphql", token, QUERY)).toMatchObject({ status: 200, data: { companies: { totalCount: 2000 } } });

  const refused = await until(
    () => post(server.url, "/graphql", token, QUERY),
    ({ status }) => status !== 200,
  );
  const { headers, ...body } = refused;
  expect(body).toEqual({ status: 401, errors: [{ message: "Sign in first.", extensions: { code: "LOGIN_REQUIRED" } }] });
  expect(headers.get("www-authenticate")).toBe("Bearer");
  expect(await post(server.url, "/metadata", token, "{ __typename }")).toMatchObject({ status: 401 });

  // A token is for a while, a sign-in is for longer.
  const fresh = await signIn(server.url, "owner@acme.test");
  expect(await post(server.url, "/graphql", fresh, QUERY)).toMatchObject({ status: 200 });
});
