/**
 * What stood behind the ? of an address meant, for those who ask the same again: of a schema, the latest some hundred. Only what
 * was right is kept, and nothing that depends on who asks, but for his schema.
 */
import type { GraphQLSchema } from "graphql";
import { Lru } from "../../lru.ts";
import type { RestObject } from "../objects.ts";

const MEANINGS_PER_SCHEMA = 500;
const MAX_LENGTH = 2000;
const meanings = new WeakMap<GraphQLSchema, Lru<string, unknown>>();

/** What `read` makes of `search` for one kind of route; whoever gets it changes nothing of it. */
export function meaningOf<T>({ schema, plural }: RestObject, route: string, search: string, read: () => T): T {
  if (search.length > MAX_LENGTH) return read();
  let known = meanings.get(schema);
  if (!known) meanings.set(schema, (known = new Lru(MEANINGS_PER_SCHEMA)));
  const key = `${route} ${plural}?${search}`;
  let meaning = known.get(key) as T | undefined;
  if (meaning === undefined) known.set(key, (meaning = read()));
  return meaning;
}
