/** What browsers answer for passkeys, before it is verified; and one refusal for whatever is wrong with it. */
import { RelataError } from "../errors.ts";

/** The challenge that a browser says it has answered, and on which page. */
export function clientDataOf(response: { response?: { clientDataJSON?: unknown } }): { challenge: string; origin: string } {
  const { challenge, origin } = JSON.parse(Buffer.from(String(response.response?.clientDataJSON), "base64url").toString("utf8"));
  if (typeof challenge !== "string" || typeof origin !== "string") throw new Error("no client data");
  return { challenge, origin };
}

/** Whatever is wrong with an answer is one refusal. */
export async function verified<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RelataError || typeof (error as { severity?: unknown }).severity === "string") throw error;
    throw new RelataError("BAD_CODE", "That passkey does not prove who you are.", { cause: error, field: "passkey" });
  }
}
