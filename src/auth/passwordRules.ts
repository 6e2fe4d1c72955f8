/**
 * Which passwords may be kept (NIST SP 800-63B §3.1.1.2): 8 to 128 characters of any
 * kind, and none that is guessed first. commonPasswords.txt are the 10,000 commonest
 * that are long enough, of the list in zxcvbn (MIT License, © 2012-2016 Dan Wheeler
 * and Dropbox, Inc.); nothing is asked of a server elsewhere.
 */
import { readFileSync } from "node:fs";
import { RelataError } from "../errors.ts";
import { normalized } from "./password.ts";

const [LEAST, MOST] = [8, 128];
const MAX_BYTES = 1024;
const KEYBOARD = ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];
const ROWS = KEYBOARD.flatMap((row) => [row, [...row].reverse().join("")]);

let common: Set<string> | undefined;
const isCommon = (password: string): boolean => {
  common ??= new Set(readFileSync(new URL("commonPasswords.txt", import.meta.url), "utf8").split("\n"));
  return common.has(password);
};

/** "aaaaaaaa", "abababab", "abcabcabc". */
const repeats = (text: string): boolean => /^(.{1,3})\1+.{0,2}$/su.test(text);
/** "12345678", "hgfedcba", "qwertyui": walks along a row, all but its first step. */
const isRow = (text: string): boolean => ROWS.some((row) => (row + row).includes(text));
/** What is left when digits and signs around a word are taken away. */
const wordOf = (text: string): string => text.replace(/^[\P{L}]+|[\P{L}]+$/gu, "");

/** The words that somebody with this address would be guessed by. */
const wordsOf = (email: string): string[] => {
  const [local = "", domain = ""] = email.toLowerCase().split("@");
  return [email.toLowerCase(), local, domain, domain.split(".")[0]!, "relata", ...local.split(/[._+-]/)].filter((word) => word.length > 3);
};

/** Nothing, when it may be the password of who has this address. PASSWORD_REFUSED, or BAD_INPUT when it is far too long. */
export function requireGoodPassword(password: string, email: string, field = "password"): void {
  const refuse = (message: string) => {
    throw new RelataError("PASSWORD_REFUSED", message, { field });
  };
  if (Buffer.byteLength(password) > MAX_BYTES)
    throw new RelataError("BAD_INPUT", `${field} is a text of up to ${MAX_BYTES} bytes.`, { field });
  const text = normalized(password);
  const length = [...text].length;
  if (length < LEAST) refuse(`A password has ${LEAST} characters or more.`);
  if (length > MOST) refuse(`A password has ${MOST} characters at most.`);
  const lower = text.toLowerCase();
  const isGuessed = isCommon(lower) || isCommon(text) || repeats(lower) || isRow(lower);
  if (isGuessed) refuse("This password is among those that are guessed first.");
  if (wordsOf(email).some((word) => lower === word || wordOf(lower) === wordOf(word)))
    refuse("This password is guessed from your address.");
}
