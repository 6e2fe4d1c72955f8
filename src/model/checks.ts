/** The pieces that src/model/form.ts is made of: each tells what is wrong with a value, at its path. */
import type { Fault, Path, Values } from "./model.ts";

const NAME = /^[a-z][a-zA-Z0-9]*$/;

export type Check = (value: unknown, path: Path, faults: Fault[]) => void;

export const is =
  (wanted: string, holds: (value: unknown) => boolean): Check =>
  (value, path, faults) => {
    if (!holds(value)) faults.push({ path, message: `This is ${wanted}.` });
  };

export const isPlainMap = (value: unknown): value is Values => typeof value === "object" && value !== null && !Array.isArray(value);
export const text = is("a text", (value) => typeof value === "string");
export const truth = is("true or false", (value) => typeof value === "boolean");
export const name = is("a name in camelCase", (value) => typeof value === "string" && NAME.test(value));
export const names = is(
  "a list of names",
  (value) => Array.isArray(value) && value.every((one) => typeof one === "string" && NAME.test(one)),
);

/** What JSON can hold; a file can also say .nan and .inf. */
export const json: Check = (value, path, faults) => {
  if (typeof value === "number" && (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))))
    faults.push({ path, message: "This is no number that can be kept; a long one is written as a text." });
  else if (Array.isArray(value)) for (const [i, inner] of value.entries()) json(inner, [...path, i], faults);
  else if (isPlainMap(value)) for (const [key, inner] of Object.entries(value)) json(inner, [...path, key], faults);
};

/** A map that may hold these keys. */
export const map =
  (checks: Record<string, Check>, keys: readonly string[] = Object.keys(checks)): Check =>
  (value, path, faults) => {
    if (!isPlainMap(value)) return void faults.push({ path, message: "This is a map of keys and values." });
    for (const [key, inner] of Object.entries(value)) {
      if (!keys.includes(key)) faults.push({ path: [...path, key], message: `There is no such key here; there are: ${keys.join(", ")}.` });
      else (checks[key] ?? json)(inner, [...path, key], faults);
    }
  };

/** A map by names, each with a map of its own; nothing stands for an empty one. */
export const named =
  (check: Check): Check =>
  (value, path, faults) => {
    if (!isPlainMap(value)) return void faults.push({ path, message: "This is a map by names." });
    for (const [key, inner] of Object.entries(value)) {
      if (!NAME.test(key))
        faults.push({
          path: [...path, key],
          message: "A name is camelCase: it starts with a small letter and holds only letters and digits.",
        });
      else check(inner ?? {}, [...path, key], faults);
    }
  };

export const list =
  (check: Check): Check =>
  (value, path, faults) => {
    if (!Array.isArray(value)) return void faults.push({ path, message: "This is a list." });
    for (const [i, inner] of value.entries()) check(inner, [...path, i], faults);
  };
