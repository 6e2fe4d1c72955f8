/**
 * The pages for developers, in a browser: they render, run a query, and ask nobody but this server.
 * RELATA_CHROMIUM says where Chromium is, and that it has to be there: .ci/run sets it, and installs Debian's. Without
 * both, this says that it looks at nothing.
 */
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import "../helpers/slow.ts";
import { useApi } from "../helpers/server.ts";

const demanded = process.env["RELATA_CHROMIUM"];
const PATHS = demanded ? [demanded] : ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = PATHS.find((path) => existsSync(path));
if (demanded && !executablePath) throw new Error(`RELATA_CHROMIUM names ${demanded}, which is not there.`);
if (!executablePath)
  console.warn("There is no Chromium here (apt-get install chromium, or RELATA_CHROMIUM=<path>): the pages are NOT looked at.");
const itInBrowser = executablePath ? it : it.skip;

const api = useApi();
let browser: Browser | undefined;
beforeAll(async () => {
  if (executablePath) browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-background-networking"] });
});
afterAll(() => browser?.close());

/** A page, and what went wrong on it or left for elsewhere. */
async function open(path: string): Promise<{ page: Page; wrong: string[] }> {
  const page = await browser!.newPage({ viewport: { width: 1280, height: 900 } });
  const wrong: string[] = [];
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("console", (message) => {
    if (/Content Security Policy/i.test(message.text())) wrong.push(message.text());
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (!["data:", "blob:"].includes(url.protocol) && url.origin !== api.url) wrong.push(request.url());
  });
  await page.goto(api.url + path);
  return { page, wrong };
}

/** In the browser, which can read a picture: the colours of it. */
const COUNT_COLOURS = `async (data) => {
  const image = new Image();
  image.src = "data:image/png;base64," + data;
  await image.decode();
  const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
  context.drawImage(image, 0, 0);
  return new Set(new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer)).size;
}`;

/** How many colours a picture of the page has: a blank one has one. */
async function coloursOf(page: Page): Promise<number> {
  const picture = (await page.screenshot()).toString("base64");
  const blank = await browser!.newPage();
  const colours = await blank.evaluate<number>(`(${COUNT_COLOURS})(${JSON.stringify(picture)})`);
  await blank.close();
  return colours;
}

itInBrowser("can show the documents of REST, and ask a route from the page", async () => {
  const { page, wrong } = await open("/rest/docs");
  // The sidebar folds: what is open in it is Scalar's to decide. A heading of the page itself is there.
  await page.getByRole("heading", { name: "Attachments" }).first().waitFor();
  await page.getByRole("heading", { name: "List attachments" }).first().waitFor();
  expect(await coloursOf(page)).toBeGreaterThan(50);
  const asked = await page.evaluate(async () => {
    const sent = await fetch("/rest/companies?limit=1");
    return [sent.status, Object.keys(((await sent.json()) as { data: object }).data)];
  });
  expect(asked).toEqual([200, ["companies"]]);
  expect(wrong).toEqual([]);
  await page.close();
});

itInBrowser("can show GraphiQL, and run its query", async () => {
  const { page, wrong } = await open("/graphiql");
  const run = page.getByRole("button", { name: /execute query/i });
  await run.waitFor();
  const answered = page.waitForResponse(
    (response) => response.url().endsWith("/graphql") && (response.request().postData() ?? "").includes("GetCompanies"),
  );
  await run.click();
  expect(await (await answered).json()).toMatchObject({ data: { companies: { totalCount: expect.any(Number) } } });
  await page.getByText("totalCount").nth(1).waitFor();
  expect(await coloursOf(page)).toBeGreaterThan(50);
  expect(wrong).toEqual([]);
  await page.close();
});
