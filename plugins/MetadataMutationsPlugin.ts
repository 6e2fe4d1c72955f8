/**
 * Changes of the data model: `createOneObject`, `updateOneField`, `deleteOneRule`, … , each one change;
 * `applyChanges` and `planChanges` for lists; `undoChange`. All go through
 * core.apply_changes, one transaction each. With `plan: true` a change is made for
 * real and taken back; what it would have done is told under `extensions.plan`.
 */
import type {} from "postgraphile";
import { type PgClient, sideEffectWithPgClient } from "postgraphile/@dataplan/pg";
import { context, type FieldArgs, get, lambda, object, type Step } from "postgraphile/grafast";
import { extendSchema } from "postgraphile/utils";
import { changeOf, changesOf } from "../src/metadata/changeInputs.ts";
import { typeDefs } from "../src/metadata/typeDefs.ts";
import { recordResources } from "../src/records/resources.ts";
import { whenFree } from "../src/whenFree.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      MetadataMutationsPlugin: true;
    }
  }
}

type Applied = { changes: { id: string }[]; isPlan?: boolean };
type Asked = { text: string; values: readonly unknown[]; claim: { plans?: unknown[] } };

/** Calls core.apply_changes or core.undo_change; a plan is noted for the answer's extensions. */
const apply = (client: PgClient, { text, values, claim }: Asked): Promise<Applied> =>
  whenFree(async () => {
    const { rows } = await client.query<string[]>({ text, values, arrayMode: true } as never);
    const applied = JSON.parse(rows[0]![0]!) as Applied;
    if (applied.isPlan) (claim.plans ??= []).push(applied);
    return { isPlan: false, ...applied };
  });

const APPLY = "select core.apply_changes($1::jsonb, $2)";
const UNDO = "select core.undo_change($1, $2)";
/** What can be done with what: `createOneObject`, … */
const CHANGES = {
  Object: ["create", "update", "delete"],
  Field: ["create", "update", "delete"],
  Rule: ["create", "update", "delete"],
  Index: ["create", "delete"],
} as const;
type Verb = "create" | "update" | "delete";

export const MetadataMutationsPlugin: GraphileConfig.Plugin = {
  ...extendSchema((build) => {
    const resourceOf = (noun: string) => recordResources(build).find(({ codec }) => build.inflection.recordSingle(codec) === noun)!;
    const { executor } = resourceOf("object");
    const send = (text: string, $values: Step<readonly unknown[]>) =>
      sideEffectWithPgClient(
        executor,
        object({ text: lambda(null, () => text), values: $values, claim: get(context(), "pgSettings") }) as never,
        apply as never,
      ) as unknown as Step<Applied>;

    const planOne = (verb: Verb, noun: string) => (_$root: unknown, fieldArgs: FieldArgs) => {
      const resource = resourceOf(noun.toLowerCase());
      const $change = lambda(fieldArgs.getRaw(), (args) => ({ ...changeOf(verb, noun, args as never), ...pick(args as never) }));
      if (verb !== "delete") {
        const $applied = send(
          APPLY,
          lambda($change, ({ kind, data, plan, force }) => [JSON.stringify([{ kind, data: { ...data, ...(force && { force }) } }]), plan]),
        );
        return resource.get({ id: lambda($applied, ({ changes }) => changes[0]!.id) } as never);
      }
      // What it was is read before it is gone.
      const $before = resource.get({ id: lambda($change, ({ data }) => data["id"]) } as never);
      send(
        APPLY,
        lambda([$change, $before.get("id")] as const, ([{ kind, data, plan, force }]) => [
          JSON.stringify([{ kind, data: { ...data, force } }]),
          plan,
        ]) as never,
      );
      return $before;
    };

    const one = Object.entries(CHANGES).flatMap(([noun, verbs]) =>
      verbs.map((verb) => [`${verb}One${noun}`, planOne(verb, noun)] as const),
    );
    const planMany = (isPlan: boolean) => (_$root: unknown, fieldArgs: FieldArgs) =>
      send(
        APPLY,
        lambda(fieldArgs.getRaw("changes"), (changes) => [JSON.stringify(changesOf(changes as never)), isPlan]),
      );
    return {
      typeDefs,
      objects: {
        Mutation: {
          plans: {
            ...Object.fromEntries(one),
            applyChanges: planMany(false),
            planChanges: planMany(true),
            undoChange: (_$root: unknown, fieldArgs: FieldArgs) =>
              send(
                UNDO,
                lambda(fieldArgs.getRaw(), (args) => [(args as { id: string }).id, (args as { plan?: boolean }).plan ?? false]),
              ),
          },
        },
      },
    } as never;
  }),
  name: "MetadataMutationsPlugin",
  description: "Changes of the data model, made, planned and undone",
};

const pick = ({ plan, force }: { plan?: boolean | null; force?: boolean | null }) => ({ plan: plan ?? false, force: force ?? false });
