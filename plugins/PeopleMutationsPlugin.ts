/** Workspaces and people: what changes within a workspace is one function of core each; what leads into another goes through People. */
import type {} from "postgraphile";
import { context, type FieldArgs, get, lambda, type Step, sideEffect } from "postgraphile/grafast";
import { extendSchema } from "postgraphile/utils";
import type { AuthContext } from "../src/auth/authFields.ts";
import { NOBODY } from "../src/auth/openFields.ts";
import type { People } from "../src/auth/people.ts";
import type { PublicWorkspace } from "../src/auth/publicWorkspaces.ts";
import { RelataError } from "../src/errors.ts";
import { $auth, $people, planAnswer, planRow, planRowBefore, type ToCall } from "../src/metadata/callFunction.ts";
import * as calls from "../src/metadata/peopleCalls.ts";
import { peopleMutationTypeDefs } from "../src/metadata/peopleMutationTypeDefs.ts";
import type { Claim } from "../src/pgAdaptor.ts";
import type { Caller } from "../src/schemaRegistry.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      PeopleMutationsPlugin: true;
    }
  }
}

type Args = Record<string, unknown>;
type Work = (people: People, claim: Claim & { isSecret?: boolean }, args: Args) => Promise<unknown>;

const { calling } = calls;

/** What anybody is told of a workspace, as the API has it. */
const shown = (people: People, workspace: PublicWorkspace) => ({
  ...workspace,
  workspaceUrls: people.public.urlsOf(workspace),
  authProviders: workspace,
});

/** Who signs up may be in no workspace yet: then his token says who he is. */
async function founderOf({ services, caller, token }: AuthContext): Promise<Caller> {
  if (caller !== NOBODY) return caller;
  if (token === undefined) throw new RelataError("LOGIN_REQUIRED");
  return { ...(await services.accessTokens.verifyUser(token)), workspaceId: "" };
}

/** A field that lets People do something; its answer holds a secret, which no Idempotency-Key keeps. */
const planWork = (work: Work) => (_$root: unknown, fieldArgs: FieldArgs) =>
  sideEffect([$people(), get(context(), "pgSettings"), fieldArgs.getRaw()] as never, (given) => {
    const [people, claim, args] = given as unknown as Parameters<Work>;
    claim.isSecret = true;
    return work(people, claim, args) as never;
  });

const planSignUp = (_$root: unknown, fieldArgs: FieldArgs) =>
  sideEffect([$auth(), fieldArgs.getRaw()] as never, async (given) => {
    const [auth, { input }] = given as unknown as [AuthContext, { input?: { displayName?: string; subdomain?: string } }];
    const { people } = auth.services;
    const { loginToken, workspace } = await people.found(await founderOf(auth), input?.displayName, input?.subdomain);
    return { loginToken, workspace: shown(people, workspace) } as never;
  });

const switchWorkspace: Work = async (people, claim, { workspaceId }) => {
  const { loginToken, workspace } = await people.switchTo(claim, workspaceId as string);
  return { loginToken, workspace: shown(people, workspace) };
};

const impersonate: Work = async (people, claim, { userId, workspaceId }) => {
  const { accessToken, expiresAt } = await people.impersonate(claim, userId as string, workspaceId as string);
  return {
    accessToken: { token: accessToken, expiresAt: expiresAt.toISOString() },
    workspace: shown(people, await people.public.get(claim.workspaceId)),
  };
};

/** The record to look for comes from behind the claim; what DNS says of it is told by a door of its own. */
const planProof = (build: GraphileBuild.Build) => (_$root: unknown, fieldArgs: FieldArgs) => {
  const $record = planAnswer(build, "workspace", calling("select core.domain_to_prove()"))(undefined, fieldArgs) as Step<string | null>;
  return sideEffect([$people(), get(context(), "pgSettings"), $record] as never, async (given) => {
    const [people, claim, text] = given as unknown as [People, Claim, string | null];
    if (text === null) return null;
    const record = JSON.parse(text);
    return { ...record, isProven: record.isProven || (await people.proveDomain(claim, record)) } as never;
  });
};

const planJson = (build: GraphileBuild.Build, toCall: ToCall) => (_$root: unknown, fieldArgs: FieldArgs) =>
  lambda(planAnswer(build, "workspace", toCall)(undefined, fieldArgs) as Step<string>, (text) => JSON.parse(text), true);

const planTrue = (build: GraphileBuild.Build, toCall: ToCall) => (_$root: unknown, fieldArgs: FieldArgs) =>
  lambda(planAnswer(build, "workspace", toCall)(undefined, fieldArgs), () => true, true);

export const PeopleMutationsPlugin: GraphileConfig.Plugin = {
  ...extendSchema((build) => {
    const answer = (text: string, ...names: string[]) =>
      planAnswer(
        build,
        "workspace",
        calling(text, (args) => names.map((name) => args[name])),
      );
    return {
      typeDefs: peopleMutationTypeDefs,
      objects: {
        Mutation: {
          plans: {
            signUpInNewWorkspace: planSignUp,
            switchWorkspace: planWork(switchWorkspace),
            impersonate: planWork(impersonate),
            activateWorkspace: planRow(build, "workspace", calls.updateWorkspace),
            updateWorkspace: planRow(build, "workspace", calls.updateWorkspace),
            deleteCurrentWorkspace: planRowBefore(build, "workspace", null, "select core.delete_workspace($1)"),
            suspendWorkspace: answer("select core.suspend_workspace($1, $2)", "workspaceId", "isSuspended"),
            checkCustomDomainValidRecords: planProof(build),
            sendInvitations: planJson(build, calls.sendInvitations),
            resendWorkspaceInvitation: planJson(build, calls.resendInvitation),
            deleteWorkspaceInvitation: answer("select core.delete_invitation($1)", "appTokenId"),
            rotateInviteLink: planAnswer(build, "workspace", calls.rotateInviteLink),
            createApprovedAccessDomain: planRow(build, "approvedAccessDomain", calls.createApprovedDomain),
            validateApprovedAccessDomain: planRow(build, "approvedAccessDomain", calls.validateApprovedDomain),
            deleteApprovedAccessDomain: planTrue(
              build,
              calling("select core.delete_approved_domain($1)", ({ input }) => [(input as Args)["id"]]),
            ),
            deleteUserFromWorkspace: answer("select core.remove_member($1)", "workspaceMemberIdToDelete"),
            leaveWorkspace: answer("select core.leave_workspace()"),
            transferOwnership: planRow(
              build,
              "member",
              calling("select core.transfer_ownership($1)", ({ workspaceMemberId }) => [workspaceMemberId]),
            ),
            deleteUser: answer("select core.delete_user()"),
            updateUserEmail: planTrue(build, calls.askEmailChange),
            confirmUserEmail: planAnswer(build, "workspace", calls.changeEmail),
            updateWorkspaceMemberSettings: planTrue(build, calls.updateMemberSettings),
          },
        },
      },
    } as never;
  }),
  name: "PeopleMutationsPlugin",
  description: "Workspaces and people: settings, invitations, domains, members, ways from one workspace to another",
};
