/** What one request leaves behind for the next: connections, plans, keys and cursors are shared by all workspaces. */
import { connect } from "node:net";
import type { Workspace } from "../../bench/crm.ts";
import { assert, assertNone, type Check } from "../group.ts";
import { canaryOf } from "../scanner.ts";
import type { IsolationWorld } from "./world.ts";

const TURNS = { short: 600, full: 20_000 };
const AT_ONCE = 8;
const DOCUMENTS = [
  "{ companies(first: 60) { totalCount nodes { id name contacts(first: 5) { totalCount nodes { name company { name } } } } } }",
  "{ people(first: 60, orderBy: [{ lastName: AscNullsLast }]) { totalCount nodes { id name email } } }",
  "{ companiesGroupBy(groupBy: [{ industry: true }]) { groupByDimensionValues totalCount } }",
  '{ search(searchInput: "CANARY", limit: 20) { edges { node { recordId label } } } }',
  "query ($s: String!) { notes(filter: { title: { like: $s } }) { totalCount nodes { title } } }",
];

/** Asks, and hangs up before the answer. */
function hangUp(world: IsolationWorld, { token }: Workspace, query: string): Promise<void> {
  const body = JSON.stringify({ query });
  const socket = connect(Number(new URL(world.url).port), "127.0.0.1");
  socket.on("error", () => {});
  return new Promise((resolve) => {
    socket.once("close", () => resolve());
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      () => setTimeout(() => socket.destroy(), world.random(8)),
    );
  });
}

/** The same documents by everybody in turn, over three connections, with clients that hang up and statements that fail between them. */
async function interleave(world: IsolationWorld): Promise<void> {
  const { victims, random } = world;
  const found: string[] = [];
  let left = world.isFull ? TURNS.full : TURNS.short;
  const work = async () => {
    while (left-- > 0) {
      const workspace = victims[random(victims.length)]!;
      const query = DOCUMENTS[random(DOCUMENTS.length)]!;
      const disturbance = random(12);
      if (disturbance === 0) await hangUp(world, workspace, query);
      if (disturbance === 1) await world.ask("/graphql", workspace.token, '{ companies(filter: { id: { eq: "no id" } }) { totalCount } }');
      const { status, data, errors } = await world.ask<Record<string, { totalCount?: number }>>("/graphql", workspace.token, query, {
        ...(query.includes("$s") && { s: "%CANARY%" }),
      });
      const count = Object.values(data ?? {})[0]?.totalCount;
      const text = JSON.stringify(data);
      if (status !== 200 || errors) found.push(`${status} ${JSON.stringify(errors)} of ${query}`);
      else if (count !== undefined && count !== 3) found.push(`${count} rows in place of 3 of ${query}`);
      else if (!text.includes(canaryOf(workspace.workspaceId, "").slice(0, 39)) && !query.includes("search"))
        found.push(`nothing of one's own in ${text}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  assertNone(found, "wrong answers");
}

/** A cursor and an Idempotency-Key of one workspace's mean nothing in another. */
async function carryOver(world: IsolationWorld): Promise<void> {
  const [one, other] = [world.victims[0]!, world.attackers[0]!];
  type List = { people: { edges: { cursor: string; node: { id: string } }[] } };
  const LIST =
    "query ($after: String) { people(first: 2, after: $after, orderBy: [{ lastName: AscNullsLast }]) { edges { cursor node { id name } } } }";
  const { data } = await world.ask<List>("/graphql", one.token, LIST);
  const { cursor } = data!.people.edges[0]!;
  const carried = await world.ask<List>("/graphql", other.token, LIST, { after: cursor });
  assert(carried.status < 500, "a foreign cursor is a fault of the server");
  const ids = world.idsOf(one);
  assert(!JSON.stringify(carried.data ?? {}).match(new RegExp(ids.slice(0, 200).join("|"))), "a foreign cursor leads to foreign rows");

  const send = async ({ token, workspaceId }: Workspace) => {
    const response = await fetch(`${world.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}`, "idempotency-key": "the-same-key" },
      body: JSON.stringify({
        query: "mutation ($n: String) { createNote(data: { title: $n }) { id title } }",
        variables: { n: canaryOf(workspaceId, "key") },
      }),
    });
    return { replayed: response.headers.get("idempotency-replayed"), text: await response.text() };
  };
  for (const workspace of [world.attackers[0]!, world.attackers[1]!]) {
    const { replayed, text } = await send(workspace);
    assert(replayed === null && text.includes(canaryOf(workspace.workspaceId, "key")), `an Idempotency-Key reaches over: ${text}`);
  }
}

export const bleeding: Check<IsolationWorld>[] = [
  {
    id: "A13",
    title: "the same documents by all workspaces in turn, over three connections, among clients that hang up: everybody his own rows",
    run: interleave,
  },
  { id: "A14", title: "a cursor and an Idempotency-Key of one workspace mean nothing in another", run: carryOver },
];
