/**
 * The one way out: every request to an address that somebody else named (issuers of
 * identity providers, later webhooks) goes through here. A name is resolved once, all
 * of its addresses are looked at, and the connection goes to the one that was looked
 * at, so that no second answer of a name server can lead elsewhere. No redirects; few
 * ports; bounded in time and bytes (RELIABILITY §2.4, SSRF).
 */
import type { LookupAddress } from "node:dns";
import { lookup as dnsLookup } from "node:dns/promises";
import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import { isPublicAddress, withinRanges } from "./egress/addresses.ts";

export type Egress = {
  /** As fetch(), for what goes to others. Throws EgressRefused before anything is sent. */
  fetch(url: string | URL, init?: EgressInit): Promise<Response>;
};

export type EgressInit = {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array | URLSearchParams | null | undefined;
  signal?: AbortSignal | undefined;
  /** Refuse http, but to what the configuration allows. */
  onlyTls?: boolean;
};

export type EgressOptions = {
  /** Addresses and ranges that may be reached although they are private, at any port (EGRESS_ALLOW). */
  allowed?: readonly string[];
  timeoutMs?: number;
  maxBytes?: number;
  /** For tests: who says which addresses a name has. */
  lookup?: (hostname: string) => Promise<LookupAddress[]>;
};

/** Refused before anything was sent. Its words name no address that was found, as that would tell of the network inside. */
export class EgressRefused extends Error {
  override readonly name = "EgressRefused";
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 1_048_576;
const PORTS: Record<string, readonly string[]> = { "https:": ["", "8443"], "http:": [""] };
/** Those a request brings by itself: whoever could set them could speak for two. */
const OWN_HEADERS = /^(?:host|connection|transfer-encoding|content-length|upgrade|expect|te|trailer|keep-alive|proxy-.*)$/i;

const plainHost = ({ hostname }: URL): string => (hostname.startsWith("[") ? hostname.slice(1, -1) : hostname);

type Target = { address: string; family: number; isAllowed: boolean };

function readHeaders(message: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  return headers;
}

/** The whole body; ends the request when it is longer than it may be. */
function readBody(message: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    message.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) return void message.destroy(new Error(`The answer is longer than ${maxBytes} bytes.`));
      chunks.push(chunk);
    });
    message.once("end", () => resolve(Buffer.concat(chunks)));
    message.once("error", reject);
    message.once("aborted", () => reject(new Error("The answer ended halfway.")));
  });
}

const BODILESS = new Set([101, 103, 204, 205, 304]);

async function responseOf(message: IncomingMessage, maxBytes: number): Promise<Response> {
  const body = await readBody(message, maxBytes);
  const status = message.statusCode!;
  return new Response(BODILESS.has(status) ? null : new Uint8Array(body), { status, headers: readHeaders(message) });
}

/** Sends a request to `target`, whatever else the name stands for by now. */
function send(url: URL, target: Target, init: EgressInit, maxBytes: number, signal: AbortSignal): Promise<Response> {
  const body = init.body == null ? undefined : init.body instanceof URLSearchParams ? init.body.toString() : init.body;
  const headers = Object.fromEntries(Object.entries(init.headers ?? {}).filter(([name]) => !OWN_HEADERS.test(name)));
  const options: RequestOptions = {
    method: init.method ?? "GET",
    headers: { ...headers, "accept-encoding": "identity", ...(body !== undefined && { "content-length": Buffer.byteLength(body) }) },
    agent: false, // a connection of its own, which nobody opened for another name
    signal,
    lookup: (_hostname, { all }, callback) =>
      all
        ? (callback as (error: null, found: LookupAddress[]) => void)(null, [target])
        : (callback as (error: null, address: string, family: number) => void)(null, target.address, target.family),
  };
  return new Promise((resolve, reject) => {
    const sent: ClientRequest = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, options, (message) => {
      responseOf(message, maxBytes).then(resolve, reject);
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

export function makeEgress({ allowed = [], timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES, lookup }: EgressOptions = {}): Egress {
  const isAllowed = withinRanges(allowed);
  const resolve = lookup ?? ((hostname: string) => dnsLookup(hostname, { all: true, order: "verbatim" }));

  async function targetOf(url: URL): Promise<Target> {
    const host = plainHost(url);
    const family = isIP(host);
    const found = family ? [{ address: host, family }] : await resolve(host).catch(() => []);
    if (!found.length) throw new EgressRefused(`The name ${host} has no address.`);
    const targets = found.map((one) => ({ ...one, isAllowed: isAllowed(one.address) }));
    // One bad address among good ones is somebody's try.
    if (!targets.every(({ address, isAllowed: may }) => may || isPublicAddress(address)))
      throw new EgressRefused(`${host} is not an address in the world.`);
    return targets[0]!;
  }

  return {
    async fetch(to, init = {}) {
      const url = new URL(to);
      const ports = PORTS[url.protocol];
      if (!ports) throw new EgressRefused("Only http and https addresses can be reached.");
      if (url.username || url.password) throw new EgressRefused("An address may not hold a user name or password.");
      const target = await targetOf(url);
      if (init.onlyTls && url.protocol !== "https:" && !target.isAllowed) throw new EgressRefused("Only https addresses can be reached.");
      if (!target.isAllowed && !ports.includes(url.port)) throw new EgressRefused(`The port ${url.port} is not open to the world.`);
      const limit = AbortSignal.timeout(timeoutMs);
      return send(url, target, init, maxBytes, init.signal ? AbortSignal.any([init.signal, limit]) : limit);
    },
  };
}

/** The entries of a list with commas between. */
export const listOf = (text: string): string[] =>
  text
    .split(",")
    .map((entry) => entry.trim())
    .filter(Boolean);
