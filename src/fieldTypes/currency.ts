/** Amounts of money: the currency is a code of ISO 4217. */
import { invalid } from "./invalid.ts";
import { normaliseNumeric } from "./numbers.ts";

type Currency = { amountMicros?: string | null; currencyCode?: string | null };

export function normaliseCurrency(parts: Currency, path: string): Currency {
  normaliseNumeric(parts.amountMicros, `${path}.amountMicros`);
  if (parts.currencyCode == null) return parts;
  const currencyCode = parts.currencyCode.trim().toUpperCase() || null;
  if (currencyCode && !/^[A-Z]{3}$/.test(currencyCode)) throw invalid(`${path}.currencyCode`, "A currency is three letters, such as EUR.");
  return { ...parts, currencyCode };
}
