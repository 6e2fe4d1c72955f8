/** What may not be said in a mail, and to whom no mail goes: refused where it is asked for, and once more where it is sent. */

import { globSync, readFileSync } from "node:fs";
import { Sealed } from "../../src/auth/sealed.ts";
import { oneLine } from "../../src/mail/headers.ts";
import { MailRefused, shown, toHtml, toText } from "../../src/mail/letter.ts";
import { renderMail } from "../../src/mail/render.ts";
import { sealValue } from "../../src/mail/sealedValue.ts";
import { templates } from "../../src/mail/templates/index.ts";
import { errorOf, useTestDatabase, withOwnerDb } from "../helpers/db.ts";

const database = useTestDatabase();
const sealed = new Sealed("only for tests, 0123456789abcdef");
const TOKEN = "Zm9yIHRlc3RzIGFsb25lLCBub3RoaW5nIHRvIHNlZQ";

const BREAKS = ["\r\n", "\n", "\r", "\u000b", "\u000c", "\u0085", "\u2028", "\u2029", "\u001b", "\u007f"];

const sendMail = (recipient: string, data: object) =>
  withOwnerDb(database.adminUrl, (db) =>
    errorOf(db, () => db.query("select private.send_mail('invitation', $1, $2)", [recipient, data])).then(
      (error) => error && { code: error.code, column: error.column },
    ),
  );

it.each(BREAKS)("cannot say %j in a mail, as it would begin a header (BAD_INPUT)", async (end) => {
  expect(await sendMail("mia@acme.test", { workspace: `Acme${end}Bcc: everybody@evil.test` })).toEqual({
    code: "INPUT",
    column: "workspace",
  });
  expect(() => oneLine("the subject", `Acme${end}Bcc: everybody@evil.test`)).toThrow(MailRefused);
});

it.each([
  "",
  "mia",
  "mia@",
  "@acme.test",
  "mia@acme.test, eve@evil.test",
  "mia@acme.test;eve@evil.test",
  "mia@acme.test eve@evil.test",
  "Mia <mia@acme.test>",
  '"mia eve@evil.test"@acme.test',
  "mia(eve@evil.test)@acme.test",
  "mia@acme.test\r\nBcc: eve@evil.test",
  "mia@acme.test\n",
  "mia@acme.test\u0000".replace("\u0000", "\u0001"),
  "mia@acme.test\u2028",
  "mia\u202e@acme.test",
  "mia@[192.0.2.1]",
  "mia\\@evil.test@acme.test",
  `${"m".repeat(65)}@acme.test`,
  `mia@${"a".repeat(260)}.test`,
])("cannot be sent to %j (BAD_INPUT)", async (recipient) => {
  expect(await sendMail(recipient, {})).toEqual({ code: "INPUT", column: "email" });
});

it.each(["mia@acme.test", "m.i+a@acme.test", "o'neil@acme.test", "müller@bücher.test", "用户@例子.test", "MIA@ACME.TEST"])(
  "can be sent to %s",
  async (recipient) => {
    expect(await sendMail(recipient, {})).toBeUndefined();
  },
);

it.each([{ token: TOKEN }, { code: "123456" }, { link: `https://acme.test/sign-in?loginToken=${TOKEN}` }, { token: null }])(
  "cannot hold the secret %j in the clear (INTERNAL_ERROR)",
  async (data) => {
    expect(await sendMail("mia@acme.test", data)).toMatchObject({ code: data.token === null ? "FAULT" : "FAULT" });
  },
);

const EVIL = `<img src=x onerror="alert('1')">&`;
const everything = {
  workspace: EVIL,
  inviter: EVIL,
  domain: EVIL,
  method: EVIL,
  address: EVIL,
  time: EVIL,
  device: EVIL,
  newAddress: EVIL,
  change: EVIL,
  kind: EVIL,
  left: EVIL,
  expiresInMinutes: EVIL,
};
const stored = (template: string, data: object) => ({
  template,
  recipient: "mia@acme.test",
  data: data as Record<string, unknown>,
  created_at: new Date(0),
});
const link = "https://acme.test/?a=1&b='2'";

describe.each(Object.keys(templates))("%s", (template) => {
  it("can escape all that it is told", () => {
    const { html } = renderMail(
      "1",
      stored(template, { ...everything, code: sealValue(sealed, EVIL), link: sealValue(sealed, link) }),
      sealed,
    );
    expect(html).not.toMatch(/<img|onerror="/);
    // Nothing but our own tags is left, and those are whole.
    expect(html.replace(/<\/?(?:html|head|meta|title|body|div|p|a)\b[^<>]*>|<!doctype html>/g, "")).not.toMatch(/[<>]/);
    if (html.includes("href")) expect(html).toContain('href="https://acme.test/?a=1&amp;b=&#39;2&#39;"');
  });

  it("can be written when it is told nothing", () => {
    const { subject, text, html } = renderMail("1", stored(template, {}), sealed);
    for (const part of [subject, text, html]) expect(part).not.toMatch(/undefined|null|NaN|\[object| {2}\S/);
    expect(subject.length).toBeGreaterThan(5);
  });

  it("can say the same as text and as HTML", () => {
    const letter = templates[template]!({ workspace: "Acme", inviter: "Olivia", link, code: "123456", expiresInMinutes: "60" });
    const words = toHtml(letter).replace(/<title>[\s\S]*?<\/title>|<[^>]*>/g, "");
    for (const line of [...letter.lines, ...(letter.notes ?? [])]) {
      expect(toText(letter)).toContain(line);
      expect(words).toContain(line);
    }
  });
});

it("can find every template that SQL names", () => {
  const root = new URL("../../", import.meta.url);
  const texts = globSync("db/**/*.sql", { cwd: root }).map((file) => readFileSync(new URL(file, root), "utf8"));
  const calls = texts.flatMap((text) => [...text.matchAll(/private\.send_mail\(\s*(case[\s\S]*?end|'\w+')/g)].map(([, first]) => first!));
  const named = calls.flatMap((first) => [...first.matchAll(/(?:^|then |else )'(\w+)'/g)].map(([, name]) => name!));
  expect(named.length).toBeGreaterThanOrEqual(calls.length);
  expect(named.filter((name) => !Object.hasOwn(templates, name))).toEqual([]);
});

it("can put a token into a link that SQL has put together", () => {
  const data = { link: "https://acme.test/reset?token={token}", token: sealValue(sealed, "a/b+c") };
  expect(renderMail("1", stored("password_reset", data), sealed).text).toContain("https://acme.test/reset?token=a%2Fb%2Bc");
});

it("cannot open what was sealed for something else", () => {
  const data = { link: { sealed: sealed.seal("totp", "https://acme.test").toString("base64") } };
  expect(() => renderMail("1", stored("magic_link", data), sealed)).toThrow();
});

it.each([
  ["Acme", "Acme"],
  ["Win at https://evil.test/x now", "Win at https: //evil. test/x now"],
  ["evil.test", "evil. test"],
  ["x".repeat(200), `${"x".repeat(80)}…`],
])("can show the name %j as %j, which no mail program makes a link", (name, expected) => {
  expect(shown(name)).toBe(expected);
});
