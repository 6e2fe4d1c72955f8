/** What the fields of second factors in GraphQL do: the same as the routes of /auth, by the same functions. */
import { RelataError } from "../errors.ts";
import { type Args, type AuthContext, type Field, given, tokensOf } from "./authFields.ts";
import { digest } from "./oneTimeTokens.ts";
import type { Asker, Listed, SignedIn } from "./secondFactors.ts";

const MAX_CODE = 64;
const codeOf = (args: Args): string => given(args, "otp", MAX_CODE).trim();

/** Who is signed in; SQL sees whether he still is. */
function signedIn({ caller: { userId, workspaceId, sessionId } }: AuthContext): SignedIn {
  if (!sessionId) throw new RelataError("LOGIN_REQUIRED");
  return { userId, workspaceId, sessionId };
}

/**
 * The challenge that a token is of: the one that getAuthTokensFromLoginToken has answered, or a login token that has
 * not been traded, which is from then on the token of its challenge. Undefined when nothing more is asked of him.
 */
async function challengeOf({ services: { pool, sessions, signIns } }: AuthContext, args: Args): Promise<Asker> {
  const token = given(args, "loginToken");
  const { rows } = await pool.query("select 1 from authz.see_token('SECOND_FACTOR', $1)", [digest(token)]);
  if (rows.length === 0) {
    const entered = await signIns.trade(token, token);
    if (!("challenge" in entered)) {
      if ("refreshToken" in entered) await sessions.endOf(entered.refreshToken);
      throw new RelataError("BAD_INPUT", "No second factor is asked for: getAuthTokensFromLoginToken lets you in.", {
        field: "loginToken",
      });
    }
  }
  return { challenge: digest(token).toString("hex") };
}

export const factorQueries: Record<string, Field> = {
  secondFactors: ({ services, ...context }) => services.secondFactors.list(signedIn({ services, ...context })),
};

export const factorMutations: Record<string, Field> = {
  initiateOTPProvisioning: async (context, args) => context.services.secondFactors.beginTotp(await challengeOf(context, args)),

  getAuthTokensFromOTP: async (context, args) => {
    const { secondFactors, signIns } = context.services;
    const code = codeOf(args);
    const done = await secondFactors.passOrConfirm(await challengeOf(context, args), code);
    return { ...tokensOf(context, await signIns.finish(given(args, "loginToken"))), ...done };
  },

  initiateOTPProvisioningForAuthenticatedUser: async (context, { password }) => {
    const { secondFactors } = context.services;
    const asker = signedIn(context);
    return secondFactors.beginTotp(password ? await secondFactors.withPassword(asker, password) : asker);
  },

  verifyTwoFactorAuthenticationMethodForAuthenticatedUser: async (context, args) => {
    const done = await context.services.secondFactors.confirmTotp(signedIn(context), codeOf(args));
    return { success: true, ...done };
  },

  deleteTwoFactorAuthenticationMethod: async (context, args) => {
    const { secondFactors } = context.services;
    const [asker, id] = [signedIn(context), given(args, "twoFactorAuthenticationMethodId").toLowerCase()];
    const proof = { code: codeOf(args) };
    const { totp }: Listed = await secondFactors.list(asker);
    if (totp?.id === id) await secondFactors.disableTotp(asker, proof);
    else await secondFactors.removePasskey(asker, proof, id);
    return { success: true };
  },

  renewRecoveryCodes: async (context, args) => context.services.secondFactors.renewRecoveryCodes(signedIn(context), { code: codeOf(args) }),
};
