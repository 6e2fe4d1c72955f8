/** `access(object:, recordId:, member:)`: what decides who may do what with a record. */
import type {} from "postgraphile";
import { type FieldArgs, get, lambda, type Step } from "postgraphile/grafast";
import { extendSchema } from "postgraphile/utils";
import { accessTypeDefs } from "../src/metadata/accessTypeDefs.ts";
import { planAnswer } from "../src/metadata/callFunction.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      AccessPlugin: true;
    }
  }
}

type Json = Record<string, unknown>;
const member = (name: string) => ($access: Step) => get($access as Step<Json>, name);
const plansOf = (...names: string[]) => ({ plans: Object.fromEntries(names.map((name) => [name, member(name)])) });

export const AccessPlugin: GraphileConfig.Plugin = {
  ...extendSchema((build) => {
    const answer = planAnswer(build, "role", ({ object, recordId, member: holder }) => ({
      text: "select core.access($1, $2, $3)",
      values: [object, recordId, holder ?? null],
    }));
    return {
      typeDefs: accessTypeDefs,
      objects: {
        Query: {
          plans: {
            access: ($root: unknown, fieldArgs: FieldArgs) =>
              lambda(answer($root, fieldArgs), (text) => JSON.parse(text as string) as Json),
          },
        },
        Access: plansOf("can", "because", "hiddenFields", "frozenFields"),
        AccessCan: plansOf("read", "update", "delete", "destroy"),
      },
    } as never;
  }),
  name: "AccessPlugin",
  description: "Tells what decides about a record",
};
