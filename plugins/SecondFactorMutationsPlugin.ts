/** Second factors on /metadata: enrolling, showing and taking away, by the functions behind the routes of /auth. */
import type {} from "postgraphile";
import { extendSchema } from "postgraphile/utils";
import { authPlans } from "../src/auth/authPlans.ts";
import { factorMutations, factorQueries } from "../src/auth/factorFields.ts";
import { factorTypeDefs } from "../src/auth/factorTypeDefs.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      SecondFactorMutationsPlugin: true;
    }
  }
}

export const SecondFactorMutationsPlugin: GraphileConfig.Plugin = {
  ...extendSchema({
    typeDefs: factorTypeDefs,
    objects: {
      Query: { plans: authPlans(factorQueries, "query") },
      Mutation: { plans: authPlans(factorMutations, "mutation") },
    },
  } as never),
  name: "SecondFactorMutationsPlugin",
  description: "initiateOTPProvisioning, getAuthTokensFromOTP and their kin on /metadata",
  after: ["AuthMutationsPlugin"],
};
