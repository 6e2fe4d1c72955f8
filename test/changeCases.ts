/**
 * Changes of the data model, one of each sort, for the tests that try them all: those
 * that kill, those that compare a plan with what then happens. A case prepares what it
 * needs and answers the changes; a new field type or kind of change joins by its line.
 */
import { readdirSync, readFileSync } from "node:fs";
import type { ChangeCase, Model } from "./changeModel.ts";
import type { Row } from "./db/support.ts";
import { derivedCases } from "./derivedCases.ts";
import { relationCases } from "./relationCases.ts";
import { viewCases } from "./viewCases.ts";

export * from "./changeModel.ts";

const COLOURS = [{ value: "RED" }, { value: "GREEN" }, { value: "BLUE" }];
const SELECT = { type: "SELECT", options: COLOURS };
const COLOURED = "(array['RED', 'GREEN'])[1 + hashtext(id::text) & 1]";

/** What a field type needs beside its name; nothing unless told. */
const FIELD_TYPES: Record<string, (model: Model) => Promise<Row>> = {
  SELECT: async () => SELECT,
  MULTI_SELECT: async () => ({ options: COLOURS }),
  FILES: async () => ({ settings: { maxNumberOfValues: 3 } }),
  RELATION: async (model) => model.relation(await model.standard("company")),
  MORPH_RELATION: async (model) => ({
    relation: {
      targets: [
        { targetObjectId: await model.standard("company"), targetFieldName: model.name() },
        { targetObjectId: await model.standard("person"), targetFieldName: model.name() },
      ],
    },
  }),
};

const folder = new URL("../db/field_types/", import.meta.url);
const typeNames = readdirSync(folder)
  .map((file) => readFileSync(new URL(file, folder), "utf8"))
  .filter((text) => !/is_system\s*=>\s*true/.test(text))
  .map((text) => /define_field_type\(\s*'(\w+)'/.exec(text)![1]!);

const createField = (what: string, data: Row | ((model: Model) => Promise<Row>)): ChangeCase => [
  `a field is created: ${what}`,
  async (model) => {
    const objectId = await model.object();
    return [{ kind: "createField", data: { objectId, name: model.name(), ...(typeof data === "function" ? await data(model) : data) } }];
  },
];

const updateField = (what: string, before: Row, change: Row | ((model: Model, id: string) => Promise<Row>), fill?: string): ChangeCase => [
  `a field is changed: ${what}`,
  async (model) => {
    const id = await model.field(before, fill);
    return [{ kind: "updateField", data: { id, ...(typeof change === "function" ? await change(model, id) : change) } }];
  },
];

const updateObject = (what: string, change: Row | ((model: Model, id: string) => Promise<Row>)): ChangeCase => [
  `an object is changed: ${what}`,
  async (model) => {
    const id = await model.object();
    return [{ kind: "updateObject", data: { id, ...(typeof change === "function" ? await change(model, id) : change) } }];
  },
];

const deleteField = (what: string, before: Row, fill?: string): ChangeCase => [
  `a field is deleted: ${what}`,
  async (model) => [{ kind: "deleteField", data: { id: await model.field(before, fill) } }],
];

const renamed = (model: Model) => {
  const name = model.name();
  return { nameSingular: name, namePlural: `${name}s` };
};

/** The changes that a test may make of `tried`, one by one. */
const undone = (what: string, of: ChangeCase): ChangeCase => [`undone: ${what}`, (model) => model.undo(of[1])];

const createCases: ChangeCase[] = [
  ["an object is created", async (model) => [{ kind: "createObject", data: renamed(model) }]],
  [
    "an object is created with all there is to say",
    async (model) => [
      {
        kind: "createObject",
        data: { ...renamed(model), labelSingular: "A 'thing'", labelPlural: '"Things"', description: "@omit\nIt's.", icon: "rocket" },
      },
    ],
  ],
  ...typeNames.map((type) => createField(type, async (model) => ({ type, ...(await FIELD_TYPES[type]?.(model)) }))),
  createField("an int", { type: "NUMBER", settings: { dataType: "int" } }),
  createField("unique", { type: "TEXT", isUnique: true }),
  createField("unique whatever the case", { type: "TEXT", isUnique: true, settings: { isCaseInsensitive: true } }),
  createField("required, with a default", { type: "NUMBER", isNullable: false, defaultValue: 3 }),
  createField("with a default that each record gets anew", { type: "UUID", defaultValue: "uuid", isUnique: true }),
  createField("with the time of its making", { type: "DATE_TIME", defaultValue: "now", isNullable: false }),
  createField("with one of its options", { ...SELECT, defaultValue: "GREEN" }),
  createField("a relation that cascades", async (model) => model.relation(await model.standard("person"), { onDelete: "CASCADE" })),
  createField("a relation that restricts", async (model) => model.relation(await model.standard("task"), { onDelete: "RESTRICT" })),
  [
    "a field is created: a relation of an object to itself",
    async (model) => {
      const objectId = await model.object();
      return [{ kind: "createField", data: { objectId, name: model.name(), ...(await model.relation(objectId)) } }];
    },
  ],
];

const updateObjectCases: ChangeCase[] = [
  updateObject("both names", async (model) => renamed(model)),
  updateObject("its plural", async (model) => ({ namePlural: model.name() })),
  updateObject("its singular", async (model) => ({ nameSingular: model.name() })),
  updateObject("labels and description", { labelSingular: "Some thing", description: "@name evil", icon: "star" }),
  updateObject("hidden", { isActive: false }),
  updateObject("what search looks through", { searchFields: [] }),
  updateObject("its label field", async (model, id) => {
    const label = model.name();
    await model.field({ name: label, type: "TEXT" }, "name", id);
    return { labelField: label, searchFields: ["name", label] };
  }),
  [
    "an object is changed: its names, while others relate to it",
    async (model) => [{ kind: "updateObject", data: { id: (await model.joined()).targetId, ...renamed(model) } }],
  ],
  [
    "an object is changed: hidden, while others relate to it",
    async (model) => [{ kind: "updateObject", data: { id: (await model.joined()).targetId, isActive: false } }],
  ],
  [
    "an object is changed: hidden, while it has a choice",
    async (model) => {
      const id = await model.object();
      await model.field(SELECT, COLOURED, id);
      return [{ kind: "updateObject", data: { id, isActive: false } }];
    },
  ],
  [
    "an object is changed: its names, while it has a choice",
    async (model) => {
      const id = await model.object();
      await model.field(SELECT, COLOURED, id);
      return [{ kind: "updateObject", data: { id, ...renamed(model) } }];
    },
  ],
  [
    "an object is changed: shown again",
    async (model) => {
      const id = await model.object();
      await model.make("updateObject", { id, isActive: false });
      return [{ kind: "updateObject", data: { id, isActive: true } }];
    },
  ],
  [
    "an object is changed: a standard one hidden",
    async (model) => [{ kind: "updateObject", data: { id: await model.standard("opportunity"), isActive: false } }],
  ],
];

const updateFieldCases: ChangeCase[] = [
  updateField("its name", { type: "TEXT" }, async (model) => ({ name: model.name() }), "name"),
  updateField("its name, unique", { type: "TEXT", isUnique: true }, async (model) => ({ name: model.name() }), "name"),
  updateField("its name, of a choice", SELECT, async (model) => ({ name: model.name() }), COLOURED),
  updateField("its label and description", { type: "TEXT" }, { label: "L'abel", description: "@field evil" }),
  updateField("hidden", { type: "NUMBER", isNullable: false, defaultValue: 1 }, { isActive: false }),
  updateField("hidden, of a choice", SELECT, { isActive: false }, COLOURED),
  updateField("required", { type: "TEXT" }, { isNullable: false }, "name"),
  updateField("required no longer", { type: "TEXT", isNullable: false, defaultValue: "x" }, { isNullable: true }),
  updateField("its first default", { type: "NUMBER" }, { defaultValue: 7 }),
  updateField("another default", { type: "TEXT", defaultValue: "it's" }, { defaultValue: "\\' or 1=1" }),
  updateField("no default", { type: "TEXT", defaultValue: "x" }, { defaultValue: null }),
  updateField("unique", { type: "TEXT" }, { isUnique: true }, "name"),
  updateField("unique no longer", { type: "TEXT", isUnique: true }, { isUnique: false }),
  updateField("an option more", SELECT, { options: [...COLOURS, { value: "BLACK", label: "Black" }] }, COLOURED),
  updateField("options in another order", SELECT, { options: [...COLOURS].reverse() }, COLOURED),
  updateField(
    "an option's value",
    SELECT,
    async (model, id) => ({
      options: (await model.options(id)).map((option) => (option["value"] === "RED" ? { ...option, value: "CRIMSON" } : option)),
    }),
    COLOURED,
  ),
  updateField("an option less", SELECT, { options: COLOURS.slice(0, 2) }, COLOURED),
  updateField("an option less, and records with another", SELECT, { options: COLOURS.slice(1), removedOptions: { RED: "BLUE" } }, COLOURED),
  updateField("an option less, and records with none", SELECT, { options: COLOURS.slice(1), removedOptions: { RED: null } }, COLOURED),
  [
    "a field is changed: shown again",
    async (model) => {
      const id = await model.field(SELECT, COLOURED);
      await model.make("updateField", { id, isActive: false });
      return [{ kind: "updateField", data: { id, isActive: true } }];
    },
  ],
  [
    "a field is changed: the name of the one that records are called by",
    async (model) => [
      { kind: "updateField", data: { id: await model.fieldOf(await model.object(), "name"), name: model.name(), defaultValue: "None" } },
    ],
  ],
  [
    "a field is changed: the name of a relation",
    async (model) => [{ kind: "updateField", data: { id: (await model.joined()).id, name: model.name() } }],
  ],
  [
    "a field is changed: the name of a relation's other side",
    async (model) => [{ kind: "updateField", data: { id: (await model.joined()).inverseId, name: model.name() } }],
  ],
  [
    "a field is changed: a relation hidden",
    async (model) => [{ kind: "updateField", data: { id: (await model.joined()).id, isActive: false } }],
  ],
  [
    "a field is changed: a relation's other side hidden",
    async (model) => [{ kind: "updateField", data: { id: (await model.joined()).inverseId, isActive: false } }],
  ],
  [
    "a field is changed: a standard one hidden",
    async (model) => [
      { kind: "updateField", data: { id: await model.fieldOf(await model.standard("company"), "industry"), isActive: false } },
    ],
  ],
];

const deleteCases: ChangeCase[] = [
  deleteField("a text", { type: "TEXT" }, "name"),
  deleteField("unique", { type: "TEXT", isUnique: true }, "name"),
  deleteField("required", { type: "NUMBER", isNullable: false, defaultValue: 3 }),
  deleteField("a choice", SELECT, COLOURED),
  [
    "a field is deleted: one that search looks through",
    async (model) => {
      const [id, name] = [await model.object(), model.name()];
      const field = await model.field({ name, type: "TEXT" }, "name", id);
      await model.make("updateObject", { id, searchFields: [name, "name"] });
      return [{ kind: "deleteField", data: { id: field } }];
    },
  ],
  [
    "a field is deleted: a relation, by force",
    async (model) => [{ kind: "deleteField", data: { id: (await model.joined()).id, force: true } }],
  ],
  [
    "a field is deleted: a relation's other side, by force",
    async (model) => [{ kind: "deleteField", data: { id: (await model.joined()).inverseId, force: true } }],
  ],
  ["an object is deleted", async (model) => [{ kind: "deleteObject", data: { id: await model.object() } }]],
  ["an object is deleted: others relate to it", async (model) => [{ kind: "deleteObject", data: { id: (await model.joined()).targetId } }]],
  [
    "an object is deleted: it relates to others, and has a choice",
    async (model) => {
      const { objectId } = await model.joined();
      await model.field(SELECT, COLOURED, objectId);
      return [{ kind: "deleteObject", data: { id: objectId } }];
    },
  ],
];

const listCases: ChangeCase[] = [
  ["a list: two objects", async (model) => [renamed(model), renamed(model)].map((data) => ({ kind: "createObject", data }))],
  [
    "a list: a field is renamed, and another has its name",
    async (model) => {
      const [objectId, name] = [await model.object(), model.name()];
      const id = await model.field({ name, type: "TEXT" }, "name", objectId);
      return [
        { kind: "updateField", data: { id, name: model.name() } },
        { kind: "createField", data: { objectId, name, type: "NUMBER", isUnique: true } },
      ];
    },
  ],
  [
    "a list: a field is deleted, and another has its name",
    async (model) => {
      const [objectId, name] = [await model.object(), model.name()];
      const id = await model.field({ name, ...SELECT, isUnique: true }, undefined, objectId);
      return [
        { kind: "deleteField", data: { id } },
        { kind: "createField", data: { objectId, name, ...SELECT, isUnique: true } },
      ];
    },
  ],
  [
    "a list: an object is renamed, grows, and is hidden",
    async (model) => {
      const id = await model.object();
      return [
        { kind: "updateObject", data: { id, ...renamed(model) } },
        { kind: "createField", data: { objectId: id, name: model.name(), ...SELECT } },
        { kind: "createField", data: { objectId: id, name: model.name(), ...(await model.relation(await model.standard("company"))) } },
        { kind: "updateObject", data: { id, isActive: false } },
      ];
    },
  ],
  [
    "a list: two relations of one object go",
    async (model) => {
      const { id, objectId } = await model.joined();
      const other = await model.field(await model.relation(await model.standard("note")), undefined, objectId);
      return [id, other].map((field) => ({ kind: "deleteField", data: { id: field, force: true } }));
    },
  ],
];

const named = (cases: ChangeCase[], name: string) => cases.find(([found]) => found.includes(name))!;

const undoCases: ChangeCase[] = [
  undone("an object that was created", createCases[0]!),
  undone("a relation that was created", named(createCases, "that cascades")),
  undone("an object's names", updateObjectCases[0]!),
  undone("a field's name", updateFieldCases[0]!),
  undone("an option that went", named(updateFieldCases, "records with another")),
  undone("a field that was deleted", named(deleteCases, "a choice")),
  undone("a relation that was deleted", named(deleteCases, "a relation, by force")),
  undone("an object that was deleted", named(deleteCases, "has a choice")),
];

export const allCases: ChangeCase[] = [
  ...createCases,
  ...updateObjectCases,
  ...updateFieldCases,
  ...deleteCases,
  ...listCases,
  ...undoCases,
  ...derivedCases,
  ...relationCases,
  ...viewCases,
];

/** What a DBA did in psql, made metadata: it is in the API before, or cannot be undone, so that no plan of it is compared. */
export const psqlCases: ChangeCase[] = [
  [
    "a column is adopted",
    async (model) => {
      const objectId = await model.object();
      await model.alter(objectId, "add column weight numeric default 3");
      return [{ kind: "adoptField", data: { objectId, column: "weight" } }];
    },
  ],
  [
    "a field is forgotten, whose column was dropped",
    async (model) => {
      const objectId = await model.object();
      const id = await model.field({ name: "weight", type: "NUMERIC" }, undefined, objectId);
      await model.alter(objectId, "drop column weight");
      return [{ kind: "forgetField", data: { id } }];
    },
  ],
];
