/** The presets: what we add to PostGraphile, and what we leave out of it; and the routes of the app. */
import type {} from "postgraphile";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { AccessPlugin } from "./AccessPlugin.ts";
import { AccountRoutesPlugin } from "./AccountRoutesPlugin.ts";
import { AuthMutationsPlugin } from "./AuthMutationsPlugin.ts";
import { AuthRoutesPlugin } from "./AuthRoutesPlugin.ts";
import { ColumnAliasesPlugin } from "./ColumnAliasesPlugin.ts";
import { ColumnEnumsPlugin } from "./ColumnEnumsPlugin.ts";
import { CompositeFieldsPlugin } from "./CompositeFieldsPlugin.ts";
import { ComputedFieldsPlugin } from "./ComputedFieldsPlugin.ts";
import { FieldRelationsPlugin } from "./FieldRelationsPlugin.ts";
import { FieldTypesPlugin } from "./FieldTypesPlugin.ts";
import { GraphiqlPlugin } from "./GraphiqlPlugin.ts";
import { GraphqlRoutesPlugin } from "./GraphqlRoutesPlugin.ts";
import { HealthPlugin } from "./HealthPlugin.ts";
import { IdentityProvidersPlugin } from "./IdentityProvidersPlugin.ts";
import { IndexedColumnsPlugin } from "./IndexedColumnsPlugin.ts";
import { InputFieldsPlugin } from "./InputFieldsPlugin.ts";
import { MailboxPlugin } from "./MailboxPlugin.ts";
import { ManyToManyPlugin } from "./ManyToManyPlugin.ts";
import { MetadataMutationsPlugin } from "./MetadataMutationsPlugin.ts";
import { MetadataReadsPlugin } from "./MetadataReadsPlugin.ts";
import { OneToOnePlugin } from "./OneToOnePlugin.ts";
import { PeopleMutationsPlugin } from "./PeopleMutationsPlugin.ts";
import { PeopleQueriesPlugin } from "./PeopleQueriesPlugin.ts";
import { RecordAggregatesPlugin } from "./RecordAggregatesPlugin.ts";
import { RecordDuplicatesPlugin } from "./RecordDuplicatesPlugin.ts";
import { RecordFilterOperatorsPlugin } from "./RecordFilterOperatorsPlugin.ts";
import { RecordFilterPlugin } from "./RecordFilterPlugin.ts";
import { RecordGroupByPlugin } from "./RecordGroupByPlugin.ts";
import { RecordInputsPlugin } from "./RecordInputsPlugin.ts";
import { RecordMergePlugin } from "./RecordMergePlugin.ts";
import { RecordMutationsPlugin } from "./RecordMutationsPlugin.ts";
import { RecordOrderByPlugin } from "./RecordOrderByPlugin.ts";
import { RecordPagingPlugin } from "./RecordPagingPlugin.ts";
import { RecordQueriesPlugin } from "./RecordQueriesPlugin.ts";
import { RecordRelationInputsPlugin } from "./RecordRelationInputsPlugin.ts";
import { RecordVersionPlugin } from "./RecordVersionPlugin.ts";
import { RelataInflectionPlugin } from "./RelataInflectionPlugin.ts";
import { RestMetadataPlugin } from "./RestMetadataPlugin.ts";
import { RestOpenApiPlugin } from "./RestOpenApiPlugin.ts";
import { RestRoutesPlugin } from "./RestRoutesPlugin.ts";
import { RoleMutationsPlugin } from "./RoleMutationsPlugin.ts";
import { RowRuleMutationsPlugin } from "./RowRuleMutationsPlugin.ts";
import { SearchPlugin } from "./SearchPlugin.ts";
import { SecondFactorMutationsPlugin } from "./SecondFactorMutationsPlugin.ts";
import { SecondFactorRoutesPlugin } from "./SecondFactorRoutesPlugin.ts";
import { SoftDeletePlugin } from "./SoftDeletePlugin.ts";
import { SsoRoutesPlugin } from "./SsoRoutesPlugin.ts";
import { ViewMutationsPlugin } from "./ViewMutationsPlugin.ts";
import { ViewQueriesPlugin } from "./ViewQueriesPlugin.ts";

/** What both APIs share: naming, lists, filters, pages. */
const BasePreset: GraphileConfig.Preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [
    RelataInflectionPlugin,
    FieldTypesPlugin,
    InputFieldsPlugin,
    RecordQueriesPlugin,
    RecordFilterOperatorsPlugin,
    RecordFilterPlugin,
    IndexedColumnsPlugin,
    RecordOrderByPlugin,
    RecordPagingPlugin,
  ],
  disablePlugins: [
    // Relay's global ids: our ids are UUIDs.
    "NodePlugin",
    "AddNodeInterfaceToSuitableTypesPlugin",
    "NodeIdCodecBase64JSONPlugin",
    "NodeIdCodecPipeStringPlugin",
    "NodeAccessorPlugin",
    "RegisterQueryNodePlugin",
    "PgTableNodePlugin",
    "PgNodeIdAttributesPlugin",
    "QueryQueryPlugin",
    "MutationPayloadQueryPlugin",
    "ClientMutationIdDescriptionPlugin",
    // Ours instead.
    "PgMutationCreatePlugin",
    "PgMutationUpdateDeletePlugin",
    "PgMutationPayloadEdgePlugin",
    "PgRowByUniquePlugin",
    "PgConnectionArgOrderByPlugin",
    "PgConnectionArgOrderByDefaultValuePlugin",
    "PgOrderAllAttributesPlugin",
    "PgOrderByPrimaryKeyPlugin",
    "PgOrderCustomFieldsPlugin",
    "PgConditionArgumentPlugin",
    "PgConditionCustomFieldsPlugin",
    "PgFirstLastBeforeAfterArgsPlugin",
    "CursorTypePlugin",
    // Nothing of ours is made of these. (A DBA's functions: ComputedFieldsPlugin.)
    "PgIndexBehaviorsPlugin",
    "PgProceduresPlugin",
    "PgCustomTypeFieldPlugin",
    "PgPolymorphismPlugin",
    "PgPolymorphismOnlyArgumentPlugin",
    "PgInterfaceModeUnionAllRowsPlugin",
    "PgEnumTablesPlugin",
    "PgEnumDomainsPlugin",
    "PgLtreePlugin",
    "PgJWTPlugin",
    "PgFakeConstraintsPlugin",
    "PgRefsPlugin",
    "BuiltinScalarConnectionsPlugin",
    "SubscriptionPlugin",
  ],
  schema: {
    defaultBehavior: "-list",
    dontSwallowErrors: true,
    pgForbidSetofFunctionsToReturnNull: true,
  },
};

/** `/graphql`: the records of a workspace. */
export const RecordsPreset: GraphileConfig.Preset = {
  extends: [BasePreset],
  plugins: [
    CompositeFieldsPlugin,
    ComputedFieldsPlugin,
    RecordInputsPlugin,
    RecordMutationsPlugin,
    RecordRelationInputsPlugin,
    RecordVersionPlugin,
    RecordMergePlugin,
    RecordDuplicatesPlugin,
    OneToOnePlugin,
    ManyToManyPlugin,
    RecordAggregatesPlugin,
    RecordGroupByPlugin,
    SoftDeletePlugin,
    SearchPlugin,
  ],
};

/** `/metadata`: the data model of a workspace. */
export const MetadataPreset: GraphileConfig.Preset = {
  extends: [BasePreset],
  plugins: [
    MetadataMutationsPlugin,
    AuthMutationsPlugin,
    SecondFactorMutationsPlugin,
    RoleMutationsPlugin,
    RowRuleMutationsPlugin,
    PeopleMutationsPlugin,
    PeopleQueriesPlugin,
    AccessPlugin,
    FieldRelationsPlugin,
    ColumnEnumsPlugin,
    ColumnAliasesPlugin,
    MetadataReadsPlugin,
    IdentityProvidersPlugin,
    ViewQueriesPlugin,
    ViewMutationsPlugin,
    SoftDeletePlugin,
  ],
  schema: { pagingArgument: true },
};

/** The HTTP routes, in their order. */
export const routePlugins: readonly GraphileConfig.Plugin[] = [
  GraphqlRoutesPlugin,
  AuthRoutesPlugin,
  AccountRoutesPlugin,
  SsoRoutesPlugin,
  SecondFactorRoutesPlugin,
  HealthPlugin,
  GraphiqlPlugin,
  MailboxPlugin,
  RestMetadataPlugin,
  RestOpenApiPlugin,
  RestRoutesPlugin,
];
