/** Makes plans of fields that are answered by a function of the request, as those of sign-in are. */
import { context, type FieldArgs, get, lambda, sideEffect } from "postgraphile/grafast";
import type { AuthContext, Field } from "./authFields.ts";

type Asked = readonly [AuthContext, Record<string, string | null | undefined>];

/** The request, as src/graphql/tryOnce.ts tells it to all steps. */
const $auth = () => get(context(), "auth" as never);

export const authPlans = (fields: Record<string, Field>, kind: "query" | "mutation") =>
  Object.fromEntries(
    Object.entries(fields).map(([name, answer]) => [
      name,
      (_$root: unknown, fieldArgs: FieldArgs) => {
        const make = kind === "query" ? lambda : sideEffect;
        return make([$auth(), fieldArgs.getRaw()] as never, (([auth, args]: Asked) => answer(auth, args)) as never);
      },
    ]),
  );
