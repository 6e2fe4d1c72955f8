/** Mutations that call one function of core and answer a row: what it made, changed, or was about to delete. */
import { type PgClient, type PgExecutor, sideEffectWithPgClient } from "postgraphile/@dataplan/pg";
import { context, type FieldArgs, get, lambda, object, type Step } from "postgraphile/grafast";
import type { AuthContext } from "../auth/authFields.ts";
import type { People } from "../auth/people.ts";
import type { Claim } from "../pgAdaptor.ts";
import { recordResources } from "../records/resources.ts";
import { whenFree } from "../whenFree.ts";

type Args = Record<string, unknown>;

/** The request: who sends it, and what runs beside a claim (src/graphql/tryOnce.ts). */
export const $auth = (): Step<AuthContext> => get(context(), "auth" as never) as never;
export const $people = (): Step<People> => get(get($auth() as never, "services" as never) as never, "people" as never) as never;
/** Makes a call of a field's arguments, with what links and seals, for whom. */
export type ToCall = (args: Args, people: People, claim: Claim) => Call;
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
export function planCall(executor: PgExecutor, fieldArgs: FieldArgs, toCall: ToCall): Step {
  const $asked = object({
    call: lambda([fieldArgs.getRaw(), $people(), get(context(), "pgSettings")] as never, (given) =>
      toCall(...(given as unknown as Parameters<ToCall>)),
    ),
    claim: get(context(), "pgSettings"),
  });
  return sideEffectWithPgClient(executor, $asked as never, run as never) as unknown as Step;
}

/** A field that runs a call and answers the row of `noun` by the id that it gives. */
export const planRow = (build: GraphileBuild.Build, noun: string, toCall: ToCall) => (_$root: unknown, fieldArgs: FieldArgs) => {
  const resource = resourceOf(build, noun);
  return resource.get({ id: planCall(resource.executor, fieldArgs, toCall) } as never);
};

/** A field that answers the row of `noun` with the id that `toId` finds in the arguments, or the caller's workspace, as it is before the call with its id. */
export const planRowBefore =
  (build: GraphileBuild.Build, noun: string, toId: ((args: Args) => unknown) | null, text: string) =>
  (_$root: unknown, fieldArgs: FieldArgs) => {
    const resource = resourceOf(build, noun);
    const $id = toId ? lambda(fieldArgs.getRaw(), toId as never) : get(get(context(), "pgSettings") as never, "workspaceId" as never);
    const $before = resource.get({ id: $id } as never);
    // What it was is read before it is gone.
    const $call = lambda($before.get("id"), (id): Call => ({ text, values: [id] }) as never);
    const $asked = object({ call: $call, claim: get(context(), "pgSettings") });
    sideEffectWithPgClient(resource.executor, $asked as never, run as never);
    return $before;
  };

/** A field that runs a call and answers what the call itself says. */
export const planAnswer = (build: GraphileBuild.Build, noun: string, toCall: ToCall) => (_$root: unknown, fieldArgs: FieldArgs) =>
  planCall(resourceOf(build, noun).executor, fieldArgs, toCall);
