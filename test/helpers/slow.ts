/**
 * `import "../helpers/slow.ts"` gives each test of a file two minutes, for
 * tests that start processes, or ask a server hundreds of times: on a busy machine
 * they take ten times as long. Others have `testTimeout` of package.json.
 */
(import.meta as unknown as { jest: { setTimeout(ms: number): void } }).jest.setTimeout(120_000);
