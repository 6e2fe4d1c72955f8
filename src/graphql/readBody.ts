/** Reads the body of a request, and no more of it than is allowed. */
import type { IncomingMessage } from "node:http";
import { RelataError } from "../errors.ts";

/** The body, at most `max` bytes of it: BODY_TOO_LARGE, told before it has come when its length was. */
export function readBody(req: IncomingMessage, max: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLarge = () => reject(new RelataError("BODY_TOO_LARGE", `The body is larger than ${max} bytes.`));
    const chunks: Buffer[] = [];
    let length = 0;
    let hasEnded = false;
    if (Number(req.headers["content-length"]) > max) {
      req.resume();
      return tooLarge();
    }
    req.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > max) {
        chunks.length = 0;
        tooLarge();
      } else chunks.push(chunk);
    });
    req.on("end", () => {
      hasEnded = true;
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    });
    const onClose = () => {
      if (!hasEnded) reject(new RelataError("BAD_INPUT", "The request's body ended too early."));
    };
    req.on("error", onClose);
    req.on("close", onClose);
    if (req.destroyed) onClose();
  });
}
