/** Where people look at Relata: what links in mails and redirects lead to. */
import { isIP } from "node:net";
import type { Config } from "../config.ts";

/** Hosts below the frontend's that are nobody's workspace. */
const SHARED = new Set(["app", "api", "www"]);
/** One name below the frontend's host: what a request calls a workspace may hold an address of somebody else's. */
const SUBDOMAIN = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** The root of the frontend, of a workspace's own address if there are such. Its host is never another's, whatever the workspace is said to be. */
export function frontendOf({ FRONTEND_URL, SERVER_URL, NODE_PORT, IS_MULTIWORKSPACE_ENABLED }: Config, workspace?: string): URL {
  const url = new URL(FRONTEND_URL || SERVER_URL || `http://localhost:${NODE_PORT}`);
  if (IS_MULTIWORKSPACE_ENABLED && workspace !== undefined && SUBDOMAIN.test(workspace) && !SHARED.has(workspace))
    url.hostname = `${workspace}.${url.hostname}`;
  return url;
}

/** The host of an origin, an address or a Host header, in small letters and without port and final dot. */
function hostOf(address: string): string | undefined {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`;
  if (!URL.canParse(text)) return undefined;
  const { hostname, username, password } = new URL(text);
  if (username || password || !hostname) return undefined;
  return hostname.toLowerCase().replace(/\.$/, "");
}

/** The name by which a browser's address or a Host header means a workspace (authz.workspace_at): its subdomain, or a domain of its own. */
export function workspaceOf(config: Config, address: string | undefined): string | undefined {
  const host = address && config.IS_MULTIWORKSPACE_ENABLED ? hostOf(address) : undefined;
  if (host === undefined || host === "localhost" || isIP(host.replace(/^\[|\]$/g, ""))) return undefined;
  const root = frontendOf(config).hostname;
  if (host === root || (config.SERVER_URL && host === new URL(config.SERVER_URL).hostname)) return undefined;
  if (!host.endsWith(`.${root}`)) return host;
  const subdomain = host.slice(0, -root.length - 1);
  return SHARED.has(subdomain) ? undefined : subdomain;
}
