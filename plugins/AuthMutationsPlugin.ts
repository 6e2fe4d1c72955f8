/** Sign-in on /metadata: the auth mutations and queries of other CRM servers, open to who has no token yet (src/auth/openFields.ts). */
import type {} from "postgraphile";
import { context, type FieldArgs, get, lambda, sideEffect } from "postgraphile/grafast";
import { extendSchema } from "postgraphile/utils";
import { type AuthContext, authMutations, authQueries } from "../src/auth/authFields.ts";
import { authTypeDefs } from "../src/auth/authTypeDefs.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      AuthMutationsPlugin: true;
    }
  }
}

type Field = (typeof authMutations)[string];
type Asked = readonly [AuthContext, Record<string, string | null | undefined>];

/** The request, as src/graphql/tryOnce.ts tells it to all steps. */
const $auth = () => get(context(), "auth" as never);

const plansOf = (fields: Record<string, Field>, make: typeof lambda | typeof sideEffect) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, answer]) => [
      name,
      (_$root: unknown, fieldArgs: FieldArgs) =>
        make([$auth(), fieldArgs.getRaw()] as never, (([auth, args]: Asked) => answer(auth, args)) as never),
    ]),
  );

export const AuthMutationsPlugin: GraphileConfig.Plugin = {
  ...extendSchema({
    typeDefs: authTypeDefs,
    objects: {
      Query: { plans: plansOf(authQueries, lambda) },
      Mutation: { plans: plansOf(authMutations, sideEffect) },
    },
  } as never),
  name: "AuthMutationsPlugin",
  description: "signIn, signUp, renewToken and their kin on /metadata",
};
