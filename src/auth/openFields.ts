/**
 * The door of /metadata: its root fields that need nobody to be signed in. An operation
 * of these alone runs without a claim, and so without a way to any table; everything
 * else without a caller is LOGIN_REQUIRED, whatever is wrong with it beside.
 */
import { type DocumentNode, getOperationAST, Kind, type OperationDefinitionNode, parse, type SelectionSetNode } from "graphql";
import { Lru } from "../lru.ts";
import type { Caller } from "../schemaRegistry.ts";

export const OPEN_FIELDS: ReadonlySet<string> = new Set([
  "__typename",
  // Queries
  "checkUserExists",
  "checkWorkspaceInviteHashIsValid",
  "checkWorkspaceSubdomainAvailability",
  "findWorkspaceFromInviteHash",
  "getPublicWorkspaceDataByDomain",
  "signInMethods",
  "validatePasswordResetToken",
  // Mutations
  "emailPasswordResetLink",
  "getAuthTokensFromLoginToken",
  "getAuthTokensFromOTP",
  "getAuthorizationUrlForSSO",
  "getLoginTokenFromCredentials",
  "getLoginTokenFromMagicLink",
  "initiateOTPProvisioning",
  "renewToken",
  "resendEmailVerificationToken",
  "sendMagicLink",
  "signIn",
  "signOut",
  "signUp",
  "signUpInNewWorkspace",
  "signUpInWorkspace",
  "updatePasswordViaResetToken",
  "verifyEmailAndGetLoginToken",
  "verifyEmailAndGetWorkspaceAgnosticToken",
]);

/** Who has not said who he is: no claim can be made for him. */
export const NOBODY: Caller = { userId: "", workspaceId: "" };

const MAX_TOKENS = 2000;
const MAX_DEPTH = 10;
const known = new Lru<string, DocumentNode | false>(200);

function isOpenSet(document: DocumentNode, { selections }: SelectionSetNode, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false;
  return selections.every((selection) => {
    if (selection.kind === Kind.FIELD) return OPEN_FIELDS.has(selection.name.value);
    if (selection.kind === Kind.INLINE_FRAGMENT) return isOpenSet(document, selection.selectionSet, depth + 1);
    const found = document.definitions.find((one) => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === selection.name.value);
    return found?.kind === Kind.FRAGMENT_DEFINITION && isOpenSet(document, found.selectionSet, depth + 1);
  });
}

/** Whether all that an operation asks for is open to everybody. */
export function isOpenOperation(document: DocumentNode, operation: OperationDefinitionNode): boolean {
  const { selections } = operation.selectionSet;
  const isOnlyTypename = selections.every((one) => one.kind === Kind.FIELD && one.name.value === "__typename");
  return !isOnlyTypename && isOpenSet(document, operation.selectionSet);
}

/** The same for a text that has not been looked at: only such a one of nobody's is validated. */
export function isOpenText(query: string, operationName?: string | null): boolean {
  let document = known.get(query);
  if (document === undefined) {
    try {
      document = parse(query, { maxTokens: MAX_TOKENS });
    } catch {
      document = false;
    }
    if (query.length < 10_000) known.set(query, document);
  }
  const operation = document && getOperationAST(document, operationName);
  return Boolean(document && operation && isOpenOperation(document, operation));
}
