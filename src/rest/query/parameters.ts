/** The parameters of an address: read once, each known by its name or refused. */
import { RelataError } from "../../errors.ts";
import { bracketsOf, treeOfBrackets } from "./brackets.ts";
import { treeOfFunctions } from "./functions.ts";
import { conjoin, refuse, type Tree } from "./tree.ts";

/** Names that hold a token: it would be kept in logs and histories. */
const TOKENS = new Set(["token", "access_token", "api_key", "apiKey"]);

export class Parameters {
  readonly #values = new Map<string, string>();
  readonly #brackets: { path: readonly string[]; value: string }[] = [];

  /** What stands behind the ? of an address; `known` are the names that its route takes. */
  constructor(search: string, known: ReadonlySet<string>) {
    if (search === "") return;
    for (const [name, value] of new URLSearchParams(search)) {
      if (TOKENS.has(name)) refuse("A token belongs in the header Authorization, not in an address.", name);
      const path = known.has("filter") && name.startsWith("filter[") ? bracketsOf(name, "filter") : undefined;
      if (path) this.#brackets.push({ path, value });
      else if (!known.has(name))
        refuse(`There is no parameter ${name.slice(0, 60)} here; there are ${[...known].join(", ") || "none"}.`, name.slice(0, 60));
      else if (this.#values.has(name)) refuse(`${name} is given twice.`, name);
      else this.#values.set(name, value);
    }
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The value of the first of these names that is given; an empty one is none. */
  text(...names: string[]): string | undefined {
    const given = names.filter((name) => this.#values.has(name));
    if (given.length > 1) throw new RelataError("ARGS_CONFLICT", `Give ${given.join(" or ")}, not both.`, { field: given[1]! });
    return (given[0] && this.#values.get(given[0])?.trim()) || undefined;
  }

  whole(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    return /^\d{1,9}$/.test(text) ? Number(text) : refuse(`${name} is a whole number, and not negative.`, name);
  }

  flag(name: string): boolean | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    return text === "true" ? true : text === "false" ? false : refuse(`${name} is true or false.`, name);
  }

  /** `a,b`, or the JSON `["a","b"]`. */
  names(name: string): string[] | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const list = text.startsWith("[") ? this.json(name) : text.split(",").map((item) => item.trim());
    if (!Array.isArray(list) || !list.every((item) => typeof item === "string" && item !== ""))
      return refuse(`${name} is a list of names.`, name);
    return list as string[];
  }

  json(name: string): unknown {
    const text = this.text(name);
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text);
    } catch {
      return refuse(`${name} is JSON.`, name);
    }
  }

  /** What is asked of the records, in one grammar, the other, or both. */
  filter(): Tree | undefined {
    const text = this.text("filter");
    const trees = [
      ...(text === undefined ? [] : [treeOfFunctions(text)]),
      ...(this.#brackets.length ? [treeOfBrackets(this.#brackets)] : []),
    ];
    return trees.length ? conjoin(trees) : undefined;
  }
}
