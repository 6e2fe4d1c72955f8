/** The two presets: the records of a workspace, whose tables have no schema in SQL, and core's metadata. */
import { DirectiveLocation, GraphQLDirective } from "graphql";
import { MetadataPreset, RecordsPreset } from "../plugins/index.ts";
import type { Config } from "./config.ts";

const options = (config: Config): GraphileConfig.Preset => ({
  gather: { installWatchFixtures: false },
  schema: {
    maxPageSize: config.MAX_PAGE_SIZE,
    defaultPageSize: config.DEFAULT_PAGE_SIZE,
    maxBatchSize: config.MAX_BATCH_SIZE,
    maxAffectedRecords: config.MAX_AFFECTED_RECORDS,
  },
});

declare global {
  namespace GraphileBuild {
    interface SchemaOptions {
      /** What may stand beside an operation, besides what GraphQL says. */
      directives?: readonly GraphQLDirective[];
    }
  }
}

/** For src/graphql/inTransaction.ts. */
const TRANSACTION = new GraphQLDirective({
  name: "transaction",
  description: "All root fields of the mutation are one transaction: the first error takes back what the others wrote.",
  locations: [DirectiveLocation.MUTATION],
});

/** For a workspace's schema: unqualified names, so that workspaces alike can share it. */
export const recordsPreset = (config: Config): GraphileConfig.Preset => ({
  extends: [RecordsPreset, options(config)],
  gather: { pgIdentifiers: "unqualified" },
  schema: { directives: [TRANSACTION] },
});

/** For core. */
export const metadataPreset = (config: Config): GraphileConfig.Preset => ({ extends: [MetadataPreset, options(config)] });
