/**
 * Scalar, which shows a document as a page, as one script. `@scalar/api-reference` brings 280 MB; the
 * package for another framework holds the same bundle and little else, and gives it to the route that it
 * registers, which is how it is taken out here. Read when the page is first asked for, and kept compressed.
 */
import { hash } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, brotliDecompress, constants } from "node:zlib";

type Route = { url: string; handler: (request: unknown, reply: unknown) => unknown };
type Register = (server: object, options: object, done: () => void) => void;
export type Script = { name: string; packed: Buffer };

const [pack, unpack] = [promisify(brotliCompress), promisify(brotliDecompress)];
/** Eleven is slower by seconds. */
const PACKING = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };

function bundleOf(register: Register): string {
  let script: unknown;
  const reply = { header: () => reply, send: (sent: unknown) => (script = sent) };
  const route = ({ url, handler }: Route) => void (url.endsWith(".js") && handler({}, reply));
  register({ route, hasPlugin: () => false, log: { warn() {} } }, { configuration: { url: "/" } }, () => {});
  if (typeof script !== "string") throw new Error("@scalar/fastify-api-reference gives its script in another way now.");
  return script;
}

let script: Promise<Script> | undefined;

/** The script and the name that it is sent under, which changes with it. */
export function scalarScript(): Promise<Script> {
  script ??= (async () => {
    const { default: register } = (await import("@scalar/fastify-api-reference")) as unknown as { default: Register };
    // Its source map is not here.
    const text = bundleOf(register).replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
    return { name: `scalar-${hash("sha1", text, "base64url").slice(0, 10)}.js`, packed: await pack(text, PACKING) };
  })();
  script.catch(() => (script = undefined));
  return script;
}

export const unpacked = ({ packed }: Script): Promise<Buffer> => unpack(packed);
