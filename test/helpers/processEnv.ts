/** What each process that a test starts is given of our environment. */
import { tmpdir } from "node:os";
import { join } from "node:path";

export const PROCESS_ENV = {
  PATH: process.env["PATH"]!,
  // What V8 made of the same modules in the process before this one: a third of a start.
  NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache"),
};
