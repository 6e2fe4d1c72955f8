/** jest would turn TypeScript into CommonJS here; Node runs it as it is. */
export { default } from "./globalTeardown.ts";
