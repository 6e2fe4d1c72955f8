/** Changes of a workspace's data model, one upon the other. */
import { Client } from "./client.ts";
import type { Workspace } from "./crm.ts";
import { progress } from "./report.ts";
import type { RunningServer } from "./world.ts";

const OBJECT = '{ objects(filter: { nameSingular: { eq: "company" } }) { nodes { id } } }';
const CREATE = "mutation Create($data: CreateFieldInput!) { createOneField(data: $data) { id } }";
const UPDATE = "mutation Update($id: UUID!, $data: UpdateFieldInput!) { updateOneField(id: $id, data: $data) { id } }";
const DELETE = "mutation Delete($id: UUID!) { deleteOneField(id: $id) { id } }";

/** Adds a field, renames it and drops it, again and again. */
export class Changes {
  readonly #client: Client;
  readonly #pauseMs: number;
  #isOn = true;
  made = 0;
  refused = 0;

  constructor(server: RunningServer, { token }: Workspace, pauseMs: number) {
    this.#client = new Client(server, token);
    this.#pauseMs = pauseMs;
  }

  async #change(query: string, variables: object): Promise<string | undefined> {
    const { data, text } = await this.#client.ask<Record<string, { id: string } | null>>(query, variables, "/metadata");
    const id = Object.values(data ?? {})[0]?.id;
    if (id) this.made++;
    else {
      this.refused++;
      progress(`a change was refused: ${text.slice(0, 300)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, this.#pauseMs));
    return id;
  }

  async run(): Promise<void> {
    const { data } = await this.#client.get<{ objects: { nodes: { id: string }[] } }>(OBJECT, {}, "/metadata");
    const objectId = data.objects.nodes[0]!.id;
    for (let n = 1; this.#isOn; n++) {
      const id = await this.#change(CREATE, { data: { objectId, name: `passing${n}`, type: n % 2 ? "NUMBER" : "TEXT" } });
      if (!id) continue;
      await this.#change(UPDATE, { id, data: { name: `renamed${n}` } });
      await this.#change(DELETE, { id });
    }
    this.#client.close();
  }

  stop(): void {
    this.#isOn = false;
  }
}
