/** Second factors in GraphQL: plugins/SecondFactorMutationsPlugin.ts answers by the functions behind the routes of /auth. */
import { gql } from "postgraphile/utils";

export const factorTypeDefs = gql`
  "What an authenticator app is told: as a URI, as a picture of it (a data URL), and as the secret alone for who types."
  type OTPProvisioning {
    uri: String!
    qrCode: String!
    secret: String!
  }
  type TwoFactorAuthenticationMethodVerified {
    success: Boolean!
    "Shown this once; null when there are recovery codes already."
    recoveryCodes: [String!]
  }
  type RecoveryCodes {
    recoveryCodes: [String!]!
  }
  type AuthenticatorApp {
    id: UUID!
    createdAt: DateTime!
  }
  type Passkey {
    id: UUID!
    name: String!
    createdAt: DateTime!
    lastUsedAt: DateTime
  }
  type SecondFactors {
    totp: AuthenticatorApp
    passkeys: [Passkey!]!
    recoveryCodesLeft: Int!
  }

  extend type AuthTokens {
    "Shown this once, when the sign-in has enrolled a second factor."
    recoveryCodes: [String!]
  }
  extend type Query {
    "The second factors of whoever asks, without their secrets."
    secondFactors: SecondFactors!
  }
  extend type Mutation {
    "Begins to enrol an authenticator app where the workspace demands a second factor; loginToken is the challenge's token, or a login token. getAuthTokensFromOTP ends it."
    initiateOTPProvisioning(loginToken: String!, origin: String): OTPProvisioning
    "Lets in whoever shows a code of his authenticator app, or a recovery code; the first code of a new app enrols it."
    getAuthTokensFromOTP(otp: String!, loginToken: String!, captchaToken: String, origin: String): AuthTokens
    "Begins to enrol an authenticator app. A sign-in older than ten minutes needs the password."
    initiateOTPProvisioningForAuthenticatedUser(password: String): OTPProvisioning
    "The first code of a new app enrols it."
    verifyTwoFactorAuthenticationMethodForAuthenticatedUser(otp: String!): TwoFactorAuthenticationMethodVerified
    "Takes an authenticator app or a passkey away, for a code of the app or a recovery code."
    deleteTwoFactorAuthenticationMethod(twoFactorAuthenticationMethodId: UUID!, otp: String!): AuthDone
    "Replaces the recovery codes, for a code."
    renewRecoveryCodes(otp: String!): RecoveryCodes
  }
`;
