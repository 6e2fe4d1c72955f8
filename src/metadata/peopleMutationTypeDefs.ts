/** Changes of workspaces and people: what their mutations take; what they answer is in peopleTypeDefs.ts. */
import { gql } from "postgraphile/utils";

const inputs = gql`
  input SignUpInNewWorkspaceInput {
    displayName: String
    "Without it, a free one like the name."
    subdomain: String
  }
  input ActivateWorkspaceInput {
    displayName: String!
  }
  input UpdateWorkspaceInput {
    displayName: String
    subdomain: String
    "Leads here once checkCustomDomainValidRecords has found its record."
    customDomain: String
    trashRetentionDays: Int
    isPublicInviteLinkEnabled: Boolean
    defaultRoleId: UUID
    isPasswordAuthEnabled: Boolean
    isMagicLinkEnabled: Boolean
    isGoogleAuthEnabled: Boolean
    isMicrosoftAuthEnabled: Boolean
    isTwoFactorAuthenticationEnforced: Boolean
    allowImpersonation: Boolean
  }
  input CreateApprovedAccessDomainInput {
    domain: String!
    "An address in the domain, which gets a mail."
    email: String!
  }
  input ValidateApprovedAccessDomainInput {
    "Which domain; the token says it, too."
    approvedAccessDomainId: UUID
    "The token of the mail."
    validationToken: String!
  }
  input DeleteApprovedAccessDomainInput {
    id: UUID!
  }
  input WorkspaceMemberSettings {
    firstName: String
    lastName: String
    avatarUrl: String
    "Such as en or de-AT."
    locale: String
    "Of the IANA database, such as Europe/Berlin."
    timeZone: String
  }
  input UpdateWorkspaceMemberSettingsInput {
    workspaceMemberId: UUID!
    update: WorkspaceMemberSettings!
  }
`;

const mutations = gql`
  extend type Mutation {
    "A new workspace that the caller owns, and the way into it."
    signUpInNewWorkspace(input: SignUpInNewWorkspaceInput): SignUpOutput
    "The way into another of the caller's workspaces, without a password while the sign-in is fresh."
    switchWorkspace(workspaceId: UUID!): SignUpOutput
    "The way to see the workspace as another member, where it allows that."
    impersonate(userId: UUID!, workspaceId: UUID!): ImpersonateOutput
    activateWorkspace(data: ActivateWorkspaceInput!): Workspace
    updateWorkspace(data: UpdateWorkspaceInput!): Workspace
    "Deletes the workspace: nobody comes in from now on, and after the days of grace all of it is gone."
    deleteCurrentWorkspace: Workspace
    "Suspends any workspace, or takes that back. For administrators of the server."
    suspendWorkspace(workspaceId: UUID!, isSuspended: Boolean = true): UUID
    "Looks for the TXT record that proves the custom domain."
    checkCustomDomainValidRecords: CustomDomainRecord
    sendInvitations(emails: [String!]!, roleId: UUID): SendInvitationsOutput
    resendWorkspaceInvitation(appTokenId: UUID!): SendInvitationsOutput
    deleteWorkspaceInvitation(appTokenId: UUID!): String
    "A new public link; the one before leads nowhere."
    rotateInviteLink: InviteLink
    createApprovedAccessDomain(input: CreateApprovedAccessDomainInput!): ApprovedAccessDomain
    validateApprovedAccessDomain(input: ValidateApprovedAccessDomainInput!): ApprovedAccessDomain
    deleteApprovedAccessDomain(input: DeleteApprovedAccessDomainInput!): Boolean
    "Takes a colleague out, or the caller himself; answers the id."
    deleteUserFromWorkspace(workspaceMemberIdToDelete: UUID!): UUID
    leaveWorkspace: UUID
    "Makes another member an owner instead of the caller, who becomes an admin."
    transferOwnership(workspaceMemberId: UUID!): Member
    "Takes the caller's account away, in every workspace; answers its id."
    deleteUser: UUID
    "Mails a link to the new address, which confirmUserEmail then makes the caller's."
    updateUserEmail(newEmail: String!): Boolean
    "The new address, which the token of its mail has proven."
    confirmUserEmail(token: String!): String
    updateWorkspaceMemberSettings(input: UpdateWorkspaceMemberSettingsInput!): Boolean
  }
`;

export const peopleMutationTypeDefs = [inputs, mutations];
