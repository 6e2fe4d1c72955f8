/** Loaded before a server (`node --expose-gc --import`): SIGUSR2 lets go of what nobody holds any more. */
process.on("SIGUSR2", () => globalThis.gc!());
