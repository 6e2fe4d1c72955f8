/** What the doctor asks, and what is found: a check looks at one thing that can be wrong, says why that matters and what mends it. */
import type pg from "pg";
import type { Config } from "../config.ts";

/** error: somebody may see, lose or miss something. warning: it will hurt. note: worth a look. */
export type Level = "error" | "warning" | "note";

/** One place where something is wrong, and what mends it there, when that is not what mends it everywhere. */
export type Fault = { fault: string; mend?: string | null };

/** Whom the doctor looks at. */
export type Patient = {
  config: Config;
  appSecret: string;
  adminUrl: string;
  /** As the administrator; it only reads. */
  db: pg.Client;
  /** What PostgreSQL says of itself, asked once. */
  server: ServerFacts;
  /** This machine's clock, in milliseconds. */
  now: () => number;
};

export type ServerFacts = {
  version: number;
  /** Whether policies let the administrator by, so that he sees what is to be looked at. */
  seesAll: boolean;
  isEncrypted: boolean;
  maxConnections: number;
};

export type Check = {
  name: string;
  level: Level;
  why: string;
  mend?: string | undefined;
  find(patient: Patient): Fault[] | Promise<Fault[]>;
};

export type Finding = { check: string; level: Level; where: string; why: string; mend: string; workspace?: string };

/** Whether an address is this machine's own. */
export const isHere = (host: string): boolean => ["", "localhost", "127.0.0.1", "[::1]", "::1"].includes(host) || host.startsWith("/");
