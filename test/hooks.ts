/** Hooks start servers and fill tables, and on a busy machine that takes longer than any test: they have two minutes. */
const HOOK_MS = 120_000;

for (const name of ["beforeAll", "afterAll", "beforeEach", "afterEach"] as const) {
  const hook = globalThis[name];
  globalThis[name] = (work, ms = HOOK_MS) => hook(work, ms);
}
