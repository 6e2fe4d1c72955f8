/** Secrets that are known by name, and found again in any spelling. */

type Canary = { name: string; spellings: string[]; isHash: boolean };

/** How a text may stand somewhere: as it is, in a URL, in JSON, in hexadecimal or in base64. */
function spellingsOf(value: string | Buffer): string[] {
  const bytes = Buffer.from(value);
  const encoded = [bytes.toString("hex"), bytes.toString("base64").replace(/=+$/, ""), bytes.toString("base64url")];
  if (typeof value !== "string") return encoded;
  return [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1), ...encoded];
}

export class Canaries {
  readonly #known = new Map<string, Canary>();

  /** A secret from now on; `hash` is what stands in the database for it, and nowhere else. A part of it is one, too. */
  add(name: string, value: string | Buffer, { isHash = false, part }: { isHash?: boolean; part?: string } = {}): void {
    if (value.length < 10) throw new Error(`${name} is too short to be found.`);
    const spellings = new Set([...spellingsOf(value), ...(part ? [part] : [])]);
    this.#known.set(`${name} ${value.toString("hex" as never)}`, { name, spellings: [...spellings], isHash });
  }

  get names(): string[] {
    return [...new Set([...this.#known.values()].map(({ name }) => name))];
  }

  /** The names of the secrets that a text holds. */
  in(text: string, { withHashes = true } = {}): string[] {
    const found = [...this.#known.values()].filter(
      ({ spellings, isHash }) => (withHashes || !isHash) && spellings.some((spelling) => text.includes(spelling)),
    );
    return [...new Set(found.map(({ name }) => name))];
  }
}
