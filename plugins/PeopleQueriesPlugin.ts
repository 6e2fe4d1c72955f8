/** Who asks, where he is, who is invited; and what anybody may ask of a workspace before he signs in. */
import type {} from "postgraphile";
import { loadOneWithPgClient, type PgClient, type PgSelectSingleStep } from "postgraphile/@dataplan/pg";
import { constant, context, type FieldArgs, get, lambda } from "postgraphile/grafast";
import { extendSchema } from "postgraphile/utils";
import type { People } from "../src/auth/people.ts";
import type { PublicWorkspace } from "../src/auth/publicWorkspaces.ts";
import { $people } from "../src/metadata/callFunction.ts";
import { peopleQueryTypeDefs } from "../src/metadata/peopleTypeDefs.ts";
import type { Claim } from "../src/pgAdaptor.ts";
import { type RecordResource, recordResources } from "../src/records/resources.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      PeopleQueriesPlugin: true;
    }
  }
}

type Args = Record<string, unknown>;
type Ask = (people: People, args: Args, claim: Claim) => Promise<unknown>;

/** A field that People answers, whoever asks. */
const planAsk = (ask: Ask) => (_$root: unknown, fieldArgs: FieldArgs) =>
  lambda([$people(), fieldArgs.getRaw(), get(context(), "pgSettings")] as never, (given) => {
    return ask(...(given as unknown as Parameters<Ask>)) as never;
  });

/** As authz.claim has put them into the transaction. */
const PERMISSIONS = "select to_json(string_to_array(nullif(current_setting('relata.permissions', true), ''), ','))";

const shown = (people: People, workspace: PublicWorkspace) => ({
  ...workspace,
  workspaceUrls: people.public.urlsOf(workspace),
  authProviders: workspace,
});

const invitedTo: Ask = async (people, { inviteHash }) => {
  const found = await people.public.invitedTo(inviteHash as string);
  return found ? shown(people, found) : null;
};

export const PeopleQueriesPlugin: GraphileConfig.Plugin = {
  ...extendSchema((build) => {
    const resourceOf = (noun: string) => recordResources(build).find(({ codec }) => build.inflection.recordSingle(codec) === noun)!;
    const users = Object.values(build.pgResources).find(({ codec, parameters }) => codec.name === "users" && !parameters) as RecordResource;
    const planOwn = (resource: RecordResource, key: "userId" | "workspaceId") => () =>
      resource.get({ id: get(get(context(), "pgSettings"), key as never) } as never);
    const load = (text: string) =>
      loadOneWithPgClient(resourceOf("workspace").executor, constant(text) as never, async (client: PgClient, keys: readonly unknown[]) => {
        const { rows } = await client.query<string[]>({ text, arrayMode: true } as never);
        return keys.map(() => rows[0]![0]!);
      });
    const planList = (text: string) => () => lambda(load(text) as never, (list: string | null) => JSON.parse(list ?? "[]"), true);
    return {
      typeDefs: peopleQueryTypeDefs,
      objects: {
        Workspace: {
          plans: {
            inviteHash: () =>
              lambda([$people(), get(context(), "pgSettings"), load("select core.invite_link()")] as never, (given) => {
                const [people, { workspaceId }, sealed] = given as unknown as [People, Claim, string | null];
                return people.openInviteLink(workspaceId, sealed) as never;
              }),
            workspaceUrls: ($workspace: PgSelectSingleStep) => {
              const columns = ["subdomain", "custom_domain", "is_custom_domain_proven"].map((column) => $workspace.get(column));
              return lambda([$people(), ...columns] as never, (given) => {
                const [people, subdomain, domain, isProven] = given as unknown as [People, string, string | null, boolean];
                return people.public.urlsOf({ subdomain, customDomain: isProven ? domain : null }) as never;
              });
            },
          },
        },
        Query: {
          plans: {
            currentUser: planOwn(users, "userId"),
            currentWorkspace: planOwn(resourceOf("workspace"), "workspaceId"),
            myWorkspaces: planAsk(async (people, _args, claim) => (await people.workspacesOf(claim)).map((one) => shown(people, one))),
            myPermissions: planList(PERMISSIONS),
            findWorkspaceInvitations: planList("select core.find_invitations()"),
            getApprovedAccessDomains: planList("select core.find_approved_domains()"),
            getPublicWorkspaceDataByDomain: planAsk(async (people, { origin }) => shown(people, await people.public.at(origin as string))),
            getPublicWorkspaceDataById: planAsk(async (people, { id }) => shown(people, await people.public.get(id as string))),
            checkWorkspaceSubdomainAvailability: planAsk((people, { subdomain }) => people.public.isSubdomainFree(subdomain as string)),
            checkWorkspaceInviteHashIsValid: planAsk(async (...given) => ({ isValid: (await invitedTo(...given)) !== null })),
            findWorkspaceFromInviteHash: planAsk(invitedTo),
          },
        },
      },
    } as never;
  }),
  name: "PeopleQueriesPlugin",
  description: "Who asks and where, invitations and domains, and what anybody may know of a workspace",
};
