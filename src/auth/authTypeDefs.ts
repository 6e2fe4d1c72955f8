/** Sign-in in GraphQL: plugins/AuthMutationsPlugin.ts answers by the functions behind the routes of /auth. */
import { gql } from "postgraphile/utils";

export const authTypeDefs = gql`
  type AuthToken {
    token: String!
    expiresAt: DateTime!
  }
  type AuthTokenPair {
    accessOrWorkspaceAgnosticToken: AuthToken!
    "None before a workspace was chosen."
    refreshToken: AuthToken
  }
  "A second factor is wanted; POST /auth/second-factor takes it, and answers the tokens."
  type AuthChallenge {
    token: String!
    kinds: [String!]!
    mustEnrol: Boolean!
  }
  type AuthTokens {
    "Null when a second factor is wanted first."
    tokens: AuthTokenPair
    challenge: AuthChallenge
  }
  type LoginToken {
    loginToken: AuthToken!
  }
  type SignUp {
    "Null until the address is proven: verifyEmailAndGetLoginToken."
    loginToken: AuthToken
  }
  type AvailableWorkspace {
    id: UUID!
    displayName: String!
    subdomain: String!
    "Signs in there: getAuthTokensFromLoginToken."
    loginToken: String!
  }
  type AvailableWorkspaces {
    availableWorkspacesForSignIn: [AvailableWorkspace!]!
  }
  type AvailableWorkspacesAndAccessTokens {
    availableWorkspaces: AvailableWorkspaces!
    "Null until the address is proven: verifyEmailAndGetWorkspaceAgnosticToken."
    tokens: AuthTokenPair
  }
  type AuthDone {
    success: Boolean!
  }
  "The same for every address, so that nobody can find out who has an account."
  type CheckUserExist {
    exists: Boolean!
    availableWorkspacesCount: Int!
    isEmailVerified: Boolean!
  }
  type ValidatePasswordResetToken {
    email: String!
  }
  type SignInMethods {
    "Null when no workspace was named, or there is none."
    subdomain: String
    displayName: String
    methods: [String!]!
    "The workspace's own: getAuthorizationUrlForSSO says where to go."
    identityProviders: [SignInProvider!]!
  }
  type SignInProvider {
    id: UUID!
    name: String!
    type: IdentityProviderType!
  }

  extend type Query {
    checkUserExists(email: String!, captchaToken: String): CheckUserExist!
    "The address whose password the token of a mail may set."
    validatePasswordResetToken(passwordResetToken: String!): ValidatePasswordResetToken!
    "The ways to sign in, here or to the workspace of a subdomain or domain."
    signInMethods(workspace: String): SignInMethods!
  }
  extend type Mutation {
    "Signs in without a workspace, to choose one."
    signIn(email: String!, password: String!, captchaToken: String, locale: String, verifyEmailRedirectPath: String): AvailableWorkspacesAndAccessTokens
    "Mails a link that proves the address; there is no account before that."
    signUp(email: String!, password: String!, firstName: String, lastName: String, captchaToken: String, locale: String, verifyEmailRedirectPath: String): AvailableWorkspacesAndAccessTokens
    "The same, to join the workspace of an invitation, or of the origin, if that lets the address in."
    signUpInWorkspace(email: String!, password: String!, firstName: String, lastName: String, origin: String, workspaceInviteHash: String, workspacePersonalInviteToken: String, captchaToken: String, locale: String): SignUp
    getLoginTokenFromCredentials(email: String!, password: String!, origin: String!, captchaToken: String, locale: String, verifyEmailRedirectPath: String): LoginToken
    getAuthTokensFromLoginToken(loginToken: String!, origin: String): AuthTokens
    "Trades a refresh token for new tokens."
    renewToken(appToken: String!): AuthTokens
    "Ends this sign-in, or all of the user's."
    signOut(everywhere: Boolean): AuthDone
    verifyEmailAndGetLoginToken(emailVerificationToken: String!, email: String, origin: String, captchaToken: String): LoginToken
    verifyEmailAndGetWorkspaceAgnosticToken(emailVerificationToken: String!, email: String, captchaToken: String, locale: String): AvailableWorkspacesAndAccessTokens
    resendEmailVerificationToken(email: String!, origin: String): AuthDone
    emailPasswordResetLink(email: String!, workspaceId: UUID, origin: String): AuthDone
    updatePasswordViaResetToken(passwordResetToken: String!, newPassword: String!): AuthDone
    "Mails a link that signs in."
    sendMagicLink(email: String!, origin: String): AuthDone
    getLoginTokenFromMagicLink(magicLinkToken: String!): LoginToken
  }
`;
