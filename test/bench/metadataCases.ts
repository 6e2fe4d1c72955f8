/** The changes that are tried on a large table, in their order: later ones use what the first ones made. */
import { Client } from "./client.ts";
import type { Workspace } from "./crm.ts";
import type { RunningServer } from "./world.ts";

const APPLY = "mutation Apply($changes: [ChangeInput!]!) { applyChanges(changes: $changes) { changes { id changeId } } }";
const UNDO = "mutation Undo($id: UUID!) { undoChange(id: $id) { changes { id } } }";
const OBJECTS = "{ objects { nodes { id nameSingular fieldsList { id name } } } }";

type Data = Record<string, unknown>;
type Applied = { applyChanges: { changes: { id: string; changeId: string }[] } };
export type Change = { name: string; make: (cases: Cases) => Promise<unknown> };

export class Cases {
  readonly #client: Client;
  /** The ids of objects (company), their fields (company.name) and what was made since. */
  readonly ids: Record<string, string> = {};
  busy = 0;
  /** The changes by the names of what was made or deleted. */
  readonly changes: Record<string, string> = {};

  constructor(client: Client) {
    this.#client = client;
  }

  async load(): Promise<void> {
    type Found = { objects: { nodes: { id: string; nameSingular: string; fieldsList: { id: string; name: string }[] }[] } };
    const { data } = await this.#client.get<Found>(OBJECTS, {}, "/metadata");
    for (const { id, nameSingular, fieldsList } of data.objects.nodes) {
      this.ids[nameSingular] = id;
      for (const field of fieldsList) this.ids[`${nameSingular}.${field.name}`] = field.id;
    }
  }

  /** Asks again when somebody holds the table, as a person would; `busy` counts it. */
  async #ask<T>(query: string, variables: object): Promise<T> {
    for (;;) {
      const { data, text } = await this.#client.ask<T>(query, variables, "/metadata");
      if (!text.includes('"BUSY"')) {
        if (text.includes('"errors"') || !data) throw new Error(text.slice(0, 500));
        return data;
      }
      this.busy++;
    }
  }

  async apply(kind: string, data: Data, key: string): Promise<void> {
    const applied = await this.#ask<Applied>(APPLY, { changes: [{ kind, data }] });
    const { id, changeId } = applied.applyChanges.changes[0]!;
    this.ids[key] = id;
    this.changes[`${kind} ${key}`] = changeId;
  }

  field = (name: string, data: Data) => this.apply("createField", { objectId: this.ids["company"], name, ...data }, name);
  update = (name: string, data: Data) => this.apply("updateField", { id: this.ids[name], ...data }, name);
  undo = (change: string) => this.#ask(UNDO, { id: this.changes[change] });
}

const OPTIONS = [{ value: "A" }, { value: "B" }];

const CHANGES: [name: string, make: Change["make"]][] = [
  ["add TEXT", (c) => c.field("words", { type: "TEXT" })],
  ["add NUMBER with a default, required", (c) => c.field("amount", { type: "NUMBER", defaultValue: 3, isNullable: false })],
  ["add SELECT with a default", (c) => c.field("choice", { type: "SELECT", options: OPTIONS, defaultValue: "A" })],
  ["add EMAILS", (c) => c.field("emails", { type: "EMAILS" })],
  [
    "add UUID with an id of its own, unique",
    (c) => c.field("key", { type: "UUID", defaultValue: "uuid", isUnique: true, isNullable: false }),
  ],
  [
    "add RELATION",
    (c) => c.field("owner", { type: "RELATION", relation: { targetObjectId: c.ids["person"], targetFieldName: "ownedCompanies" } }),
  ],
  ["add a formula", (c) => c.field("double", { type: "NUMBER", settings: { formula: "employees * 2" } })],
  ["another formula", (c) => c.update("double", { settings: { formula: "employees * 3" } })],
  ["required", (c) => c.update("choice", { isNullable: false })],
  ["unique", (c) => c.update("company.domainName", { isUnique: true })],
  ["a rule", (c) => c.apply("createRule", { objectId: c.ids["company"], name: "staffed", expression: "employees >= 0" }, "staffed")],
  ["an index", (c) => c.apply("createIndex", { objectId: c.ids["company"], fields: [{ fieldId: c.ids["company.industry"] }] }, "index")],
  ["other options", (c) => c.update("choice", { options: [...OPTIONS, { value: "C" }] })],
  ["rename a field", (c) => c.update("amount", { name: "sum" })],
  ["delete a field", (c) => c.apply("deleteField", { id: c.ids["words"] }, "words")],
  ["undo that", (c) => c.undo("deleteField words")],
  ["delete a required field", (c) => c.apply("deleteField", { id: c.ids["choice"] }, "choice")],
  ["undo that, too", (c) => c.undo("deleteField choice")],
  ["delete a relation", (c) => c.apply("deleteField", { id: c.ids["owner"], force: true }, "owner")],
  ["undo that as well", (c) => c.undo("deleteField owner")],
  ["hide a field", (c) => c.update("company.address", { isActive: false })],
];

export async function casesOn(server: RunningServer, { token }: Workspace): Promise<{ cases: Cases; changes: Change[] }> {
  const cases = new Cases(new Client(server, token));
  await cases.load();
  return { cases, changes: CHANGES.map(([name, make]) => ({ name, make })) };
}
