/** What the cases of test/changeCases.ts are made with. */
import type { Row } from "./db/support.ts";

export type Change = { kind: string; data: Row };
export type Done = { changes: { id: string; kind: string; changeId: string }[]; report: Report; isPlan?: boolean };
export type Lines = { added: string[]; removed: string[] };
export type Report = {
  tables: { table: string; effect: string; rows: number }[];
  locks: { table: string; mode: string; blocks: string }[];
  api: Lines;
  access: Lines;
};

/** Makes what a case needs, in acme, with names of its own. */
export class Model {
  static #counter = 0;
  readonly apply: (changes: Change[]) => Promise<Done>;
  readonly query: (text: string, values?: unknown[]) => Promise<Row[]>;
  readonly #psql: (text: string) => Promise<unknown>;

  constructor(apply: Model["apply"], query: Model["query"], psql: (text: string) => Promise<unknown>) {
    this.apply = apply;
    this.query = query;
    this.#psql = psql;
  }

  /** What a DBA types: `alter table`, of an object's table. */
  async alter(objectId: string, clause: string): Promise<void> {
    const [row] = await this.query("select schema_name as s from core.workspaces where id = authz.workspace_id()");
    await this.#psql(`alter table ${row!["s"]}.${await this.table(objectId)} ${clause}`);
  }

  /** A name that nothing else has. */
  name(): string {
    return `thing${String.fromCharCode(...[...String(Model.#counter++)].map((digit) => 97 + Number(digit)))}x`;
  }

  async make(kind: string, data: Row): Promise<string> {
    return (await this.apply([{ kind, data }])).changes[0]!.id;
  }

  /** An object with five records. */
  async object(data: Row = {}): Promise<string> {
    const name = this.name();
    const id = await this.make("createObject", { nameSingular: name, namePlural: `${name}s`, ...data });
    await this.query(`insert into ${await this.table(id)} (name) select 'Thing ' || n from generate_series(1, 5) n`);
    return id;
  }

  /** A field of a new object; `fill`, in SQL, is the value of its records. */
  async field(data: Row, fill?: string, objectId?: string): Promise<string> {
    const of = objectId ?? (await this.object());
    const id = await this.make("createField", { objectId: of, name: this.name(), ...data });
    if (fill) {
      const [field] = await this.query("select column_name as c from core.fields where id = $1", [id]);
      await this.query(`update ${await this.table(of)} set ${field!["c"]} = ${fill}`);
    }
    return id;
  }

  relation = async (target: string, data: Row = {}): Promise<Row> => ({
    type: "RELATION",
    relation: { targetObjectId: target, targetFieldName: this.name(), ...data },
  });

  /** A relation from a new object to another new one, that joins their records. */
  async joined(): Promise<{ id: string; inverseId: string; objectId: string; targetId: string }> {
    const [objectId, targetId] = [await this.object(), await this.object()];
    const fill = `(select min(id::text)::uuid from ${await this.table(targetId)})`;
    const id = await this.field(await this.relation(targetId), fill, objectId);
    const [row] = await this.query("select to_field_id as id from core.relations where from_field_id = $1", [id]);
    return { id, inverseId: row!["id"] as string, objectId, targetId };
  }

  table = async (objectId: string): Promise<string> =>
    (await this.query("select table_name as t from core.objects where id = $1", [objectId]))[0]!["t"] as string;

  async standard(object: string): Promise<string> {
    const [row] = await this.query("select id from core.objects where workspace_id = authz.workspace_id() and name_singular = $1", [
      object,
    ]);
    return row!["id"] as string;
  }

  async fieldOf(objectId: string, name: string): Promise<string> {
    const [row] = await this.query("select id from core.fields where object_id = $1 and name = $2", [objectId, name]);
    return row!["id"] as string;
  }

  /** What undoes the change that is made of `tried`. */
  undo = async (prepare: (model: Model) => Promise<Tried>): Promise<Tried> => ({
    undo: (await this.apply((await prepare(this)) as Change[])).changes[0]!.changeId,
  });

  async options(id: string): Promise<Row[]> {
    return (await this.query("select options from core.fields where id = $1", [id]))[0]!["options"] as Row[];
  }
}

/** The changes to try; or the id of a change to undo. */
export type Tried = Change[] | { undo: string };
export type ChangeCase = [name: string, prepare: (model: Model) => Promise<Tried>];
