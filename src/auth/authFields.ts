/** What the fields of sign-in in GraphQL do: the same as the routes of /auth, by the same functions. */
import { RelataError } from "../errors.ts";
import type { Services } from "../routes.ts";
import type { Caller } from "../schemaRegistry.ts";
import { workspaceOf } from "./frontend.ts";
import type { Door, Identity, SignInMethod } from "./identity.ts";
import { isAnywhere } from "./keptDoor.ts";
import type { Tokens } from "./sessions.ts";
import type { Challenge } from "./signIns.ts";
import { useMagicLink } from "./strategies/magicLink.ts";
import { provePassword } from "./strategies/password.ts";

/** `address` is where the request comes from; `caller` nobody, or whose token it brought. */
export type AuthContext = { services: Services; caller: Caller; address: string; token?: string | undefined };
export type Args = Record<string, string | null | undefined>;
export type Field = (context: AuthContext, args: Args) => Promise<object>;

const CHOOSING_SECONDS = 15 * 60;
const MINUTE = 60;
const DONE = { success: true };

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
export const given = (args: Args, name: string, maxLength = 1024): string => {
  const value = args[name] ?? "";
  if (value === "" || value.length > maxLength)
    throw new RelataError("BAD_INPUT", `${name} is a text of 1 to ${maxLength} characters.`, { field: name });
  return value;
};
const requireOn = ({ services }: AuthContext, method: SignInMethod) => {
  if (!services.strategies.on.some((one) => one.method === method)) throw new RelataError("SIGN_IN_METHOD_DISABLED");
};
const doorOf = ({ services }: AuthContext, { origin, workspaceInviteHash, workspacePersonalInviteToken }: Args): Door => {
  const invitation = workspacePersonalInviteToken ?? workspaceInviteHash ?? undefined;
  return { workspace: workspaceOf(services.config, origin ?? undefined), invitation };
};
const mayMail = ({ services, address }: AuthContext, args: Args) =>
  services.rateLimits.mail(given(args, "email").trim().toLowerCase(), address);

/** Proves a password, as POST /auth/login does. */
function prove(context: AuthContext, args: Args): Promise<Identity> {
  const { pool, rateLimits } = context.services;
  requireOn(context, "PASSWORD");
  const [email, password] = [given(args, "email"), given(args, "password")];
  return rateLimits.guess(email.toLowerCase(), context.address, () => provePassword(pool, email, password));
}

async function loginTokenOf({ services }: AuthContext, identity: Identity, door: Door): Promise<object> {
  return { loginToken: { token: await services.signIns.loginToken(identity, door), expiresAt: inSeconds(MINUTE) } };
}

export function tokensOf({ services }: AuthContext, entered: object): object {
  if ("challenge" in entered) return { tokens: null, challenge: (entered as Challenge).challenge };
  if (!("accessToken" in entered)) throw new RelataError("BAD_CREDENTIALS");
  const { accessToken, refreshToken, expiresIn } = entered as Tokens;
  return {
    challenge: null,
    tokens: {
      accessOrWorkspaceAgnosticToken: { token: accessToken, expiresAt: inSeconds(expiresIn) },
      refreshToken: { token: refreshToken, expiresAt: inSeconds(services.config.REFRESH_TOKEN_EXPIRES_IN) },
    },
  };
}

async function choiceOf({ services: { signIns } }: AuthContext, identity: Identity): Promise<object> {
  const { userToken, expiresIn, workspaces } = await signIns.beginUser(identity);
  const choices = workspaces.map(async ({ id, subdomain, name }) => {
    const loginToken = await signIns.loginToken(identity, { workspace: subdomain }, CHOOSING_SECONDS);
    return { id, subdomain, displayName: name, loginToken };
  });
  const tokens = { accessOrWorkspaceAgnosticToken: { token: userToken, expiresAt: inSeconds(expiresIn) }, refreshToken: null };
  return { availableWorkspaces: { availableWorkspacesForSignIn: await Promise.all(choices) }, tokens };
}

async function signUp(context: AuthContext, args: Args, door: Door): Promise<void> {
  requireOn(context, "PASSWORD");
  await mayMail(context, args);
  const person = { firstName: args["firstName"] ?? undefined, lastName: args["lastName"] ?? undefined };
  await context.services.accounts.signUp(given(args, "email"), given(args, "password"), person, door);
}

export const authQueries: Record<string, Field> = {
  checkUserExists: async () => ({ exists: true, availableWorkspacesCount: 1, isEmailVerified: true }),
  validatePasswordResetToken: async ({ services }, args) => ({
    email: await services.accounts.addressOfReset(given(args, "passwordResetToken")),
  }),
  signInMethods: async ({ services }, { workspace }) => {
    const { workspace: found, ...ways } = await services.signIns.methods(services.strategies.on, workspace ?? undefined);
    return { subdomain: found?.subdomain ?? null, displayName: found?.name ?? null, ...ways };
  },
};

export const authMutations: Record<string, Field> = {
  signIn: async (context, args) => choiceOf(context, await prove(context, args)),
  signUp: async (context, args) => {
    await signUp(context, args, {});
    return { availableWorkspaces: { availableWorkspacesForSignIn: [] }, tokens: null };
  },
  signUpInWorkspace: async (context, args) => {
    await signUp(context, args, doorOf(context, args));
    return { loginToken: null };
  },
  getLoginTokenFromCredentials: async (context, args) => loginTokenOf(context, await prove(context, args), doorOf(context, args)),
  getAuthTokensFromLoginToken: async (context, args) => tokensOf(context, await context.services.signIns.trade(given(args, "loginToken"))),
  renewToken: async (context, args) => tokensOf(context, await context.services.sessions.refresh(given(args, "appToken"))),
  signOut: async ({ services, caller }, { everywhere }) => {
    if (!caller.sessionId) throw new RelataError("LOGIN_REQUIRED");
    await services.sessions.end(caller, Boolean(everywhere));
    return DONE;
  },
  verifyEmailAndGetLoginToken: async (context, args) => {
    const { identity, door } = await context.services.accounts.verifyEmail(given(args, "emailVerificationToken"));
    return loginTokenOf(context, identity, isAnywhere(door) ? doorOf(context, args) : door);
  },
  verifyEmailAndGetWorkspaceAgnosticToken: async (context, args) => {
    const { identity } = await context.services.accounts.verifyEmail(given(args, "emailVerificationToken"));
    return choiceOf(context, identity);
  },
  resendEmailVerificationToken: async (context, args) => {
    await mayMail(context, args);
    await context.services.accounts.resendVerification(given(args, "email"), doorOf(context, args).workspace);
    return DONE;
  },
  emailPasswordResetLink: async (context, args) => {
    requireOn(context, "PASSWORD");
    await mayMail(context, args);
    await context.services.accounts.askPasswordReset(given(args, "email"), doorOf(context, args).workspace);
    return DONE;
  },
  updatePasswordViaResetToken: async ({ services }, args) => {
    await services.accounts.resetPassword(given(args, "passwordResetToken"), given(args, "newPassword"), "newPassword");
    return DONE;
  },
  sendMagicLink: async (context, args) => {
    requireOn(context, "MAGIC_LINK");
    await mayMail(context, args);
    await context.services.accounts.askMagicLink(given(args, "email"), doorOf(context, args));
    return DONE;
  },
  getLoginTokenFromMagicLink: async (context, args) => {
    requireOn(context, "MAGIC_LINK");
    const { identity, door } = await useMagicLink(context.services.pool, given(args, "magicLinkToken"));
    return loginTokenOf(context, identity, door);
  },
};
