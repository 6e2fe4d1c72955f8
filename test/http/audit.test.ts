/** GraphQL over HTTP, as graphql-http's audit reads the specification. */
import { serverAudits } from "graphql-http";
import { signIn, useTestServer } from "../helpers/server.ts";

const server = useTestServer();
let token = "";
beforeAll(async () => {
  token = await signIn(server.url, "owner@acme.test");
});

/** What we do not do, and why. */
const EXCEPTIONS: Record<string, string> = {};

describe.each(["/graphql", "/metadata"])("%s", (path) => {
  const audits = serverAudits({
    url: () => server.url + path,
    fetchFn: (url: string, init: RequestInit = {}) => {
      const headers = new Headers(init.headers);
      headers.set("authorization", `Bearer ${token}`);
      return fetch(url, { ...init, headers });
    },
  });

  it("can be audited in 61 points", () => {
    expect(audits).toHaveLength(61);
    expect(Object.keys(EXCEPTIONS).filter((id) => !audits.some((audit) => audit.id === id))).toEqual([]);
  });

  it.each(audits.map((audit) => [audit.id, audit.name, audit] as const))("can pass %s: %s", async (id, _name, audit) => {
    const result = await audit.fn();
    expect(result.status === "ok" ? "ok" : `${result.status}: ${result.reason}`).toEqual(
      id in EXCEPTIONS ? expect.stringMatching(/^(notice|warn): /) : "ok",
    );
  });
});
