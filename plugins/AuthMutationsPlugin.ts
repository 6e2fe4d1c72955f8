/** Sign-in on /metadata: the auth mutations and queries of other CRM servers, open to who has no token yet (src/auth/openFields.ts). */
import type {} from "postgraphile";
import { extendSchema } from "postgraphile/utils";
import { authMutations, authQueries } from "../src/auth/authFields.ts";
import { authPlans } from "../src/auth/authPlans.ts";
import { authTypeDefs } from "../src/auth/authTypeDefs.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      AuthMutationsPlugin: true;
    }
  }
}

export const AuthMutationsPlugin: GraphileConfig.Plugin = {
  ...extendSchema({
    typeDefs: authTypeDefs,
    objects: {
      Query: { plans: authPlans(authQueries, "query") },
      Mutation: { plans: authPlans(authMutations, "mutation") },
    },
  } as never),
  name: "AuthMutationsPlugin",
  description: "signIn, signUp, renewToken and their kin on /metadata",
};
