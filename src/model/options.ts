/** The options of a SELECT: a model writes those that have nothing but a value as that. */
import { type KnownField, type Values, wordsOf } from "./model.ts";

/** Options as changes of the data model take them: whole, so that what is not said is as it comes. */
export function wholeOptions(options: unknown, known?: KnownField): Values[] {
  return (options as (string | Values)[]).map((option) => {
    const { renamedFrom, ...said } = typeof option === "string" ? { value: option, renamedFrom: undefined } : option;
    const value = String(said["value"]);
    const ids = known?.optionIds ?? {};
    const id = ids[value] ?? ids[renamedFrom as string];
    return { ...(id && { id }), label: wordsOf(value.toLowerCase()), color: "gray", ...said };
  });
}

/** Without ids, to compare by. */
export const comparable = (options: unknown): unknown => (Array.isArray(options) ? wholeOptions(options) : null);

export const inWords = (options: unknown): string =>
  Array.isArray(options)
    ? wholeOptions(options)
        .map(({ value }) => value)
        .join(", ")
    : "none";
