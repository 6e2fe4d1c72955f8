/** Changes of the data model as somebody would write them who means harm; the same for the same seed. */
import type { Change } from "../changeCases.ts";
import { VIEW_PLACES, viewValues } from "./hostileViews.ts";

export const CANARY = "hostile_canary";

const SQL = [
  `'; drop table ${CANARY}; --`,
  `"; drop table ${CANARY}; --`,
  `'); delete from ${CANARY}; --`,
  `\\'; drop table ${CANARY}; --`,
  `$$; drop table ${CANARY}; $$`,
  `$x$; create role ${CANARY} superuser; $x$`,
  `(select 1 from ${CANARY} where pg_sleep(9) is null)`,
  `pg_terminate_backend(pg_backend_pid())`,
  `nextval('${CANARY}')`,
  `name) values ('x'); drop table ${CANARY}; --`,
  `text default (select 1)`,
  `1; alter role relata_member superuser`,
  "now()",
  "current_user",
  "/* */",
  "--",
  ";",
  "''",
  '""',
  "'",
  '"',
  "\\",
  "%",
  "%I %L %s %1$s %%",
  "$1",
  ":name",
  ":w",
];
const TAGS = [
  "@behavior -*",
  "@omit",
  "\n@behavior -*",
  "\r\n@omit\r\n@name evil",
  "x\n@hidden",
  "@hidden\n",
  "@options A B",
  "@field evil",
  "@singular evil\n@plural evils",
  "@foreignFieldName evil",
  "\u2028@omit",
];
const GRAPHQL = [
  '"""',
  '\\"""',
  "} extend type Query { evil: Int } {",
  "{ __schema { types { name } } }",
  "#",
  "... on Query",
  "$var",
  "!",
  "[Int!]!",
];
const TEMPLATES = [
  "{{7*7}}",
  ["$", "{process.exit(1)}"].join(""),
  "<%= 7 %>",
  "#{7}",
  "<script>alert(1)</script>",
  "../../etc/passwd",
  "%00",
  "%n%n",
  "`id`",
];
const UNICODE = [
  "\u0000",
  "a\u0000b",
  "\u0001\u0008",
  "\u001b[31m",
  "\u007f",
  "\u0085",
  "\u200b",
  "\u202e",
  "\u2066x\u2069",
  "\ufeff",
  "\ufffe",
  "\uffff",
  "\ud800",
  "x\udfff",
  "İstanbul",
  "ǅ",
  "ß",
  "ſ",
  "ＡＢＣ",
  "名前",
  "שלום",
  "e\u0301",
  "\u{1f469}\u200d\u{1f680}",
  "\u{1f1fa}\u{1f1f8}",
  "\u{10ffff}",
  "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢",
  "\t",
  "\n",
  " ",
  "",
];
const WORDS = [
  "__proto__",
  "constructor",
  "prototype",
  "hasOwnProperty",
  "toString",
  "valueOf",
  "then",
  "null",
  "undefined",
  "NaN",
  "true",
  "0",
  "-1",
  "1e999",
  "select",
  "table",
  "order",
  "group",
  "user",
  "default",
  "primaryKey",
  "__typename",
  "typename",
  "query",
  "Query",
  "mutation",
  "ctid",
  "xmin",
  "oid",
  "tableoid",
  "id",
  "companyId",
  "company_id",
  "createdBy",
  "created_by_name",
  "searchVector",
  "searchPath",
  "pgCatalog",
  "pgClass",
  "workspaceId",
  "nodeId",
  "rowId",
  "edges",
  "node",
  "pageInfo",
  "totalCount",
  "companyConnection",
  "companyFilterInput",
  "and",
  "or",
  "is",
  "in",
  "trash:0:0",
  "a",
  "aB",
  "x".repeat(50),
  "x".repeat(51),
  "x".repeat(64),
  "aB".repeat(20),
];
const LONG = ["'".repeat(300), "x".repeat(5000), "\u{1f600}".repeat(300), "\n".repeat(2000), "(".repeat(3000)];
export const TEXTS = [...SQL, ...SQL, ...TAGS, ...TAGS, ...GRAPHQL, ...TEMPLATES, ...UNICODE, ...WORDS, ...LONG];

const deep = (depth: number): unknown => (depth === 0 ? "x" : depth % 2 ? [deep(depth - 1)] : { a: deep(depth - 1) });
const NON_TEXTS: unknown[] = [null, true, false, 0, -1, 1.5, 1e308, 2 ** 53, [], {}, [[]], [null], { "": "" }, { a: { b: [1] } }, deep(30)];
const TYPES = ["TEXT", "NUMBER", "NUMERIC", "BOOLEAN", "DATE", "DATE_TIME", "SELECT", "UUID", "RELATION"];

/** Where a change takes something of the caller's: the kind, and the key within its data. */
const PLACES: [kind: string, key: string, weight: number][] = [
  ["createObject", "nameSingular", 4],
  ["createObject", "namePlural", 2],
  ["createObject", "labelSingular", 2],
  ["createObject", "description", 3],
  ["createObject", "icon", 1],
  ["createField", "name", 5],
  ["createField", "label", 2],
  ["createField", "description", 3],
  ["createField", "icon", 1],
  ["createField", "type", 1],
  ["createField", "isUnique", 1],
  ["createField", "isNullable", 1],
  ["createField", "defaultValue", 6],
  ["createField", "settings", 3],
  ["createField", "options", 5],
  ["createField", "relation", 4],
  ["createField", "objectId", 1],
  ["updateObject", "nameSingular", 2],
  ["updateObject", "labelPlural", 1],
  ["updateObject", "description", 2],
  ["updateObject", "labelField", 1],
  ["updateObject", "searchFields", 2],
  ["updateObject", "isActive", 1],
  ["updateObject", "id", 1],
  ["updateField", "name", 3],
  ["updateField", "label", 1],
  ["updateField", "description", 2],
  ["updateField", "defaultValue", 3],
  ["updateField", "settings", 2],
  ["updateField", "options", 3],
  ["updateField", "removedOptions", 2],
  ["updateField", "isNullable", 1],
  ["updateField", "id", 1],
  ["deleteField", "id", 1],
  ["deleteObject", "force", 1],
  ["deleteObject", "id", 1],
  ["createField", "*", 3],
  ["updateObject", "*", 1],
  ["*", "id", 2],
  ...VIEW_PLACES,
];

/** What changes are aimed at: an object of the workspace's own with its fields, and what is the standard's. */
export type Targets = Record<
  | "objectId"
  | "textId"
  | "selectId"
  | "numberId"
  | "relationId"
  | "morphId"
  | "companyId"
  | "personId"
  | "opportunityId"
  | "standardFieldId",
  string
>;

export class Hostile {
  #state: number;
  #made = 0;
  readonly #targets: Targets;

  constructor(seed: number, targets: Targets) {
    this.#state = seed >>> 0;
    this.#targets = targets;
  }

  /** Mulberry32: the next of the seed's numbers, below `limit`. */
  #below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }

  #one = <T>(of: readonly T[]): T => of[this.#below(of.length)]!;

  text(): string {
    const text = this.#one(TEXTS);
    const how = this.#below(6);
    if (how === 0) return text + this.#one(TEXTS);
    if (how === 1) return `thing${text}`;
    return text;
  }

  value = (): unknown => (this.#below(4) === 0 ? this.#one(NON_TEXTS) : this.text());

  /** A text that is what it should be, but for what it says. */
  #name = () => `h${[...String(this.#made++)].map((digit) => "abcdefghij"[Number(digit)]).join("")}z`;

  #options = (): unknown =>
    this.#one([
      () => [{ value: "A" }, { value: this.text() }],
      () => [{ value: "A", label: this.value(), color: "red" }],
      () => [{ value: "A", color: this.value() }],
      () => [
        { value: "A", label: this.text(), id: this.text() },
        { value: "B", position: this.value() },
      ],
      () => [{ value: "A", [this.text()]: this.value() }],
      () => [this.value()],
      () => this.value(),
    ])();

  #relation = (): unknown =>
    this.#one([
      () => ({ targetObjectId: this.#targets.companyId, targetFieldName: this.text() }),
      () => ({ targetObjectId: this.#targets.companyId, targetFieldName: this.#name(), targetFieldLabel: this.text() }),
      () => ({ targetObjectId: this.#targets.companyId, targetFieldName: this.#name(), onDelete: this.value() }),
      () => ({ targetObjectId: this.text(), targetFieldName: this.#name() }),
      () => ({ targetObject: this.text(), targetFieldName: this.#name(), type: this.value() }),
      () => ({
        targetObjectId: this.#targets.companyId,
        targetFieldName: this.#name(),
        targetFieldIcon: this.text(),
        [this.text()]: this.value(),
      }),
      () => ({ onDelete: this.value() }),
      () => ({ targets: [{ targetObjectId: this.#targets.companyId, targetFieldName: this.text() }] }),
      () => ({ targets: [{ targetObjectId: this.#targets.companyId, targetFieldName: this.#name(), onDelete: this.value() }] }),
      () => ({ targets: [{ targetObjectId: this.text(), targetFieldName: this.#name() }, this.value()] }),
      () => ({ targets: this.value() }),
      () => this.value(),
    ])();

  #settings = (): unknown =>
    this.#one([
      () => ({ dataType: this.value() }),
      () => ({ isCaseInsensitive: this.value() }),
      () => ({ generatedFrom: [this.text()] }),
      () => ({ [this.text()]: this.value() }),
      () => this.value(),
    ])();

  #special: Record<string, () => unknown> = {
    options: this.#options,
    relation: this.#relation,
    settings: this.#settings,
    removedOptions: () => this.#one([() => ({ RED: this.value() }), () => ({ [this.text()]: this.value() }), () => this.value()])(),
    ...viewValues({ one: (of) => this.#one(of), text: () => this.text(), value: () => this.value(), targets: () => this.#targets }),
    searchFields: () => this.#one([() => [this.text()], () => ["name", this.value()], () => this.value()])(),
  };

  /** What a change of `kind` needs, so that what stands at `key` decides. */
  #valid(kind: string, key: string): Record<string, unknown> {
    const { objectId, textId, selectId, numberId, relationId, morphId, companyId, opportunityId, standardFieldId } = this.#targets;
    if (key === "standardOverrides") return { id: kind === "updateField" ? standardFieldId : companyId };
    if (kind === "updateField" && key === "relation") return { id: this.#one([relationId, morphId]) };
    if (kind === "updateRelation") return { fieldId: this.#one([relationId, morphId]), targetObjectId: companyId };
    if (kind === "addMorphTarget") return { fieldId: morphId, targetObjectId: opportunityId, targetFieldName: this.#name() };
    if (kind === "removeMorphTarget") return { fieldId: morphId, targetObjectId: companyId, force: this.#one([true, false]) };
    if (kind === "createObject") {
      const name = this.#name();
      return { nameSingular: name, namePlural: `${name}s` };
    }
    if (kind === "createField") return { objectId, name: this.#name(), type: "TEXT" };
    if (kind === "updateField") return { id: this.#one([textId, selectId, numberId]) };
    if (kind === "deleteField") return { id: this.#one([textId, selectId, numberId]), force: this.#one([true, false]) };
    if (kind === "createView") return { objectId, name: this.#name() };
    if (kind === "updateView") return { objectId, key: "INDEX" };
    return { id: objectId };
  }

  next(): Change {
    const weighed = PLACES.flatMap((place) => Array<(typeof PLACES)[number]>(place[2]).fill(place));
    const [kind, key] = this.#one(weighed);
    const data = this.#valid(kind, key);
    if (key === "options") Object.assign(data, kind === "createField" ? { type: "SELECT" } : { id: this.#targets.selectId });
    if (key === "relation" && kind === "createField") data["type"] = this.#one(["RELATION", "RELATION", "MORPH_RELATION"]);
    if (key === "settings" || key === "defaultValue") {
      if (kind === "createField") data["type"] = this.#one(TYPES.slice(0, -1));
      if (data["type"] === "SELECT") data["options"] = [{ value: "A" }];
    }
    data[key === "*" ? this.text() : key] = (this.#special[key] ?? this.value)();
    return { kind: kind === "*" ? this.text() : kind, data };
  }
}
