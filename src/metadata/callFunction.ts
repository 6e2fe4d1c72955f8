/** Mutations that call one function of core and answer a row: what it made, changed, or was about to delete. */
import { type PgClient, type PgExecutor, sideEffectWithPgClient } from "postgraphile/@dataplan/pg";
import { context, type FieldArgs, get, lambda, object, type Step } from "postgraphile/grafast";
import { recordResources } from "../records/resources.ts";
import { whenFree } from "../whenFree.ts";

type Args = Record<string, unknown>;
/**
 * A call of SQL and its parameters; `isSecret` keeps the answer out of what Idempotency-Keys keep, and a call that
 * `isPlan` answers what it would do, which is told under `extensions.plan`.
 */
export type Call = { text: string; values: readonly unknown[]; answer?: unknown; isSecret?: boolean; isPlan?: boolean };

type Asked = { call: Call; claim: { isSecret?: boolean; plans?: unknown[] } };

/** As PostgreSQL reads it: statements take their values as text. */
const asText = (value: unknown): unknown =>
  Array.isArray(value)
    ? `{${value.map((one) => JSON.stringify(one)).join(",")}}`
    : Buffer.isBuffer(value)
      ? `\\x${value.toString("hex")}`
      : value;

async function run(client: PgClient, { call, claim }: Asked): Promise<unknown> {
  if (call.isSecret) claim.isSecret = true;
  // Some wait for a table that others hold.
  return whenFree(async () => {
    const { rows } = await client.query<string[]>({ text: call.text, values: call.values.map(asText), arrayMode: true } as never);
    if (!call.isPlan) return call.answer ?? rows[0]![0]!;
    const { id, ...plan } = JSON.parse(rows[0]![0]!) as { id: string };
    (claim.plans ??= []).push(plan);
    return id;
  });
}

const resourceOf = (build: GraphileBuild.Build, noun: string) =>
  recordResources(build).find(({ codec }) => build.inflection.recordSingle(codec) === noun)!;

/** Runs the call that `toCall` makes of the field's arguments; answers the first value of its first row, or the call's own answer. */
export function planCall(executor: PgExecutor, fieldArgs: FieldArgs, toCall: (args: Args) => Call): Step {
  const $asked = object({ call: lambda(fieldArgs.getRaw(), toCall as never), claim: get(context(), "pgSettings") });
  return sideEffectWithPgClient(executor, $asked as never, run as never) as unknown as Step;
}

/** A field that runs a call and answers the row of `noun` by the id that it gives. */
export const planRow =
  (build: GraphileBuild.Build, noun: string, toCall: (args: Args) => Call) => (_$root: unknown, fieldArgs: FieldArgs) => {
    const resource = resourceOf(build, noun);
    return resource.get({ id: planCall(resource.executor, fieldArgs, toCall) } as never);
  };

/** A field that answers the row of `noun` with the id that `toId` finds in the arguments, as it is before the call with its id. */
export const planRowBefore =
  (build: GraphileBuild.Build, noun: string, toId: (args: Args) => unknown, text: string) => (_$root: unknown, fieldArgs: FieldArgs) => {
    const resource = resourceOf(build, noun);
    const $before = resource.get({ id: lambda(fieldArgs.getRaw(), toId as never) } as never);
    // What it was is read before it is gone.
    const $call = lambda($before.get("id"), (id): Call => ({ text, values: [id] }) as never);
    const $asked = object({ call: $call, claim: get(context(), "pgSettings") });
    sideEffectWithPgClient(resource.executor, $asked as never, run as never);
    return $before;
  };

/** A field that runs a call and answers what the call itself says. */
export const planAnswer =
  (build: GraphileBuild.Build, noun: string, toCall: (args: Args) => Call) => (_$root: unknown, fieldArgs: FieldArgs) =>
    planCall(resourceOf(build, noun).executor, fieldArgs, toCall);
