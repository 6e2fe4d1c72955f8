/**
 * GraphQL's own errors quote what they do not understand: a password given as a list, a
 * token in a document cut short. Clients log errors, so the value is left out; where it
 * stands, the path and the position say.
 */
const QUOTES: readonly [RegExp, string][] = [
  [/^(Variable "\$\w+" got invalid value) [\s\S]*( at "[\w.[\]]+"); /, "$1$2; "],
  [/^(Variable "\$\w+" got invalid value) [\s\S]*?; (?=[A-Z])/, "$1; "],
  [/((?:cannot|can't) represent [\w\s-]+): [\s\S]*$/, "$1."],
  [/^(Expected value of type "[^"]+", found) [\s\S]*$/, "$1 something else."],
  [/\b((?:Block)?String) "[\s\S]*"/, "$1"],
];

export const unquoted = (message: string): string => QUOTES.reduce((text, [quote, rest]) => text.replace(quote, rest), message);
