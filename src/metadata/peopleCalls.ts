/** Changes of workspaces and people as clients write them, as the functions of core take them. */
import { digest } from "../auth/oneTimeTokens.ts";
import type { ToCall } from "./callFunction.ts";

type Args = Record<string, unknown>;
const inputOf = (args: Args) => (args["input"] ?? args["data"]) as Args;

/** A function of core, with values of the arguments. */
export const calling =
  (text: string, toValues: (args: Args) => readonly unknown[] = () => []): ToCall =>
  (args) => ({ text, values: toValues(args) });

export const updateWorkspace = calling("select core.update_workspace($1::jsonb)", (args) => [JSON.stringify(inputOf(args))]);

export const sendInvitations: ToCall = ({ emails, roleId }, people) => ({
  text: "select core.send_invitations($1::jsonb, $2)",
  values: [JSON.stringify((emails as string[]).map((email) => ({ email, ...people.mailedLink("/invite") }))), roleId ?? null],
});

export const resendInvitation: ToCall = ({ appTokenId }, people) => {
  const { tokenHash, link } = people.mailedLink("/invite");
  return { text: "select core.resend_invitation($1, $2, $3::jsonb)", values: [appTokenId, tokenHash, JSON.stringify(link)] };
};

export const rotateInviteLink: ToCall = (_args, people, { workspaceId }) => {
  const { token, tokenHash, sealed } = people.newInviteLink(workspaceId);
  return { text: "select core.rotate_invite_link($1, $2)", values: [tokenHash, sealed], answer: { inviteHash: token }, isSecret: true };
};

export const createApprovedDomain: ToCall = (args, people) => {
  const { domain, email } = inputOf(args);
  const { tokenHash, link } = people.mailedLink("/approve-domain");
  return { text: "select core.create_approved_domain($1, $2, $3, $4::jsonb)", values: [domain, email, tokenHash, JSON.stringify(link)] };
};

export const validateApprovedDomain = calling("select core.validate_approved_domain($1, $2)", (args) => {
  const { approvedAccessDomainId, validationToken } = inputOf(args);
  return [approvedAccessDomainId ?? null, digest(String(validationToken)).toString("hex")];
});

export const askEmailChange: ToCall = ({ newEmail }, people) => {
  const { tokenHash, link } = people.mailedLink("/change-email");
  return { text: "select core.ask_email_change($1, $2, $3::jsonb)", values: [newEmail, tokenHash, JSON.stringify(link)] };
};

export const changeEmail = calling("select core.change_email($1)", ({ token }) => [digest(String(token)).toString("hex")]);

export const updateMemberSettings = calling("select core.update_member_settings($1, $2::jsonb)", (args) => {
  const { workspaceMemberId, update } = inputOf(args);
  return [workspaceMemberId, JSON.stringify(update)];
});
