/** Requests that mean harm are refused by a code, and the server goes on. How fast: `npm run bench -- refusals`. */
import { ATTACKS } from "../adversarial.ts";
import { useApi } from "../helpers/server.ts";
import "../helpers/slow.ts";

const api = useApi();

const send = async (body: string) => {
  const response = await fetch(`${api.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${await api.tokenOf("owner@acme.test")}` },
    body,
  });
  const { data, errors } = (await response.json()) as {
    data?: Record<string, unknown>;
    errors?: { message: string; extensions: { code: string } }[];
  };
  return { status: response.status, hasData: Object.values(data ?? {}).some((value) => value !== null), errors };
};

it.each(ATTACKS)("cannot send $name ($codes)", async ({ body, codes }) => {
  const { status, hasData, errors } = await send(body);
  expect([status < 500, hasData]).toEqual([true, false]);
  expect(errors!.length).toBeLessThanOrEqual(21);
  for (const { message, extensions } of errors!) {
    expect(codes).toContain(extensions.code);
    // It may repeat what was sent, but does not make more of it.
    expect(message.length).toBeLessThan(body.length + 300);
  }
  expect((await api.graphql("{ companies(first: 1) { totalCount } }")).data).toEqual({ companies: { totalCount: expect.any(Number) } });
});

it("can be sent all of them at once, and answers others meanwhile", async () => {
  const attacks = Promise.all(ATTACKS.map(({ body }) => send(body)));
  const others = Promise.all(Array.from({ length: 20 }, () => api.graphql("{ companies(first: 1) { nodes { id } } }")));
  expect((await others).every(({ errors }) => !errors)).toBe(true);
  expect((await attacks).every(({ status }) => status < 500)).toBe(true);
  expect(api.output()).not.toMatch(/A request failed|out of memory/);
});
