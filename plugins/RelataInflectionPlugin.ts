/**
 * Names in the API. Tables, columns and constraints say theirs in comments
 * (`@singular company`, `@field employees`): see private.build_object.
 */
import type {} from "postgraphile";
import { upperFirst } from "../src/records/composites.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      RelataInflectionPlugin: true;
    }
  }
  namespace GraphileBuild {
    interface Inflection {
      recordSingle(this: Inflection, codec: { extensions?: { tags?: object } | undefined }): string;
      recordPlural(this: Inflection, codec: { extensions?: { tags?: object } | undefined }): string;
      recordMutation(this: Inflection, verb: string, codec: { extensions?: { tags?: object } | undefined }): string;
      orderByType(this: Inflection, typeName: string): string;
      recordFilterType(this: Inflection, typeName: string): string;
      listFilterType(this: Inflection, typeName: string): string;
      operatorsType(this: Inflection, typeName: string): string;
    }
  }
}

/** A tag that is one word; the words come from checked names in core.objects and core.fields. */
const tag = (thing: { extensions?: { tags?: object } | undefined }, name: string): string | undefined => {
  const value = (thing.extensions?.tags as Record<string, unknown> | undefined)?.[name];
  return typeof value === "string" ? value : undefined;
};

/** PostGraphile's own types, by the API's names for them. */
const BUILTINS: Record<string, string> = { Datetime: "DateTime", Cursor: "String" };
const KEPT = new Set(["Query", "Mutation", "Subscription", "PageInfo", "BigInt", "BigFloat", "Date", "UUID", "JSON", "TSVector"]);
/** The rest (Point, Path, Time, …) stand aside: an object may want the name. */
const builtin = (name: string) => BUILTINS[name] ?? (KEPT.has(name) ? name : `Pg${name}`);

/** The stock names hold dashes, those of tags do not: `line2e` would become `line2E` in camelCase. */
const isTag = (raw: string) => /^\w+$/.test(raw);

export const RelataInflectionPlugin: GraphileConfig.Plugin = {
  name: "RelataInflectionPlugin",
  description: "Names types, fields and arguments as the workspace's metadata does",
  version: "1.0.0",
  after: ["PgAllRowsPlugin", "PgRelationsPlugin", "PgAttributesPlugin", "PgCodecsPlugin"],

  inflection: {
    add: {
      recordSingle: (_preset, codec) => tag(codec, "singular") ?? "",
      recordPlural: (_preset, codec) => tag(codec, "plural") ?? "",
      recordMutation: (_preset, verb, codec) => verb + upperFirst(tag(codec, "singular") ?? ""),
      orderByType: (_preset, typeName) => `${typeName}OrderByInput`,
      recordFilterType: (_preset, typeName) => `${typeName}FilterInput`,
      listFilterType: (_preset, typeName) => `${typeName}ListFilter`,
      operatorsType: (_preset, typeName) => `${typeName}Filter`,
    },
    replace: {
      builtin: (_previous, _preset, name) => builtin(name),
      tableType: (previous, _preset, codec) => upperFirst(tag(codec, "singular") ?? previous!(codec)),
      allRowsConnection: (previous, _preset, resource) => tag(resource.codec, "plural") ?? previous!(resource),
      attribute(previous, _preset, details) {
        const attribute = details.codec.attributes[details.attributeName]!;
        return tag(attribute, "field") ?? previous!({ ...details, skipRowId: true } as typeof details);
      },
      singleRelation(previous, _preset, details) {
        const raw = this._singleRelationRaw(details);
        return isTag(raw) ? raw : previous!(details);
      },
      singleRelationBackwards(previous, _preset, details) {
        const raw = this._singleRelationBackwardsRaw(details);
        return isTag(raw) ? raw : previous!(details);
      },
      _manyRelation(previous, _preset, details) {
        const raw = this._manyRelationRaw(details);
        return isTag(raw) ? raw : previous!(details);
      },
      inputType: (_previous, _preset, typeName) => `${typeName}CreateInput`,
      patchType: (_previous, _preset, typeName) => `${typeName}UpdateInput`,
      enumType: (previous, _preset, codec) => (tag(codec, "enum") ? codec.name : previous!(codec)),
      enumValue: (_previous, _preset, value) => value,
    },
  },
};
