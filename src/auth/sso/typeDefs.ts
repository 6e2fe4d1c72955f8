/** Identity providers in GraphQL; plugins/IdentityProvidersPlugin.ts answers. */
import { gql } from "postgraphile/utils";

export const ssoTypeDefs = gql`
  input CreateOIDCIdentityProviderInput {
    name: String!
    "The address that its discovery document is found at."
    issuer: String!
    clientID: String!
    "Kept sealed; nobody reads it again."
    clientSecret: String!
  }
  input CreateSAMLIdentityProviderInput {
    name: String!
    "Its entity id."
    issuer: String!
    "Another one than the server would take: our addresses that its administrator has to enter hold it."
    id: UUID
    "Where people are sent to sign in."
    ssoURL: String!
    "What it signs assertions with, as PEM; several while it changes its key. RSA, 2048 bits or more."
    certificate: String!
    "SHA-256 of the first certificate, if it is to be compared."
    fingerprint: String
  }
  input EditSSOIdentityProviderInput {
    id: UUID!
    status: IdentityProviderStatus
    name: String
    "In place of those there are."
    certificate: String
  }
  input DeleteSSOIdentityProviderInput {
    identityProviderId: UUID!
  }
  input AddIdentityProviderDomainInput {
    identityProviderId: UUID!
    domain: String!
  }
  input IdentityProviderDomainInput {
    id: UUID!
  }
  input GetAuthorizationUrlForSSOInput {
    identityProviderId: UUID!
    workspaceInviteHash: String
  }
  type DeletedIdentityProvider {
    identityProviderId: UUID!
  }
  type DeletedIdentityProviderDomain {
    id: UUID!
  }
  type SSOAuthorizationUrl {
    id: UUID!
    type: IdentityProviderType!
    "Where to send the browser; it comes back to the frontend with a login token."
    authorizationURL: String!
  }
  "An account elsewhere by which somebody may come in."
  type ConnectedIdentity {
    id: UUID!
    issuer: String!
    "Of a workspace's own provider, which."
    identityProviderId: UUID
    createdAt: DateTime!
  }
  type IdentityConnected {
    success: Boolean!
  }
  extend type IdentityProvider {
    "Where people begin to sign in by it."
    loginURL: String!
    "Where it sends people back to: the redirect URI, or the assertion consumer service."
    callbackURL: String!
    "SAML: our entity id, at which our metadata is."
    entityId: String
  }
  extend type Query {
    "The workspace's own identity providers."
    getSSOIdentityProviders: [IdentityProvider!]!
    "The accounts elsewhere by which whoever asks may come in."
    connectedIdentities: [ConnectedIdentity!]!
  }
  extend type Mutation {
    createOIDCIdentityProvider(input: CreateOIDCIdentityProviderInput!): IdentityProvider
    createSAMLIdentityProvider(input: CreateSAMLIdentityProviderInput!): IdentityProvider
    editSSOIdentityProvider(input: EditSSOIdentityProviderInput!): IdentityProvider
    deleteSSOIdentityProvider(input: DeleteSSOIdentityProviderInput!): DeletedIdentityProvider
    "Adds a domain whose addresses the provider is to speak for; a TXT record with its token proves that it is yours."
    addIdentityProviderDomain(input: AddIdentityProviderDomainInput!): IdentityProviderDomain
    "Looks for that record now."
    verifyIdentityProviderDomain(input: IdentityProviderDomainInput!): IdentityProviderDomain
    removeIdentityProviderDomain(input: IdentityProviderDomainInput!): DeletedIdentityProviderDomain
    "Where to send a browser to sign in by a provider; for everybody."
    getAuthorizationUrlForSSO(input: GetAuthorizationUrlForSSOInput!): SSOAuthorizationUrl
    "Lets whoever is signed in come in by the account elsewhere that a login token stands for, from now on."
    connectIdentity(loginToken: String!): IdentityConnected
    disconnectIdentity(id: UUID!): IdentityConnected
  }
`;
