/** Takes a defence out of the database that runs: a word of a function, or a statement. */
import type { ServerWorld } from "./serverWorld.ts";

/** Writes a function anew with `from` said as `to`; the answer writes it as it was. */
export async function weaken(
  { sql }: Pick<ServerWorld, "sql">,
  name: string,
  from: string | RegExp,
  to: string,
): Promise<() => Promise<void>> {
  const [row] = await sql<{ text: string }>("select pg_get_functiondef($1::regprocedure) as text", [name]);
  const weak = row!.text.replace(from, to);
  if (weak === row!.text) throw new Error(`${name} does not say ${from}:\n${row!.text}`);
  await sql(weak);
  return async () => void (await sql(row!.text));
}

/** Runs one statement, and another to take it back. */
export const statement =
  (take: string, put: string) =>
  async ({ sql }: Pick<ServerWorld, "sql">): Promise<() => Promise<void>> => {
    await sql(take);
    return async () => void (await sql(put));
  };
