/** Group `auth`: the ways in (matrix D), shared with test/auth, which has them in full. */
import type { Group } from "../group.ts";
import { weaken } from "../weaken.ts";
import { guesses } from "./guesses.ts";
import { providers } from "./providers.ts";
import { tokens } from "./tokens.ts";
import { type AuthWorld, makeAuthWorld } from "./world.ts";

export const auth: Group<AuthWorld> = {
  name: "auth",
  checks: [...tokens, ...guesses, ...providers],
  sabotages: [
    {
      what: "a refresh token may be used again for ten days",
      noticedBy: ["D62"],
      takeAway: (world) => weaken(world, "authz.rotate_session(bytea, bytea)", "interval '10 seconds'", "interval '10 days'"),
    },
    {
      what: "nobody asks whether a sign-in goes on",
      noticedBy: ["D63"],
      takeAway: (world) => weaken(world, "authz.claim(uuid, uuid, bigint, uuid)", "and (claim.session_id is null or s.id is not null)", ""),
    },
    {
      what: "a code of an authenticator app is taken however often",
      noticedBy: ["D64"],
      takeAway: (world) => weaken(world, "private.take_factor(uuid, jsonb)", /and t\.last_step < \(factor ->> 'step'\)::bigint/, ""),
    },
    {
      what: "passwords may be guessed without end (RATE_LIMIT_SIGN_IN_ACCOUNT)",
      noticedBy: ["D55"],
      async takeAway(world) {
        await world.restart({ RATE_LIMIT_SIGN_IN_ACCOUNT: "0" });
        return () => world.restart({});
      },
    },
    {
      what: "a mailed token is not used up",
      noticedBy: ["D70b"],
      takeAway: (world) =>
        weaken(
          world,
          "authz.use_token(text, bytea)",
          /WITH _used AS[\s\S]*?RETURNING/i,
          "with _used as (update private.one_time_tokens t set data = data where t.token_hash = use_token.token_hash and t.kind = use_token.kind returning",
        ),
    },
  ],
  makeWorld: makeAuthWorld,
};
