/** Identity providers of a workspace on /metadata: who has the permission `security` sets them up; anybody may ask where to sign in. */
import type {} from "postgraphile";
import { loadOneWithPgClient, type PgClient, type PgSelectSingleStep, sideEffectWithPgClient } from "postgraphile/@dataplan/pg";
import { context, type FieldArgs, get, lambda, object, type Step, sideEffect } from "postgraphile/grafast";
import { sql } from "postgraphile/pg-sql2";
import { extendSchema } from "postgraphile/utils";
import type { AuthContext } from "../src/auth/authFields.ts";
import { serverUrl } from "../src/auth/sso/addresses.ts";
import {
  addressesOf,
  authorizationUrlOf,
  type ClaimedField,
  claimedFields,
  connect,
  disconnect,
  identitiesOf,
} from "../src/auth/sso/fields.ts";
import { ssoTypeDefs } from "../src/auth/sso/typeDefs.ts";
import { recordResources } from "../src/records/resources.ts";

declare global {
  namespace GraphileConfig {
    interface Plugins {
      IdentityProvidersPlugin: true;
    }
  }
}

type Plan = (_$root: unknown, fieldArgs: FieldArgs) => Step;
type Asked = { auth: AuthContext; input: Record<string, string>; claim: unknown };

const $auth = () => get(context(), "auth" as never);
const $claim = () => get(context(), "pgSettings");

export const IdentityProvidersPlugin: GraphileConfig.Plugin = {
  ...extendSchema((build) => {
    const resourceOf = (noun: string) => recordResources(build).find(({ codec }) => build.inflection.recordSingle(codec) === noun)!;
    const [providers, domains] = [resourceOf("identityProvider"), resourceOf("identityProviderDomain")];

    /** Runs `work` behind the claim. */
    const behindClaim = <T>($asked: Record<string, Step>, work: (client: PgClient, asked: Asked) => Promise<T>) =>
      sideEffectWithPgClient(
        providers.executor,
        object({ ...$asked, auth: $auth(), claim: $claim() }) as never,
        work as never,
      ) as unknown as Step<T>;
    const planned =
      (field: ClaimedField, answer: ($id: Step<string>) => Step): Plan =>
      (_$root, fieldArgs) =>
        answer(behindClaim({ input: fieldArgs.getRaw("input") }, field as never));

    /** Of whoever asks, by all the arguments. */
    const own =
      (work: typeof connect): Plan =>
      (_$root, fieldArgs) =>
        behindClaim({ input: fieldArgs.getRaw() }, (client, { auth, input }) => work(client, auth, input));

    const row = (resource: typeof providers) => ($id: Step<string>) => resource.get({ id: $id } as never);
    const answers: Record<string, ($id: Step<string>) => Step> = {
      deleteSSOIdentityProvider: ($id) => object({ identityProviderId: $id }),
      removeIdentityProviderDomain: ($id) => object({ id: $id }),
      addIdentityProviderDomain: row(domains),
      verifyIdentityProviderDomain: row(domains),
    };
    const address = (name: keyof ReturnType<typeof addressesOf>) => ($provider: PgSelectSingleStep) =>
      lambda(
        [$provider.get("id"), $provider.get("type"), $auth()] as const,
        (([id, type, { services }]: [string, string, AuthContext]) => addressesOf(serverUrl(services.config), id, type)[name]) as never,
      );
    return {
      typeDefs: ssoTypeDefs,
      objects: {
        IdentityProvider: { plans: { loginURL: address("loginURL"), callbackURL: address("callbackURL"), entityId: address("entityId") } },
        Query: {
          plans: {
            getSSOIdentityProviders() {
              const $rows = providers.find();
              $rows.orderBy({ fragment: sql`${$rows.alias}.id`, codec: providers.codec.attributes["id"]!.codec, direction: "ASC" });
              return $rows;
            },
            connectedIdentities: () =>
              loadOneWithPgClient(
                providers.executor,
                $auth() as never,
                ((client: PgClient, asked: readonly AuthContext[]) =>
                  Promise.all(asked.map((auth) => identitiesOf(client, auth)))) as never,
              ),
          },
        },
        Mutation: {
          plans: {
            ...Object.fromEntries(
              Object.entries(claimedFields).map(([name, field]) => [name, planned(field, answers[name] ?? row(providers))]),
            ),
            getAuthorizationUrlForSSO: ((_$root, fieldArgs) =>
              sideEffect(
                [$auth(), fieldArgs.getRaw("input")] as never,
                (([auth, input]: [AuthContext, Record<string, string>]) => authorizationUrlOf(auth, input)) as never,
              )) as Plan,
            connectIdentity: own(connect),
            disconnectIdentity: own(disconnect),
          },
        },
      },
    } as never;
  }),
  name: "IdentityProvidersPlugin",
  description: "Sets up identity providers of a workspace, and says where to sign in by them",
};
