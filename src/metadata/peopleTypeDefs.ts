/** Workspaces and people: what their queries and mutations take and answer. */
import { gql } from "postgraphile/utils";

const types = gql`
  type WorkspaceUrls {
    subdomainUrl: String!
    customUrl: String
  }
  type WorkspaceUrlsAndId {
    id: UUID!
    workspaceUrls: WorkspaceUrls!
  }
  "How members of a workspace sign in."
  type AuthProviders {
    password: Boolean!
    magicLink: Boolean!
    google: Boolean!
    microsoft: Boolean!
  }
  "What anybody may know of a workspace."
  type PublicWorkspaceData {
    id: UUID!
    displayName: String!
    workspaceUrls: WorkspaceUrls!
    authProviders: AuthProviders!
  }
  "A workspace, and the way into it: POST /auth/token trades the login token within a minute."
  type SignUpOutput {
    loginToken: AuthToken!
    workspace: WorkspaceUrlsAndId!
  }
  type ImpersonateOutput {
    "An access token that cannot be renewed; whoever uses it is the other member, and what he writes names both."
    accessToken: AuthToken!
    workspace: WorkspaceUrlsAndId!
  }
  type WorkspaceInvitation {
    id: UUID!
    email: String!
    roleId: UUID!
    expiresAt: DateTime!
  }
  type SendInvitationsOutput {
    success: Boolean!
    "Why an address was left out: it is a member's already."
    errors: [String!]!
    result: [WorkspaceInvitation!]!
  }
  type ApprovedAccessDomainItem {
    id: UUID!
    domain: String!
    isValidated: Boolean!
    createdAt: DateTime!
  }
  type WorkspaceInviteHashValid {
    isValid: Boolean!
  }
  "A workspace that invites, and the address that it invites, if it is one."
  type InvitingWorkspace {
    id: UUID!
    displayName: String!
    email: String
    workspaceUrls: WorkspaceUrls!
    authProviders: AuthProviders!
  }
  type InviteLink {
    inviteHash: String!
  }
  "The TXT record by which a custom domain is proven, and whether it was found."
  type CustomDomainRecord {
    domain: String!
    name: String!
    value: String!
    isProven: Boolean!
  }
`;

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

const queries = gql`
  extend type Workspace {
    "The token of the public link by which anybody joins; null when there is none or it is switched off. For those who manage members."
    inviteHash: String
    workspaceUrls: WorkspaceUrls!
  }
  extend type Query {
    "Who is asking."
    currentUser: User
    "Where he is."
    currentWorkspace: Workspace
    "The workspaces that the caller is a member of."
    myWorkspaces: [PublicWorkspaceData!]!
    findWorkspaceInvitations: [WorkspaceInvitation!]!
    getApprovedAccessDomains: [ApprovedAccessDomainItem!]!
    getPublicWorkspaceDataByDomain(origin: String!): PublicWorkspaceData
    getPublicWorkspaceDataById(id: UUID!): PublicWorkspaceData
    checkWorkspaceSubdomainAvailability(subdomain: String!): Boolean!
    checkWorkspaceInviteHashIsValid(inviteHash: String!): WorkspaceInviteHashValid!
    "The workspace that the token of an invitation or of the public link opens."
    findWorkspaceFromInviteHash(inviteHash: String!): InvitingWorkspace
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

export const peopleQueryTypeDefs = [types, queries];
export const peopleMutationTypeDefs = [inputs, mutations];
