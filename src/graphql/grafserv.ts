/** How grafserv reads requests for us: which document is meant, and on whose schema it runs. */
import type { ExecutionArgs, ExecutionResult, GraphQLError } from "graphql";
import type { PersistedDocuments } from "./persisted.ts";
import { prepare } from "./prepare.ts";
import type { Run } from "./tryOnce.ts";

declare global {
  namespace Grafast {
    interface RequestContext {
      relata?: Run;
    }
  }
}

export const EMPTY_DOCUMENT = { kind: "Document", definitions: [] } as const;

/** The preset of a server that runs operations by `execute`, on the schema of each request's Run. */
export function grafservPreset(
  maskError: (error: GraphQLError) => GraphQLError,
  execute: (args: ExecutionArgs) => Promise<ExecutionResult>,
  documents: PersistedDocuments,
): GraphileConfig.Preset {
  const plugin: GraphileConfig.Plugin = {
    name: "CallerSchemaPlugin",
    grafserv: {
      middleware: {
        processGraphQLRequestBody(next, { body, request }) {
          const { relata } = request!.requestContext as unknown as { relata: Run };
          const asked = prepare(body, documents, Boolean(relata.api.isShared));
          if (asked) relata.asked = asked;
          body.query = asked?.query;
          return next();
        },
        setPreset(next, event) {
          event.getExecutionConfig = ((context: Grafast.RequestContext) => {
            const run = context.relata!;
            return {
              schema: run.known.schema,
              parseAndValidate(query: string) {
                // Why a document may not run is looked at in #execute, where its schema can be renewed.
                return { document: run.known.parseAndValidate(query, run.known.limits).document ?? EMPTY_DOCUMENT };
              },
              resolvedPreset: event.resolvedPreset,
              execute,
              contextValue: {},
            };
          }) as never;
          return next();
        },
      },
    },
  };
  return {
    plugins: [plugin],
    grafserv: {
      graphqlPath: "/graphql",
      graphqlOverGET: true,
      graphiql: false,
      maxRequestLength: Number.MAX_SAFE_INTEGER, // readBody has looked
      maskError,
    },
    grafast: { explain: false },
  };
}
