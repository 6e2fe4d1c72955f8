/** Where somebody goes after signing in is a path of the application, whatever he was sent with (RELIABILITY, matrix D, row 68). */
import { pathOf } from "../../../src/auth/sso/state.ts";

const HOME = "https://app.test";
const HOSTS = [
  "evil.test",
  "evil.test:443",
  "app.test@evil.test",
  "app.test.evil.test",
  "xn--80ak6aa92e.test",
  "[::1]",
  "127.0.0.1",
  "2130706433",
  "globex.app.test",
  "evil。test",
];
const BEGINNINGS = [
  "//",
  "///",
  "////",
  "/\\",
  "\\\\",
  "\\/",
  "/\t/",
  "/\n/",
  "/\r/",
  "\t//",
  " //",
  "/ /",
  "http:",
  "http:/",
  "http://",
  "https://",
  "HTTPS://",
  "//\\",
  "/.//",
  "/..//",
  "/a/..//",
  "/./..//",
  "/%2e%2e//",
  "/\u0000/",
  "/\u200b/",
  "/\u3000/",
  "ftp://",
  "\u0001//",
];
const SCRIPTS = [
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  "java\tscript:alert(1)",
  "data:text/html,x",
  "vbscript:x",
  "blob:https://app.test/x",
  "file:///etc/passwd",
  "about:blank",
  "",
  " ",
  "?a=b",
  "#x",
  "companies",
  ".",
  "..",
];

const hostile = [
  ...HOSTS.flatMap((host) => BEGINNINGS.map((beginning) => beginning + host)),
  ...SCRIPTS,
  ...SCRIPTS.map((one) => ` ${one}`),
];

it("has 300 of them", () => expect(hostile.length).toBeGreaterThanOrEqual(300));

it("cannot be led out of the application", () => {
  const out = hostile.filter((value) => {
    const path = pathOf(value);
    // As a browser would go there, also when a frontend puts it behind its own address by hand.
    return path !== undefined && [new URL(path, HOME), new URL(HOME + path)].some(({ origin }) => origin !== HOME);
  });
  expect(out).toEqual([]);
  expect(hostile.map(pathOf).filter((path) => path !== undefined)).toEqual([]);
});

it.each([undefined, null, 7, ["/a"], { a: 1 }, "/".repeat(2000), `/${"a".repeat(1024)}`])("cannot be %p", (value) => {
  expect(pathOf(value)).toBeUndefined();
});

it.each(["/", "/companies", "/companies/1?tab=a&b=//x", "/people#https://x", "/a@b.test", "/a:b", "/%2F%2Fevil.test"])(
  "can be %s",
  (path) => {
    expect(pathOf(path)).toBe(path);
  },
);
