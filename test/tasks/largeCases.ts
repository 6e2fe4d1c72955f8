/** Changes of a large table, of which a job does the rest: what of them there is before it and after it, and what cannot be. */
import type { LargeTables, Row } from "./largeTables.ts";

export type Thing = Awaited<ReturnType<LargeTables["object"]>>;

export const field = (name: string) => ({ field: name });
export const op = (name: string, ...args: unknown[]) => ({ op: name, args });
export const TWICE = { type: "NUMBER", settings: { formula: op("multiply", field("n"), 2) } };

export type Good = {
  steps: string[];
  /** What the change waits for, and the change. */
  change: (thing: Thing) => Promise<{ id: string; jobs: { steps: string[] }[] }>;
  /** In SQL, of the table t: true while it is being built, and when it is ready. */
  meanwhile: string;
  after: string;
};

export const create = (data: Row) => (thing: Thing) => thing.large.apply("createField", { objectId: thing.id, ...data });
export const update = (name: string, data: Row) => (thing: Thing) => thing.large.apply("updateField", { id: thing.field[name]!, ...data });
export const relate = (type: string) => async (thing: Thing) =>
  create({ name: "other", type: "RELATION", relation: { type, targetObjectId: thing.id, targetFieldName: "others" } })(thing);

const notNull = (column: string) => `(select attnotnull from pg_attribute where attrelid = 't'::regclass and attname = '${column}')`;
const hidden = (column: string) =>
  `(select col_description('t'::regclass, attnum) like '%@hidden%' from pg_attribute where attrelid = 't'::regclass and attname = '${column}')`;
const index = (like: string) => `exists (select from pg_indexes where tablename = 't' and indexdef like '${like}')`;
const checks = (like: string, isValid: boolean) =>
  `exists (select from pg_constraint where conrelid = 't'::regclass and conname like '${like}' and convalidated = ${isValid})`;

export const GOOD: Record<string, Good> = {
  "a formula": {
    steps: ["FILL"],
    change: create({ name: "twice", ...TWICE }),
    meanwhile: `${hidden("twice")} and (select bool_and(twice is null) from t)`,
    after: `not ${hidden("twice")} and (select bool_and(twice = n * 2 and updated_at = created_at) from t)`,
  },
  "a unique formula": {
    steps: ["FILL", "UNIQUE"],
    change: create({ name: "twice", isUnique: true, ...TWICE }),
    meanwhile: `not ${index("%twice%")}`,
    after: index("CREATE UNIQUE%(twice) WHERE (deleted_at IS NULL)"),
  },
  "a required UUID of its own": {
    steps: ["FILL", "CHECKS", "REQUIRED", "UNIQUE"],
    change: create({ name: "key", type: "UUID", defaultValue: "uuid", isNullable: false, isUnique: true }),
    meanwhile: `not ${notNull("key")} and ${checks("key_given", false)} and (select bool_and(key is null) from t)`,
    after: `${notNull("key")} and not ${checks("key_given", true)} and (select count(distinct key) = count(*) from t)`,
  },
  "what is required": {
    steps: ["CHECKS", "REQUIRED"],
    change: update("note", { isNullable: false }),
    meanwhile: `not ${notNull("note")} and ${checks("note_given", false)}`,
    after: `${notNull("note")} and not ${checks("note_given", true)}`,
  },
  "what is required of a composite": {
    steps: ["CHECKS", "REQUIRED"],
    change: update("who", { isNullable: false }),
    meanwhile: checks("who.%_given", false),
    after: `${checks("who.%_given", true)} and not ${checks("who.%_given", false)}`,
  },
  "what is unique": {
    steps: ["UNIQUE"],
    change: update("n", { isUnique: true }),
    meanwhile: `not ${index("%n_key_%")}`,
    after: index("CREATE UNIQUE INDEX n_key_%(n) WHERE (deleted_at IS NULL)"),
  },
  "a relation": {
    steps: ["INDEXES"],
    change: relate("MANY_TO_ONE"),
    meanwhile: `not ${index("%(other_id%")}`,
    after: index("%(other_id, id) WHERE (other_id IS NOT NULL)"),
  },
  "a ONE_TO_ONE": {
    steps: ["INDEXES"],
    change: relate("ONE_TO_ONE"),
    meanwhile: `not ${index("%(other_id%")}`,
    after: `${index("CREATE UNIQUE%(other_id)%")} and ${index("%(other_id, id)%")}`,
  },
  "another onDelete": {
    steps: ["KEYS", "INDEXES"],
    change: async (thing) => {
      const { id } = await relate("MANY_TO_ONE")(thing);
      return { ...(await thing.large.apply("updateRelation", { fieldId: id, onDelete: "CASCADE" })), id };
    },
    meanwhile: checks("other_id_fkey", false),
    after: checks("other_id_fkey", true),
  },
  "other options": {
    steps: ["CHECKS"],
    change: update("kind", { options: [{ value: "GREEN" }, { value: "BLUE" }], removedOptions: { RED: "BLUE" }, defaultValue: "BLUE" }),
    meanwhile: `${checks("kind_check", false)} and (select bool_and(kind = 'BLUE') from t)`,
    after: checks("kind_check", true),
  },
  "a rule": {
    steps: ["CHECKS"],
    change: (thing) => thing.large.apply("createRule", { objectId: thing.id, name: "positive", expression: op("greater", field("n"), 0) }),
    meanwhile: checks("positive_rule", false),
    after: checks("positive_rule", true),
  },
  "another formula": {
    steps: ["FILL"],
    change: update("thrice", { settings: { formula: op("multiply", field("n"), 30) } }),
    meanwhile: `${hidden("thrice")} and (select bool_and(thrice = n * 3) from t)`,
    after: `not ${hidden("thrice")} and (select bool_and(thrice = n * 30) from t)`,
  },
};

/** FULL_NAME's parts may be empty; EMAILS' first may not when the field is required. */
export const FIELDS = [
  { name: "who", type: "EMAILS", defaultValue: { primaryEmail: "a@b.test" } },
  { name: "kind", type: "SELECT", options: [{ value: "RED" }, { value: "GREEN" }], defaultValue: "RED", isNullable: false },
  { name: "calls", type: "PHONES" },
  { name: "thrice", type: "NUMBER", settings: { formula: op("multiply", field("n"), 3) } },
];

type Bad = { spoil: string; change: Good["change"]; reason: RegExp; after: string };
export const BAD: Record<string, Bad> = {
  "required, when a record has no value": {
    spoil: "update t set note = null where n < 4",
    change: update("note", { isNullable: false }),
    reason: /^It cannot be required: 3 records have no value\./,
    after: `not ${notNull("note")} and not ${checks("note_given", false)} and (select is_nullable from core.fields where id = $1)`,
  },
  "unique, when two records are the same": {
    spoil: "update t set n = 7 where n in (8, 9)",
    change: update("n", { isUnique: true }),
    reason: /^It cannot be unique: 3 records have the same value as another\.$/,
    after: `not ${index("%n_key_%")} and (select not is_unique from core.fields where id = $1)`,
  },
  "unique, when a number is there twice without a country": {
    spoil: "update t set calls_primary_phone_number = '030123' where n <= 2",
    change: update("calls", { isUnique: true }),
    reason: /^It cannot be unique: 2 records have the same value as another\.$/,
    after: `not ${index("%calls_key_%")} and (select not is_unique from core.fields where id = $1)`,
  },
  "a rule that records break": {
    spoil: "update t set n = -1 where n < 3",
    change: GOOD["a rule"]!.change,
    reason: /^2 of the records there are break this rule/,
    after: `not ${checks("positive_rule", false)} and not ${checks("positive_rule", true)}`,
  },
  "a formula that cannot be computed": {
    spoil: "update t set n = 1e12 where n = 5",
    change: create({ name: "twice", ...TWICE, settings: { ...TWICE.settings, dataType: "int" } }),
    reason: /^The formula cannot be computed for every record: integer out of range\.$/,
    after: `${hidden("twice")} and not exists (select from pg_trigger where tgrelid = 't'::regclass and tgname = '_500_formulas')`,
  },
};
