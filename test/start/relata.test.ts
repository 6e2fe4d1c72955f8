/** `npm run relata -- …` on the embedded database, whether a Relata runs on it or not. */
import { existsSync } from "node:fs";
import { relata } from "../model/cli.ts";
import { TIMEOUT, useFolder } from "./folder.ts";

const folder = useFolder();
const run = (...args: string[]) => relata(args, { ...folder.env, GRAPHILE_ENV: "production" });

it(
  "cannot find a database where there is none",
  async () => {
    const { code, err } = await run("drift");
    expect([code, err]).toEqual([1, `There is no database in ${folder.path}: npm start makes one.\n`]);
    expect(existsSync(folder.postmasterFile)).toBe(false);
  },
  TIMEOUT,
);

it(
  "can use the database that a Relata runs on, and leaves it running",
  async () => {
    await folder.start();
    const { code, out, err } = await run("model", "export", "acme");
    expect([code, err, out]).toEqual([0, "", expect.stringContaining("\n  project:\n")]);
    expect(await run("drift")).toEqual({ code: 0, out: "acme: no differences\nglobex: no differences\n", err: "" });
    expect(await folder.count()).toBe(2000);
    await folder.stopBy("SIGTERM");
  },
  TIMEOUT,
);

it(
  "can use it while none runs, and leaves nothing running",
  async () => {
    expect(await run("drift", "acme")).toEqual({ code: 0, out: "acme: no differences\n", err: "" });
    expect(existsSync(folder.postmasterFile)).toBe(false);
  },
  TIMEOUT,
);
