/** Whether an answer tells what is another's from what is nobody's. */
import { getIntrospectionQuery, type IntrospectionQuery } from "graphql";
import type { Workspace } from "../../bench/crm.ts";
import type { Answer } from "../../helpers/server.ts";
import { assert } from "../group.ts";
import { type Place, SchemaReader } from "../schema.ts";
import type { IsolationWorld } from "./world.ts";

const AT_ONCE = 4;
const AGAIN = 3;

export async function readSchema(world: IsolationWorld, path: string, { token }: Workspace): Promise<SchemaReader> {
  const { data, errors } = await world.ask<IntrospectionQuery>(path, token, getIntrospectionQuery());
  assert(data && !errors, () => `the schema of ${path} cannot be read: ${JSON.stringify(errors)}`);
  return new SchemaReader(data);
}

/** A new id of the form that ours have, of nothing. */
export const randomId = (like: string): string => {
  const [one, two] = [crypto.randomUUID(), crypto.randomUUID()].map((id) => id.replaceAll("-", "")) as [string, string];
  return `${like.slice(0, 13)}-${like[14]}${one.slice(0, 3)}-${like[19]}${one.slice(3, 6)}-${two.slice(0, 12)}`;
};

/** A text as long, that stands nowhere. */
export const randomText = (like: string): string =>
  `CANARY-${`${crypto.randomUUID()}${crypto.randomUUID()}`.replaceAll("-", "").slice(0, 32)}${like.slice(39)}`;

/** All of a text that is told, but for what was sent and what is another in each answer; counts are told. */
export const plain = (text: string, sent: string): string =>
  text
    .replaceAll(sent, "<sent>")
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uuid>")
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)/g, "<moment>")
    .replace(/[\w-]{43,}/g, "<token>")
    .replace(/'nonce-[\w+/=]+'|nonce="[\w+/=]+"/g, "<nonce>")
    .replace(/\bx\d+\b/g, "<name>")
    .replace(/("totalCount":)?-?\b\d+(\.\d+)?/g, (number, isCount?: string) => (isCount ? number : "<n>"));

const told = ({ status, data, errors }: Answer, sent: string): string => plain(JSON.stringify({ status, data, errors }), sent);

type Values = { foreign: string; random: () => string };

async function compare(
  world: IsolationWorld,
  path: string,
  attacker: Workspace,
  place: Place,
  values: Values,
): Promise<string | undefined> {
  let difference = "";
  for (let n = 0; n < AGAIN; n++) {
    const pair = [values.foreign, values.random()];
    const answers: string[] = [];
    // Who comes first may find a name free that the second finds taken: by turns.
    for (const at of n % 2 ? [1, 0] : [0, 1]) {
      const answer = await world.ask(path, attacker.token, place.document, place.variables(pair[at]));
      answers[at] = told(answer, pair[at]!);
      if (answer.status >= 500) return `${place.name} answered ${answer.status}: ${answers[at]}`;
      // What he has made under this id is his now.
      if (place.kind === "mutation" && answer.data && Object.values(answer.data)[0]) world.scanner.forgetIds([pair[at]!]);
    }
    if (answers[0] === answers[1]) return undefined;
    difference = `${answers[0]} and ${answers[1]}`;
  }
  return `${place.name} tells them apart: ${difference}`;
}

/** Sends every place what is another's and what is nobody's, as often as there are rounds; answers those that tell the two apart. */
export async function compareAll(
  world: IsolationWorld,
  path: string,
  places: readonly Place[],
  rounds: number,
  next: () => Values,
): Promise<string[]> {
  const queue = Array.from({ length: rounds }, () => places).flat();
  const found: string[] = [];
  const work = async (attacker: Workspace) => {
    for (let place = queue.shift(); place; place = queue.shift()) {
      const fault = await compare(world, path, attacker, place, next());
      if (fault) found.push(fault);
    }
  };
  const { attackers } = world;
  await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => work(attackers[n % attackers.length]!)));
  return found;
}
