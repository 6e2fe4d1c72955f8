/** Asks the name service what proves that a domain is somebody's. */
import { Resolver } from "node:dns/promises";
import type { Config } from "../../config.ts";
import { listOf } from "../../egress.ts";

const TIMEOUT_MS = 3000;
const MAX_RECORDS = 100;

/** The TXT records of a domain and of _relata below it; none when nobody answers. */
export async function txtRecordsOf({ DNS_SERVERS }: Config, domain: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 2 });
  if (DNS_SERVERS) resolver.setServers(listOf(DNS_SERVERS));
  const ask = (name: string) => resolver.resolveTxt(name).catch(() => []);
  const found = await Promise.all([ask(domain), ask(`_relata.${domain}`)]);
  // A record comes in pieces of 255 bytes.
  return found
    .flat()
    .map((pieces) => pieces.join("").trim())
    .slice(0, MAX_RECORDS);
}
