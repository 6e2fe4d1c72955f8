/** A domain of a workspace's own leads to it once its DNS says so, and to nobody else's. */
import { type FakeDns, startFakeDns } from "../auth/sso/fakeDns.ts";
import { useApi } from "../helpers/server.ts";

const env = { IS_MULTIWORKSPACE_ENABLED: "true", FRONTEND_URL: "https://crm.test", DNS_SERVERS: "" };
let dns: FakeDns;
beforeAll(async () => {
  dns = await startFakeDns();
  env.DNS_SERVERS = dns.address;
});
afterAll(() => dns.stop());
const api = useApi(env);

const CHECK = "mutation { checkCustomDomainValidRecords { name value isProven } }";
type Checked = { checkCustomDomainValidRecords: { name: string; value: string; isProven: boolean } };
const check = async (email: string) => (await api.metadata<Checked>(CHECK, {}, email)).data!.checkCustomDomainValidRecords;
const wish = (customDomain: string, email: string) =>
  api.metadata("mutation ($d: String) { updateWorkspace(data: { customDomain: $d }) { id } }", { d: customDomain }, email);
const at = async (origin: string) =>
  (
    await api.metadata<{ getPublicWorkspaceDataByDomain: { displayName: string } | null }>(
      "query ($o: String!) { getPublicWorkspaceDataByDomain(origin: $o) { displayName } }",
      { o: origin },
    )
  ).data!.getPublicWorkspaceDataByDomain?.displayName;

it("is proven by a TXT record that names the workspace, by no other, and not twice", async () => {
  const [OWNER, STRANGER] = ["owner@acme.test", "owner@globex.test"];
  const DOMAIN = "crm.initech.test";
  for (const email of [OWNER, STRANGER]) expect((await wish(DOMAIN, email)).errors).toBeUndefined();
  const { name, value, isProven } = await check(OWNER);
  expect([name, isProven, await at(`https://${DOMAIN}`)]).toEqual([`_relata.${DOMAIN}`, false, undefined]);
  dns.records.set(name, [`${value}x`, "v=spf1"]);
  expect((await check(OWNER)).isProven).toBe(false);
  dns.records.set(name, ["v=spf1", value]);
  expect((await check(STRANGER)).isProven).toBe(false);
  expect((await check(OWNER)).isProven).toBe(true);
  expect(await at(`https://${DOMAIN}`)).toBe("Acme");
  // Now the DNS speaks for the other one as well: it stays with who has it.
  dns.records.set(name, [(await check(STRANGER)).value]);
  const taken = await api.metadata<Checked>(CHECK, {}, STRANGER);
  expect(taken.errors?.map(({ extensions }) => extensions.code)).toEqual(["NAME_TAKEN"]);
  expect(await at(`https://${DOMAIN}`)).toBe("Acme");
});
