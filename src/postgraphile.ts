/** The two presets: the records of a workspace, whose tables have no schema in SQL, and core's metadata. */
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

/** For a workspace's schema: unqualified names, so that workspaces alike can share it. */
export const recordsPreset = (config: Config): GraphileConfig.Preset => ({
  extends: [RecordsPreset, options(config)],
  gather: { pgIdentifiers: "unqualified" },
});

/** For core. */
export const metadataPreset = (config: Config): GraphileConfig.Preset => ({ extends: [MetadataPreset, options(config)] });
