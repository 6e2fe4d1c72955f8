/** Where people look at Relata: what links in mails and redirects lead to. */
import type { Config } from "../config.ts";

/** The root of the frontend, of a workspace's own address if there are such. Never taken from a request. */
export function frontendOf({ FRONTEND_URL, SERVER_URL, NODE_PORT, IS_MULTIWORKSPACE_ENABLED }: Config, workspace?: string): URL {
  const url = new URL(FRONTEND_URL || SERVER_URL || `http://localhost:${NODE_PORT}`);
  if (IS_MULTIWORKSPACE_ENABLED && workspace !== undefined) url.hostname = `${workspace}.${url.hostname}`;
  return url;
}
