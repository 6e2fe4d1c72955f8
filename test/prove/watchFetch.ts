/** Lets a scanner see every answer that `fetch` brings, with whom it was for. */
import type { Scanner } from "./scanner.ts";

/** The workspace that a bearer speaks for, as its token says; the scanner only asks whom an answer is for. */
function workspaceOf(authorization: string | null): string | undefined {
  try {
    const claims = JSON.parse(Buffer.from(authorization!.split(".")[1]!, "base64url").toString()) as { ws?: string };
    return claims.ws;
  } catch {
    return undefined;
  }
}

/** From now on every answer is looked at; the answer puts `fetch` back. */
export function watchFetch(scanner: Scanner): () => void {
  const real = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const response = await real(input, init);
    const url = String(input instanceof Request ? input.url : input);
    const authorization = new Headers(init?.headers).get("authorization");
    const headers = JSON.stringify([...response.headers]);
    const sent = `${decodeURIComponent(url.replace(/%(?![0-9a-f]{2})/gi, "%25").replace(/%[89a-f]./gi, ""))} ${typeof init?.body === "string" ? init.body : ""}`;
    const text = await response.clone().text();
    const workspaceId = scanner.workspaceOfKey(authorization?.slice("Bearer ".length)) ?? workspaceOf(authorization);
    scanner.look({ where: `the answer of ${new URL(url).pathname} (${response.status})`, text: `${text}\n${headers}`, workspaceId, sent });
    return response;
  };
  return () => {
    globalThis.fetch = real;
  };
}
