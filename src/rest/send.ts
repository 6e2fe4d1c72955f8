/** How answers of REST are sent: as text in one write, compressed when the client likes that and it pays. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { isKnown, tagOf } from "./tags.ts";

const MIN_BYTES = 1500; // what fits into one packet
const [brotli, gzipped] = [promisify(brotliCompress), promisify(gzip)];
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
const GZIP = { level: 4 };

/** What of `br` and `gzip` the client takes, the former first. */
function encodingOf(header: string | undefined): "br" | "gzip" | undefined {
  if (!header) return undefined;
  const takes = (name: string) => new RegExp(`(?:^|,)\\s*${name}\\s*(?:;\\s*q=(?!0(?:\\.0*)?\\s*(?:,|$))[^,]*)?(?:,|$)`, "i").test(header);
  return takes("br") ? "br" : takes("gzip") ? "gzip" : undefined;
}

const pack = (text: string, encoding: "br" | "gzip"): Promise<Buffer> => (encoding === "br" ? brotli(text, BROTLI) : gzipped(text, GZIP));

export type Answer = {
  status: number;
  body: unknown;
  /** The version of the one record that is answered. */
  version?: string | undefined;
  headers?: Record<string, string>;
};

/** Sends an answer: 304 when the client has it already. */
export function send(req: IncomingMessage, res: ServerResponse, { status, body, version, headers }: Answer): void | Promise<void> {
  const text = JSON.stringify(body);
  const isRead = req.method === "GET" || req.method === "HEAD";
  const head: Record<string, string | number> = { ...headers, vary: "origin, accept, accept-encoding, authorization" };
  if (isRead) head["cache-control"] = "private, no-cache";
  if (version !== undefined) {
    const tag = tagOf(version, text);
    head["etag"] = tag;
    if (isRead && isKnown(req.headers["if-none-match"], tag)) {
      res.writeHead(304, head);
      res.end();
      return;
    }
  }
  head["content-type"] = "application/json; charset=utf-8";
  const bytes = Buffer.byteLength(text);
  const encoding = bytes < MIN_BYTES ? undefined : encodingOf(req.headers["accept-encoding"]);
  if (!encoding) {
    head["content-length"] = bytes;
    res.writeHead(status, head);
    res.end(text);
    return;
  }
  return pack(text, encoding).then((packed) => {
    res.writeHead(status, { ...head, "content-encoding": encoding, "content-length": packed.length });
    res.end(packed);
  });
}
