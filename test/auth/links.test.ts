/** Where the links in mails lead: into the frontend, whatever workspace the one who asks for the mail says he means. */
import { mailsTo } from "../helpers/mails.ts";
import { useTestServer } from "../helpers/server.ts";

const server = useTestServer({ FRONTEND_URL: "https://app.relata.test", IS_MULTIWORKSPACE_ENABLED: "true" });
const EMAIL = "member@acme.test";

async function hostOfLink(path: string, workspace: string): Promise<string> {
  const response = await fetch(`${server.url}/auth${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: EMAIL, workspace }),
  });
  expect(response.status).toBe(202);
  const [mail] = await mailsTo(server.adminUrl, EMAIL);
  return new URL(mail!.data["link"]!).host;
}

describe.each(["/password-reset", "/magic-link"])("a link asked for by POST /auth%s", (path) => {
  it("leads to the workspace's own address", async () => {
    expect(await hostOfLink(path, "acme")).toBe("acme.app.relata.test");
  });

  it.each([
    "evil.test/",
    "evil.test?",
    "evil.test#",
    "evil.test\\",
    "evil.test:443",
    "a@evil.test",
    "evil.test",
    "acme.",
    "ACME/",
    "xn--a/",
    "app",
    " ",
  ])("cannot be led elsewhere by the workspace %j", async (workspace) => {
    expect(await hostOfLink(path, workspace)).toBe("app.relata.test");
  });
});
