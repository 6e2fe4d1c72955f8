/**
 * `npm run relata -- types acme > acme.d.ts`: a workspace's objects as TypeScript, always the
 * same bytes for the same model. `withWorkspace<Objects>("acme", …)` knows them then.
 */
import { typesOf } from "../repositories/typescript.ts";
import { withRecordsApi } from "../withWorkspace.ts";

export async function printTypes(args: string[]): Promise<number> {
  const [workspace, ...rest] = args;
  if (!workspace || rest.length) throw new Error("This needs a workspace.");
  await withRecordsApi(async ({ workspaces, registry }) => {
    const { caller } = await workspaces.open(workspace);
    const { schema } = await registry.current(caller);
    process.stdout.write(typesOf(schema, workspace));
  });
  return 0;
}
