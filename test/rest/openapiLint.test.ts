/** The documents are held to redocly's and spectral's recommended rules, and say what they are to say of each role. */
import { createConfig, lintFromString } from "@redocly/openapi-core";
import spectral from "@stoplight/spectral-core";
import rulesets from "@stoplight/spectral-rulesets";
import { useApi } from "../helpers/server.ts";
import { documentFrom } from "./openapiSupport.ts";

const api = useApi();
const OWNER = "owner@acme.test";
const ALL = (["core", "metadata"] as const).flatMap((name) =>
  [OWNER, "guest@acme.test", undefined].map((email) => [name, email ?? "nobody", email] as const),
);
/** Spectral takes seconds for each. */
const CASES = process.env["RELATA_ALL_CASES"] ? ALL : ALL.filter(([, who]) => who === OWNER);
const tokenFor = async (email: string | undefined) => (email ? api.tokenOf(email) : undefined);

it.each(CASES)("can lint the document of %s for %s with redocly", async (name, _who, email) => {
  const document = await documentFrom(api.url, name, await tokenFor(email));
  const config = await createConfig({ extends: ["recommended-strict"] });
  const problems = await lintFromString({ source: JSON.stringify(document), absoluteRef: `/${name}.json`, config });
  expect(problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`)).toEqual([]);
});

it.each(CASES)("can lint the document of %s for %s with spectral", async (name, _who, email) => {
  const document = await documentFrom(api.url, name, await tokenFor(email));
  const linter = new spectral.Spectral();
  linter.setRuleset({ extends: [[rulesets.oas as never, "recommended"]] } as never);
  const problems = await linter.run(JSON.stringify(document));
  expect(problems.map(({ code, message, path }) => `${code}: ${message} ${path.join("/")}`)).toEqual([]);
});
