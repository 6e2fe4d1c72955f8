/**
 * Compiles a PostgreSQL schema into a GraphQL schema with Grafast plans, in small
 * steps: graphile-build does it in one go, and everybody else would wait for it
 * (docs/decisions/0004).
 */
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { buildInflection, gather, getBuilder } from "graphile-build";
import { resolvePreset } from "graphile-config";
import { GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema } from "graphql";
import type { Pool } from "pg";
import { makePgService } from "postgraphile/adaptors/pg";
import { hasRequests } from "./graphql/inFlight.ts";
import { runBehindClaims, runTransaction } from "./pgAdaptor.ts";
import { scopedIntrospectionQuery } from "./scopedIntrospection.ts";

const MAX_PLANNED_DOCUMENTS = 100;

type Plugin = GraphileConfig.Plugin;
type Breathe = () => Promise<void>;

const STEP_MS = 5;
const ASIDE_MS = 25;

/**
 * Answers at once while a step's time is not used up; then lets others go first, to their end if it is near. It sleeps
 * meanwhile: turning the loop would take from them what they are given.
 */
function makeBreather(): Breathe {
  let since = performance.now();
  return async function breathe() {
    const now = performance.now();
    if (now - since < STEP_MS) return;
    await setImmediate();
    while (hasRequests() && performance.now() - now < ASIDE_MS) await sleep(1);
    since = performance.now();
  };
}

/** Puts a plugin in the place of the one of its name: order decides defaults. */
function swapPlugins(preset: GraphileConfig.ResolvedPreset, swaps: Record<string, (plugin: Plugin) => Plugin>) {
  return { ...preset, plugins: (preset.plugins ?? []).map((plugin) => swaps[plugin.name]?.(plugin) ?? plugin) };
}

const withIntrospection =
  (introspectionText: string) =>
  (plugin: Plugin): Plugin => ({
    ...plugin,
    gather: {
      ...plugin.gather,
      initialCache: (context: { resolvedPreset: GraphileConfig.ResolvedPreset }) => ({
        introspectionResultsPromise: Promise.resolve(
          (context.resolvedPreset.pgServices ?? []).map((pgService) => ({ pgService, introspectionText })),
        ),
        dirty: false,
      }),
    } as never,
  });

/** Gathering is a chain of settled promises, which lets nobody in either. */
const breathingPlugin = (breathe: Breathe): Plugin => ({
  name: "BreathingPlugin",
  gather: { hooks: { pgIntrospection_class: breathe, pgCodecs_PgCodec: breathe, pgTables_PgResource: breathe } } as never,
});

type Builder = ReturnType<typeof getBuilder>;
type Build = ReturnType<Builder["createBuild"]>;

/**
 * graphile-build resolves the fields of a type as soon as it is asked for, and so
 * of every type behind it. This hands the types out and leaves their fields to us.
 */
function deferFields(builder: Builder, queue: (GraphQLObjectType | GraphQLInputObjectType)[]): Plugin {
  return {
    name: "DeferFieldsPlugin",
    schema: {
      hooks: {
        build(build) {
          const { getTypeByName } = build;
          const types = build.getAllTypes() as Record<string, unknown>;
          build.getTypeByName = function getTypeByNameLater(this: Build, typeName: string) {
            if (typeName in types) return types[typeName] as never;
            const meta = build.getTypeMetaByName(typeName);
            const isDeferred = meta?.Constructor === GraphQLObjectType || meta?.Constructor === GraphQLInputObjectType;
            if (!meta || !isDeferred) return getTypeByName.call(build, typeName);
            const spec = { ...meta.specGenerator(), name: typeName };
            const type = builder.newWithHooks(build as never, meta.Constructor as never, spec as never, meta.scope as never);
            types[typeName] = type;
            queue.push(type as never);
            return type;
          } as never;
          return build;
        },
      },
    },
  };
}

async function buildInSteps(pool: Pool, preset: GraphileConfig.ResolvedPreset, breathe: Breathe): Promise<GraphQLSchema> {
  const inflection = buildInflection(preset);
  const input = await gather(preset, { inflection } as never);
  for (const executor of Object.values(input.pgRegistry.pgExecutors)) runBehindClaims(executor, pool);
  await breathe();

  const queue: (GraphQLObjectType | GraphQLInputObjectType)[] = [];
  const builder: Builder = getBuilder(preset, inflection);
  for (const [name, hook] of Object.entries(deferFields(builder, queue).schema!.hooks!)) {
    builder.hook(name as "build", hook as never);
  }
  const build = builder.createBuild(input) as Build & { status: { isInitPhaseComplete: boolean }; __postInitAssertions: (() => void)[] };
  await breathe();

  // What SchemaBuilder.initBuild does, with a breath after each plugin.
  const { init } = builder.hooks as unknown as { init: ((value: object, build: Build, context: object) => object)[] };
  let initial: object = Object.freeze(Object.create(null));
  for (const hook of init) {
    initial = hook(initial, build, { scope: Object.create(null), type: "init" });
    await breathe();
  }
  build.status.isInitPhaseComplete = true;
  for (const assertion of build.__postInitAssertions) assertion();

  for (const root of ["Query", "Mutation"]) build.getTypeByName(root);
  for (let type = queue.shift(); type; type = queue.shift()) {
    type.getFields();
    await breathe();
  }

  // assumeValid: the tests validate every schema; here it would be one long step.
  const spec = {
    directives: [...build.graphql.specifiedDirectives, ...(preset.schema?.directives ?? [])],
    assumeValid: true,
    // A plan is 0.3 MB, and the libraries' default is to keep 500 of them.
    extensions: { grafast: { operationsCacheMaxLength: MAX_PLANNED_DOCUMENTS, operationOperationPlansCacheMaxLength: 5 } },
  };
  const schema = builder.newWithHooks(build as never, GraphQLSchema, spec as never, { __origin: "Relata" } as never);
  await breathe();
  return builder.applyHooks("finalize", schema, build as never, { scope: Object.create(null), type: "finalize" } as never);
}

/** What PostGraphile is to know of `schemaName`, as `pool`'s role sees it, or as `role` with those columns alone that it may read. */
export async function introspect(pool: Pool, schemaName: string, role?: string): Promise<string> {
  const become = role ? [{ text: "select set_config('role', $1, true)", values: [role] }] : [];
  const results = await runTransaction(pool, [...become, { text: scopedIntrospectionQuery([schemaName], role !== undefined), values: [] }]);
  return results.at(-1)!.rows[0]![0]!;
}

/** Compiles what `introspect` told of `schemaName`, with the plugins and options of `preset`. */
export async function compileSchema(
  pool: Pool,
  schemaName: string,
  introspection: string,
  preset: GraphileConfig.Preset,
): Promise<GraphQLSchema> {
  const breathe = makeBreather();
  const pgService = makePgService({ pool, schemas: [schemaName], pubsub: false });
  const resolved = resolvePreset({ extends: [preset], plugins: [breathingPlugin(breathe)], pgServices: [pgService] });
  return buildInSteps(pool, swapPlugins(resolved, { PgIntrospectionPlugin: withIntrospection(introspection) }), breathe);
}
