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
    "All that the caller's roles let him do: companies.read, *.update, data_model, … ; * is all there is."
    myPermissions: [String!]!
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

export const peopleQueryTypeDefs = [types, queries];
