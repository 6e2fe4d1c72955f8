/** The API of records as an export asks it. */
import type { GraphqlApi } from "../../graphqlServer.ts";
import type { KnownWorkspace } from "../../schemaRegistry.ts";

/** The same API, without the limits of a page, and with the time that an export may take; from `pin` on as it is then. */
export function withoutPages(records: GraphqlApi, timeoutMs: number): GraphqlApi & { pin(): void } {
  let last: KnownWorkspace | undefined;
  let pinned: KnownWorkspace | undefined;
  const loosened = (known: KnownWorkspace): KnownWorkspace => ({
    ...known,
    limits: { ...known.limits, pageSize: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY, statementTimeoutMs: timeoutMs },
  });
  return {
    current: async (caller) => pinned ?? (last = loosened(await records.current(caller))),
    atLeast: async (caller, version) => pinned ?? (last = loosened(await records.atLeast(caller, version))),
    pin() {
      pinned = last;
    },
  };
}
