import { post, signIn, useTestServer } from "../helpers/server.ts";

const server = useTestServer();

it("can run the seed's GetCompanies", async () => {
  const token = await signIn(server.url, "owner@acme.test");
  const { data, errors } = await post<{ companies: { edges: unknown[] } }>(server.url, "/graphql", token, `query GetCompanies {
    companies(filter: { industry: { eq: "Technology" } }) { edges { node { id name industry employees contacts { edges { node { name email } } } } } }
  }`);
  expect(errors).toBeUndefined();
  expect(data!.companies.edges.length).toBe(60);
});
