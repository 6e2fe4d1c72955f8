/** Telephone numbers: split as E.164 does, into a calling code and the digits behind it. */
import { getCountryCallingCode, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/max";
import { invalid, listOf } from "./invalid.ts";

type Phone = { number?: string | null | undefined; countryCode?: string | null | undefined; callingCode?: string | null | undefined };
type Phones = {
  primaryPhoneNumber?: string | null;
  primaryPhoneCountryCode?: string | null;
  primaryPhoneCallingCode?: string | null;
  additionalPhones?: unknown;
};

const trimmed = (text: string | null | undefined) => (text == null ? text : text.trim() || null);

function countryOf(code: string, path: string) {
  const country = code.toUpperCase();
  if (!isSupportedCountry(country)) throw invalid(path, "A country is two letters, such as FR.");
  return country;
}

function callingCodeOf(code: string, path: string): string {
  const [, digits] = /^\+?([1-9]\d{0,3})$/.exec(code) ?? [];
  if (!digits) throw invalid(path, "A calling code is a plus and up to four digits, such as +33.");
  return `+${digits}`;
}

/** The parts that were given, and those that follow from them. */
function normalisePhone(given: Phone, pathOf: (part: keyof Phone) => string): Phone {
  const number = trimmed(given.number);
  const countryText = trimmed(given.countryCode);
  const callingText = trimmed(given.callingCode);
  const country = countryText && countryOf(countryText, pathOf("countryCode"));
  const callingCode = callingText && callingCodeOf(callingText, pathOf("callingCode"));
  const ofCountry = country && `+${getCountryCallingCode(country)}`;
  if (callingCode && ofCountry && callingCode !== ofCountry) {
    throw invalid(pathOf("callingCode"), `The calling code of ${country} is ${ofCountry}.`);
  }
  const code = callingCode || ofCountry || callingCode;
  if (!number) return { number, countryCode: country, callingCode: code };
  if (!number.startsWith("+") && !code) {
    const digits = number.replace(/[\s().\-/]/g, "");
    if (!/^\d{1,17}$/.test(digits)) throw invalid(pathOf("number"), "This is a telephone number.");
    return { number: digits, countryCode: country, callingCode: code };
  }
  const phone = parsePhoneNumberFromString(number, country ? { defaultCountry: country } : { defaultCallingCode: code?.slice(1) ?? "1" });
  if (!phone?.isPossible() || phone.ext) throw invalid(pathOf("number"), "This is a telephone number.");
  if (code && code !== `+${phone.countryCallingCode}`) {
    throw invalid(pathOf(country ? "countryCode" : "callingCode"), `That number begins with +${phone.countryCallingCode}.`);
  }
  return { number: phone.nationalNumber, countryCode: country || (phone.country ?? country), callingCode: `+${phone.countryCallingCode}` };
}

function normaliseAdditional(given: unknown, path: string): Phone {
  const { number, countryCode, callingCode } = typeof given === "object" && given !== null ? (given as Record<string, unknown>) : {};
  for (const part of [number ?? "", countryCode ?? "", callingCode ?? ""]) {
    if (typeof part !== "string") throw invalid(path, "A phone is a number, a countryCode and a callingCode.");
  }
  const phone = normalisePhone({ number, countryCode, callingCode } as Phone, () => path);
  if (!phone.number) throw invalid(path, "A phone has a number.");
  return { number: phone.number, countryCode: phone.countryCode ?? null, callingCode: phone.callingCode ?? null };
}

export function normalisePhones(parts: Phones, path: string): Phones {
  const { primaryPhoneNumber, primaryPhoneCountryCode, primaryPhoneCallingCode } = parts;
  const primary = normalisePhone(
    { number: primaryPhoneNumber, countryCode: primaryPhoneCountryCode, callingCode: primaryPhoneCallingCode },
    (part) => `${path}.primaryPhone${part.charAt(0).toUpperCase()}${part.slice(1)}`,
  );
  const additional = listOf(parts.additionalPhones, `${path}.additionalPhones`);
  const result = {
    primaryPhoneNumber: primary.number,
    primaryPhoneCountryCode: primary.countryCode,
    primaryPhoneCallingCode: primary.callingCode,
    additionalPhones: additional?.map((one) => normaliseAdditional(one, `${path}.additionalPhones`)) ?? additional,
  };
  return Object.fromEntries(Object.entries(result).filter(([, value]) => value !== undefined)) as Phones;
}
