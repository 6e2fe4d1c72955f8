/** RelataPreset: what we add to PostGraphile, and what we leave out of it. */
import type {} from "postgraphile";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { ActorFieldsPlugin } from "./ActorFieldsPlugin.ts";
import { BehaviorMemoPlugin } from "./BehaviorMemoPlugin.ts";
import { FieldTypesPlugin } from "./FieldTypesPlugin.ts";
import { RecordFilterOperatorsPlugin } from "./RecordFilterOperatorsPlugin.ts";
import { RecordFilterPlugin } from "./RecordFilterPlugin.ts";
import { RecordMutationsPlugin } from "./RecordMutationsPlugin.ts";
import { RecordOrderByPlugin } from "./RecordOrderByPlugin.ts";
import { RecordPagingPlugin } from "./RecordPagingPlugin.ts";
import { RecordQueriesPlugin } from "./RecordQueriesPlugin.ts";
import { RelataInflectionPlugin } from "./RelataInflectionPlugin.ts";
import { SoftDeletePlugin } from "./SoftDeletePlugin.ts";

/** Both APIs: the records of a workspace, and core's metadata. */
export const RelataPreset: GraphileConfig.Preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [
    BehaviorMemoPlugin,
    RelataInflectionPlugin,
    FieldTypesPlugin,
    ActorFieldsPlugin,
    RecordQueriesPlugin,
    RecordMutationsPlugin,
    RecordFilterOperatorsPlugin,
    RecordFilterPlugin,
    RecordOrderByPlugin,
    RecordPagingPlugin,
    SoftDeletePlugin,
  ],
  disablePlugins: [
    // Relay's global ids: our ids are UUIDs.
    "NodePlugin", "AddNodeInterfaceToSuitableTypesPlugin", "NodeIdCodecBase64JSONPlugin", "NodeIdCodecPipeStringPlugin",
    "NodeAccessorPlugin", "RegisterQueryNodePlugin", "PgTableNodePlugin", "PgNodeIdAttributesPlugin", "QueryQueryPlugin",
    "MutationPayloadQueryPlugin", "ClientMutationIdDescriptionPlugin",
    // Ours instead.
    "PgMutationCreatePlugin", "PgMutationUpdateDeletePlugin", "PgMutationPayloadEdgePlugin", "PgRowByUniquePlugin",
    "PgConnectionArgOrderByPlugin", "PgConnectionArgOrderByDefaultValuePlugin", "PgOrderAllAttributesPlugin",
    "PgOrderByPrimaryKeyPlugin", "PgOrderCustomFieldsPlugin", "PgConditionArgumentPlugin", "PgConditionCustomFieldsPlugin",
    "PgFirstLastBeforeAfterArgsPlugin", "CursorTypePlugin",
    // Nothing of ours is made of these.
    "PgIndexBehaviorsPlugin", "PgProceduresPlugin", "PgCustomTypeFieldPlugin", "PgPolymorphismPlugin",
    "PgPolymorphismOnlyArgumentPlugin", "PgInterfaceModeUnionAllRowsPlugin", "PgEnumTablesPlugin", "PgEnumDomainsPlugin",
    "PgLtreePlugin", "PgJWTPlugin", "PgFakeConstraintsPlugin", "PgRefsPlugin", "BuiltinScalarConnectionsPlugin",
    "SubscriptionPlugin",
  ],
  schema: {
    defaultBehavior: "-list",
    dontSwallowErrors: true,
    pgForbidSetofFunctionsToReturnNull: true,
  },
};
