/** Asks a library's passport strategy, and answers what it decides: where to send the browser, or who it is. */
import type { Request } from "express";
import type passport from "passport";

export type Outcome<T> = { redirect: string } | { user: T };

/** What passport lends a strategy for one request. */
type Actions = {
  success(user: unknown): void;
  fail(challenge?: unknown): void;
  redirect(url: string): void;
  pass(): void;
  error(error: unknown): void;
};

/** Throws what the strategy says is wrong. */
export function runStrategy<T>(strategy: passport.Strategy, req: Request, options: object): Promise<Outcome<T>> {
  return new Promise((resolve, reject) => {
    const actions: Actions = {
      success: (user) => resolve({ user: user as T }),
      redirect: (url) => resolve({ redirect: url }),
      fail: (challenge) => reject(new Error((challenge as { message?: string } | undefined)?.message ?? "refused")),
      pass: () => reject(new Error("passed")),
      error: reject,
    };
    // As passport does: a copy for this request, with its outcome.
    Object.assign(Object.create(strategy) as passport.Strategy, actions).authenticate(req, options);
  });
}
