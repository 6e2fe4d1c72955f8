/** What changes of the data model cost others: who asks meanwhile, who writes to a large table, and who asks of a large model. */
import { measureBeside } from "./metadataBeside.ts";
import { measureSizes } from "./metadataSizes.ts";
import { measureStalls } from "./metadataStalls.ts";
import type { Options, Report } from "./report.ts";

export async function runMetadata(options: Options): Promise<Report> {
  const parts = [await measureBeside(options), await measureSizes(), await measureStalls(options)];
  return { scenario: "metadata", tables: parts.flatMap(({ tables }) => tables), bars: parts.flatMap(({ bars }) => bars) };
}
