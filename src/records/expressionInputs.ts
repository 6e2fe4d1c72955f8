/** Where the API takes an expression: a text there becomes a tree, before the database reads it. */
import { MAX_DEPTH, parseExpression, refuse } from "./expressions.ts";

type Data = Record<string, unknown>;
const isData = (value: unknown): value is Data => typeof value === "object" && value !== null && !Array.isArray(value);

/** A tree from outside may be as deep as a request is long; JSON.stringify and PostgreSQL would give up on it. */
export function assertNotTooDeep(value: unknown, path: string): void {
  for (let level = [value], depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) refuse("That nests too deep.", path);
    level = level.flatMap((one) => (typeof one === "object" && one !== null ? Object.values(one) : []));
  }
}

const read = (value: unknown, path: string): unknown => (typeof value === "string" ? parseExpression(value, path) : value);

/** What was asked for of a field or a rule, with each expression that is a text as a tree. */
export function withParsedExpressions(data: unknown, path = "data"): unknown {
  assertNotTooDeep(data, path);
  if (!isData(data)) return data;
  const parsed: Data = { ...data };
  if ("expression" in data) parsed["expression"] = read(data["expression"], `${path}.expression`);
  if (isData(data["update"])) parsed["update"] = withParsedExpressions(data["update"], `${path}.update`);
  const { settings } = data;
  if (isData(settings)) {
    const { rollup } = settings;
    parsed["settings"] = {
      ...settings,
      ...("formula" in settings && { formula: read(settings["formula"], `${path}.settings.formula`) }),
      ...(isData(rollup) &&
        "filter" in rollup && { rollup: { ...rollup, filter: read(rollup["filter"], `${path}.settings.rollup.filter`) } }),
    };
  }
  return parsed;
}
