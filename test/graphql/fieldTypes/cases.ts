/** What each field type takes, answers, finds, sorts and refuses, through GraphQL. */
type Case = {
  type: string;
  /** Beside the type, when the field is created. */
  spec?: object;
  /** What is read of it, when it has parts. */
  parts?: string;
  /** What is written, and what is then read. */
  writes: [given: unknown, kept: unknown][];
  /** What is read when null was written. */
  onNull?: unknown;
  /** Of the first of `writes`: what finds it, and what does not. */
  finds: object[];
  misses: object[];
  /** A key to sort by and two values, the lesser first. */
  order?: [key: (direction: string) => unknown, lesser: unknown, greater: unknown];
  /** A part that is written alone, over the first of `writes`, and what is then read. */
  partly?: [given: object, kept: object][];
  /** Defaults, and what a new record then has. */
  defaults?: [given: unknown, kept: unknown][];
  badDefaults: unknown[];
  /** What is refused; a path that is longer than the field's name is given by its end. */
  bad: [given: unknown, code: string, path?: string][];
};

const whole = (direction: string) => direction;
const by =
  (part: string) =>
  (direction: string): unknown => ({ [part]: direction });
const UUID = "0190a0b1-0000-7000-8000-000000000001";
const OPTIONS = [{ value: "LOW" }, { value: "HIGH" }, { value: "ALL" }];
const email = { primaryEmail: null, additionalEmails: null };
const phone = { primaryPhoneNumber: null, primaryPhoneCountryCode: null, primaryPhoneCallingCode: null, additionalPhones: null };
const link = { primaryLinkLabel: null, primaryLinkUrl: null, secondaryLinks: null };
const text = (words: string) => JSON.stringify([{ type: "paragraph", content: [{ type: "text", text: words, styles: {} }] }]);

export const CASES: Case[] = [
  {
    type: "UUID",
    writes: [[UUID, UUID]],
    finds: [{ eq: UUID }, { in: [UUID] }, { is: "NOT_NULL" }],
    misses: [{ neq: UUID }, { is: "NULL" }],
    order: [whole, "00000000-0000-0000-0000-000000000000", UUID],
    defaults: [
      ["uuid", expect.stringMatching(/-7/)],
      [UUID, UUID],
    ],
    badDefaults: ["x", 7, "authz.uuid_v7()", []],
    bad: [...[{}, [], true, 7, "x"].map((given): [unknown, string, string] => [given, "BAD_INPUT", ""])],
  },
  {
    type: "TEXT",
    spec: { settings: { displayedMaxRows: 5 } },
    writes: [
      ["Ann's %", "Ann's %"],
      ["", ""],
      ["漢字 😀", "漢字 😀"],
    ],
    finds: [{ eq: "Ann's %" }, { ilike: "ANN%" }, { startsWith: "Ann" }, { endsWith: "%" }, { in: ["Ann's %"] }],
    misses: [{ like: "ann%" }, { is: "NULL" }, { gt: "B" }],
    order: [whole, "a", "b"],
    defaults: [
      ["plain", "plain"],
      ["'quoted'", "quoted"],
      ["''", ""],
    ],
    badDefaults: [7, true, {}, [], "x".repeat(1001)],
    bad: [
      ...[{}, [], true, 7].map((given): [unknown, string, string] => [given, "BAD_INPUT", ""]),
      ["a\u0000b", "INVALID_TEXT", ""],
      ["x".repeat(1_048_577), "CHECK_FAILED", ""],
    ],
  },
  {
    type: "NUMBER",
    spec: { settings: { dataType: "float", decimals: 2, type: "percentage" } },
    writes: [
      [-1.1, -1.1],
      [0, 0],
      [1e300, 1e300],
    ],
    finds: [{ eq: -1.1 }, { lt: 0 }, { in: [-1.1] }],
    misses: [{ gte: 0 }, { is: "NULL" }],
    order: [whole, -5, 5],
    defaults: [[1.5, 1.5]],
    badDefaults: ["1.5", "many", true, [1], {}],
    bad: [...[{}, [], true, "1"].map((given): [unknown, string, string] => [given, "BAD_INPUT", ""])],
  },
  {
    type: "NUMBER",
    spec: { settings: { dataType: "bigint" } },
    writes: [["9007199254740993", "9007199254740993"]],
    finds: [{ eq: "9007199254740993" }, { gt: "9007199254740992" }],
    misses: [{ gt: "9007199254740993" }],
    order: [whole, "2", "10"],
    defaults: [
      ["9007199254740993", "9007199254740993"],
      [7, "7"],
    ],
    badDefaults: ["1.5", "9223372036854775808", "x"],
    bad: [
      ["9223372036854775808", "VALUE_OUT_OF_RANGE", ""],
      ["x", "INVALID_VALUE", ""],
    ],
  },
  {
    type: "NUMBER",
    spec: { settings: { dataType: "int" } },
    writes: [[7, 7]],
    finds: [{ eq: 7 }],
    misses: [{ neq: 7 }],
    order: [whole, 2, 10],
    defaults: [[3, 3]],
    badDefaults: [1.5, 2 ** 31, "3"],
    bad: [...[1.5, 2 ** 31, "7", true].map((given): [unknown, string, string] => [given, "BAD_INPUT", ""])],
  },
  {
    type: "NUMERIC",
    writes: [
      ["0.1000000000000000000001", "0.1000000000000000000001"],
      ["-1.1", "-1.1"],
    ],
    finds: [{ eq: "0.1000000000000000000001" }, { gt: "0.1" }],
    misses: [{ lte: "0.1" }],
    order: [whole, "2", "10"],
    defaults: [
      ["0.10", "0.10"],
      [1.5, "1.5"],
    ],
    badDefaults: ["ten", true, "NaN", "Infinity", []],
    bad: [
      ["ten", "INVALID_VALUE", ""],
      ["NaN", "INVALID_VALUE", ""],
      ["1e999999", "VALUE_OUT_OF_RANGE", ""],
      [{}, "INVALID_VALUE", ""],
    ],
  },
  {
    type: "BOOLEAN",
    writes: [
      [true, true],
      [false, false],
    ],
    finds: [{ eq: true }, { is: "NOT_NULL" }],
    misses: [{ eq: false }],
    order: [whole, false, true],
    defaults: [[false, false]],
    badDefaults: ["yes", "true", 1, []],
    bad: [...[{}, [], "true", 1].map((given): [unknown, string, string] => [given, "BAD_INPUT", ""])],
  },
  {
    type: "DATE",
    spec: { settings: { displayFormat: "RELATIVE" } },
    writes: [["2024-02-29", "2024-02-29"]],
    finds: [{ eq: "2024-02-29" }, { lt: "2024-03-01" }],
    misses: [{ gt: "2024-02-29" }],
    order: [whole, "1999-12-31", "2024-01-01"],
    defaults: [
      ["now", expect.stringMatching(/^\d{4}-\d\d-\d\d$/)],
      ["2024-01-01", "2024-01-01"],
    ],
    badDefaults: ["tomorrow", "2024-02-30", 7, "infinity"],
    bad: [
      ["tomorrow", "INVALID_DATE", ""],
      ["infinity", "INVALID_DATE", ""],
      ["", "INVALID_DATE", ""],
      ["2024-02-30", "DATE_OUT_OF_RANGE", ""],
      [{}, "INVALID_DATE", ""],
      [20240229, "INVALID_DATE", ""],
    ],
  },
  {
    type: "DATE_TIME",
    spec: { settings: { displayFormat: "USER_SETTINGS" } },
    writes: [
      ["2024-02-29T12:00:00.5Z", "2024-02-29T12:00:00.5Z"],
      ["2024-02-29", "2024-02-29T00:00:00Z"],
      ["2024-02-29 10:11:12", "2024-02-29T10:11:12Z"],
      ["2024-02-29T12:00:00+05:30", "2024-02-29T06:30:00Z"],
    ],
    finds: [{ eq: "2024-02-29T12:00:00.5Z" }, { gt: "2024-02-29" }],
    misses: [{ is: "NULL" }],
    order: [whole, "1999-12-31T00:00:00Z", "2024-01-01T00:00:00Z"],
    defaults: [["now", expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/)]],
    badDefaults: ["today", "now()", {}, 7],
    bad: [
      ["now", "INVALID_DATE", ""],
      ["2024-01-01T25:00:00Z", "DATE_OUT_OF_RANGE", ""],
      [[], "INVALID_DATE", ""],
      [true, "INVALID_DATE", ""],
    ],
  },
  {
    type: "SELECT",
    spec: { options: OPTIONS },
    writes: [["LOW", "LOW"]],
    finds: [{ eq: "LOW" }, { in: ["LOW"] }, { lt: "HIGH" }, { lte: "LOW" }],
    misses: [{ gt: "HIGH" }, { gte: "HIGH" }, { neq: "LOW" }],
    order: [whole, "HIGH", "ALL"],
    defaults: [
      ["HIGH", "HIGH"],
      ["'LOW'", "LOW"],
    ],
    badDefaults: ["NONE", "low", 7, ["LOW"]],
    bad: [...["NONE", "low", {}, [], true, 7].map((given): [unknown, string, string] => [given, "BAD_INPUT", ""])],
  },
  {
    type: "MULTI_SELECT",
    spec: { options: OPTIONS },
    writes: [
      [
        ["LOW", "ALL"],
        ["LOW", "ALL"],
      ],
      [["LOW", "LOW"], ["LOW"]],
      ["LOW", ["LOW"]],
      [[], []],
    ],
    onNull: [],
    finds: [{ containsAny: ["ALL", "HIGH"] }, { isEmptyArray: false }, { is: "NOT_NULL" }, { neq: "LOW" }],
    misses: [{ containsAny: ["HIGH"] }, { isEmptyArray: true }, { is: "NULL" }, { eq: "LOW" }, { in: ["LOW", "ALL"] }],
    defaults: [
      [["HIGH"], ["HIGH"]],
      [
        ["'HIGH'", "'LOW'"],
        ["HIGH", "LOW"],
      ],
    ],
    badDefaults: ["HIGH", ["NONE"], [7], {}],
    bad: [
      [["NONE"], "BAD_INPUT"],
      [[null], "CHECK_FAILED", ""],
      [[7], "BAD_INPUT"],
    ],
  },
  {
    type: "RATING",
    writes: [["RATING_3", "RATING_3"]],
    finds: [{ eq: "RATING_3" }, { gte: "RATING_3" }, { lt: "RATING_4" }],
    misses: [{ gt: "RATING_3" }],
    order: [whole, "RATING_1", "RATING_5"],
    defaults: [["RATING_5", "RATING_5"]],
    badDefaults: ["RATING_6", 5],
    bad: [...["RATING_6", 3].map((given): [unknown, string, string] => [given, "BAD_INPUT", ""])],
  },
  {
    type: "ARRAY",
    spec: { settings: { maxNumberOfValues: 3 } },
    writes: [
      [
        ["Red wine", 'say "hi", {x}\\'],
        ["Red wine", 'say "hi", {x}\\'],
      ],
      ["one", ["one"]],
      [[], []],
    ],
    onNull: [],
    finds: [{ containsIlike: "%WINE" }, { containsAny: ["Red wine"] }, { isEmptyArray: false }],
    misses: [{ containsIlike: "wine" }, { is: "NULL" }],
    defaults: [
      [
        ["a", "b"],
        ["a", "b"],
      ],
    ],
    badDefaults: ["a", [7], ["a", "b", "c", "d"], {}],
    bad: [
      [["a", "b", "c", "d"], "CHECK_FAILED", ""],
      [[null], "CHECK_FAILED", ""],
      [true, "BAD_INPUT"],
      [[7], "BAD_INPUT"],
    ],
  },
  {
    type: "RAW_JSON",
    writes: [
      [{ a: [1, { b: "C" }] }, { a: [1, { b: "C" }] }],
      ['{"a": 1}', { a: 1 }],
      [[1], [1]],
      [{}, null],
    ],
    finds: [{ like: '%"c"%' }, { containsJson: { a: [1] } }],
    misses: [{ like: "%d%" }, { containsJson: { a: [2] } }, { is: "NULL" }],
    defaults: [
      [{ a: 1 }, { a: 1 }],
      [["'x'"], ["'x'"]],
    ],
    badDefaults: ["x", 7, true],
    bad: [
      ["x", "INVALID_VALUE", ""],
      [7, "INVALID_VALUE", ""],
      [["a\u0000"], "INVALID_TEXT", ""],
    ],
  },
  {
    type: "FILES",
    spec: { settings: { maxNumberOfValues: 2 } },
    parts: "fileId label extension",
    writes: [[[{ fileId: UUID.toUpperCase(), label: "a.pdf" }], [{ fileId: UUID, label: "a.pdf", extension: null }]]],
    finds: [{ like: "%A.PDF%" }, { is: "NOT_NULL" }],
    misses: [{ like: "%b.pdf%" }],
    badDefaults: ["x", {}, [{ fileId: "x", label: "y" }]],
    bad: [
      [[{ fileId: "x", label: "y" }], "BAD_INPUT"],
      [[{ label: "y" }], "BAD_INPUT"],
      [Array.from({ length: 3 }, () => ({ fileId: UUID, label: "a" })), "CHECK_FAILED", ""],
    ],
  },
  {
    type: "FULL_NAME",
    parts: "firstName lastName",
    writes: [
      [
        { firstName: "Ann", lastName: "Lee" },
        { firstName: "Ann", lastName: "Lee" },
      ],
      [{ firstName: "Ann" }, { firstName: "Ann", lastName: null }],
    ],
    onNull: { firstName: null, lastName: null },
    finds: [{ firstName: { eq: "Ann" } }, { firstName: { ilike: "a%" }, lastName: { is: "NOT_NULL" } }],
    misses: [{ firstName: { eq: "Ann" }, lastName: { eq: "Ann" } }],
    order: [by("lastName"), { lastName: "A" }, { lastName: "B" }],
    partly: [[{ lastName: "Ray" }, { firstName: "Ann", lastName: "Ray" }]],
    defaults: [
      [{ firstName: "No" }, { firstName: "No", lastName: null }],
      [
        { firstName: "'No'", lastName: "''" },
        { firstName: "No", lastName: "" },
      ],
    ],
    badDefaults: ["Ann", { first: "Ann" }, { firstName: 7 }, []],
    bad: [
      ["Ann", "BAD_INPUT", ""],
      [{ firstName: 7 }, "BAD_INPUT", ".firstName"],
      [{ middleName: "X" }, "BAD_INPUT"],
      [{ lastName: "x".repeat(10_001) }, "CHECK_FAILED", ".lastName"],
      [{ lastName: "a\u0000" }, "INVALID_TEXT", ".lastName"],
    ],
  },
  {
    type: "EMAILS",
    spec: { settings: { maxNumberOfValues: 3 } },
    parts: "primaryEmail additionalEmails",
    writes: [
      [
        { primaryEmail: " Ann@Acme.TEST ", additionalEmails: ["B@b.test", "b@B.test"] },
        { primaryEmail: "ann@acme.test", additionalEmails: ["b@b.test"] },
      ],
      [{ primaryEmail: "x@münchen.test" }, { ...email, primaryEmail: "x@xn--mnchen-3ya.test" }],
      [
        { primaryEmail: "", additionalEmails: [] },
        { ...email, additionalEmails: [] },
      ],
    ],
    onNull: email,
    finds: [{ primaryEmail: { eq: "ann@acme.test" } }, { additionalEmails: { like: "%B@B.test%" } }, { primaryEmail: { is: "NOT_NULL" } }],
    misses: [{ primaryEmail: { eq: "Ann@Acme.TEST" } }, { additionalEmails: { is: "NULL" } }],
    order: [by("primaryEmail"), { primaryEmail: "a@a.test" }, { primaryEmail: "b@a.test" }],
    partly: [
      [{ additionalEmails: null }, { primaryEmail: "ann@acme.test", additionalEmails: null }],
      [{ primaryEmail: "c@c.test" }, { primaryEmail: "c@c.test", additionalEmails: ["b@b.test"] }],
    ],
    defaults: [[{ primaryEmail: "info@acme.test" }, { ...email, primaryEmail: "info@acme.test" }]],
    badDefaults: ["a@b.c", { primaryEmail: "A@b.c" }, { primaryEmail: "x" }, { additionalEmails: "x" }],
    bad: [
      [{ primaryEmail: "x" }, "INVALID_VALUE", ".primaryEmail"],
      [{ primaryEmail: "a b@c.d" }, "INVALID_VALUE", ".primaryEmail"],
      [{ additionalEmails: ["x"] }, "INVALID_VALUE", ".additionalEmails"],
      [{ additionalEmails: { a: 1 } }, "INVALID_VALUE", ".additionalEmails"],
      [{ additionalEmails: ["a@a.a", "b@b.b", "c@c.c"] }, "CHECK_FAILED", ".additionalEmails"],
      ["a@b.c", "BAD_INPUT", ""],
    ],
  },
  {
    type: "PHONES",
    parts: "primaryPhoneNumber primaryPhoneCountryCode primaryPhoneCallingCode additionalPhones",
    writes: [
      [
        { primaryPhoneNumber: "+33 6 12 34 56 78", additionalPhones: [{ number: "+49 30 123456" }] },
        {
          primaryPhoneNumber: "612345678",
          primaryPhoneCountryCode: "FR",
          primaryPhoneCallingCode: "+33",
          additionalPhones: [{ number: "30123456", countryCode: "DE", callingCode: "+49" }],
        },
      ],
      [
        { primaryPhoneNumber: "06 12 34 56 78", primaryPhoneCountryCode: "fr" },
        { ...phone, primaryPhoneNumber: "612345678", primaryPhoneCountryCode: "FR", primaryPhoneCallingCode: "+33" },
      ],
      [
        { primaryPhoneNumber: "(202) 555-0100", primaryPhoneCallingCode: "1" },
        { ...phone, primaryPhoneNumber: "2025550100", primaryPhoneCountryCode: "US", primaryPhoneCallingCode: "+1" },
      ],
    ],
    onNull: phone,
    finds: [
      { primaryPhoneCountryCode: { like: "FR" } },
      { primaryPhoneNumber: { startsWith: "6123" } },
      { additionalPhones: { like: "%DE%" } },
    ],
    misses: [{ primaryPhoneCallingCode: { eq: "33" } }],
    order: [by("primaryPhoneNumber"), { primaryPhoneNumber: "+33612345678" }, { primaryPhoneNumber: "+33712345678" }],
    partly: [
      [
        { primaryPhoneNumber: "+12025550100" },
        expect.objectContaining({
          primaryPhoneNumber: "2025550100",
          primaryPhoneCountryCode: "US",
          primaryPhoneCallingCode: "+1",
        }) as object,
      ],
      [
        { additionalPhones: [] },
        { primaryPhoneNumber: "612345678", primaryPhoneCountryCode: "FR", primaryPhoneCallingCode: "+33", additionalPhones: [] },
      ],
    ],
    defaults: [
      [
        { primaryPhoneCountryCode: "FR", primaryPhoneCallingCode: "+33" },
        { ...phone, primaryPhoneCountryCode: "FR", primaryPhoneCallingCode: "+33" },
      ],
    ],
    badDefaults: ["+33612345678", { primaryPhoneNumber: "+33" }, { primaryPhoneCountryCode: "fr" }],
    bad: [
      [{ primaryPhoneNumber: "abc" }, "INVALID_VALUE", ".primaryPhoneNumber"],
      [{ primaryPhoneNumber: "+33 1" }, "INVALID_VALUE", ".primaryPhoneNumber"],
      [{ primaryPhoneCountryCode: "XX" }, "INVALID_VALUE", ".primaryPhoneCountryCode"],
      [{ primaryPhoneCountryCode: "FR", primaryPhoneCallingCode: "+1" }, "INVALID_VALUE", ".primaryPhoneCallingCode"],
      [{ primaryPhoneNumber: "+33612345678", primaryPhoneCallingCode: "+1" }, "INVALID_VALUE", ".primaryPhoneCallingCode"],
      [{ additionalPhones: [{ number: "abc" }] }, "INVALID_VALUE", ".additionalPhones"],
      [{ additionalPhones: ["+33612345678"] }, "INVALID_VALUE", ".additionalPhones"],
    ],
  },
  {
    type: "LINKS",
    spec: { settings: { maxNumberOfValues: 2 } },
    parts: "primaryLinkLabel primaryLinkUrl secondaryLinks",
    writes: [
      [
        { primaryLinkLabel: "Acme", primaryLinkUrl: "HTTPS://Acme.TEST/Shop/", secondaryLinks: [{ label: "B", url: "b.test/" }] },
        { primaryLinkLabel: "Acme", primaryLinkUrl: "https://acme.test/Shop", secondaryLinks: [{ label: "B", url: "https://b.test" }] },
      ],
      [{ primaryLinkUrl: "acme.test:8080/?q=/" }, { ...link, primaryLinkUrl: "https://acme.test:8080?q=/" }],
      [{ primaryLinkUrl: "" }, link],
    ],
    onNull: link,
    finds: [
      { primaryLinkUrl: { eq: "https://acme.test/Shop" } },
      { secondaryLinks: { like: "%B.test%" } },
      { primaryLinkLabel: { ilike: "acme" } },
    ],
    misses: [{ primaryLinkUrl: { endsWith: "/" } }],
    order: [by("primaryLinkUrl"), { primaryLinkUrl: "a.test" }, { primaryLinkUrl: "b.test" }],
    partly: [
      [
        { primaryLinkUrl: "c.test" },
        { primaryLinkLabel: "Acme", primaryLinkUrl: "https://c.test", secondaryLinks: [{ label: "B", url: "https://b.test" }] },
      ],
    ],
    defaults: [[{ primaryLinkUrl: "'https://acme.test'" }, { ...link, primaryLinkUrl: "https://acme.test" }]],
    badDefaults: ["https://acme.test", { primaryLinkUrl: "acme.test" }, { primaryLinkUrl: "javascript:alert(1)" }],
    bad: [
      [{ primaryLinkUrl: "javascript:alert(1)" }, "INVALID_VALUE", ".primaryLinkUrl"],
      [{ primaryLinkUrl: "not a link" }, "INVALID_VALUE", ".primaryLinkUrl"],
      [{ secondaryLinks: [{ label: "x" }] }, "INVALID_VALUE", ".secondaryLinks"],
      [{ secondaryLinks: [{ url: "a.test" }, { url: "b.test" }] }, "CHECK_FAILED", ".secondaryLinks"],
    ],
  },
  {
    type: "ADDRESS",
    spec: { settings: { subFields: ["addressCity"] } },
    parts: "addressStreet1 addressCity addressCountry addressLat addressLng",
    writes: [
      [
        { addressStreet1: "1 Rue A", addressCity: "Paris", addressLat: "48.85" },
        { addressStreet1: "1 Rue A", addressCity: "Paris", addressCountry: null, addressLat: "48.85", addressLng: null },
      ],
    ],
    onNull: { addressStreet1: null, addressCity: null, addressCountry: null, addressLat: null, addressLng: null },
    finds: [{ addressCity: { eq: "Paris" } }, { addressLat: { gt: "48" } }],
    misses: [{ addressCity: { eq: "Rome" } }],
    order: [by("addressLat"), { addressLat: "9" }, { addressLat: "10" }],
    partly: [
      [
        { addressCity: "Lyon" },
        { addressStreet1: "1 Rue A", addressCity: "Lyon", addressCountry: null, addressLat: "48.85", addressLng: null },
      ],
    ],
    defaults: [[{ addressCountry: "France" }, expect.objectContaining({ addressCountry: "France", addressCity: null })]],
    badDefaults: ["Paris", { city: "Paris" }, { addressLat: 91 }],
    bad: [
      ["Paris", "BAD_INPUT", ""],
      [{ addressLat: "north" }, "INVALID_VALUE", ".addressLat"],
      [{ addressLat: "91" }, "CHECK_FAILED", ".addressLat"],
    ],
  },
  {
    type: "CURRENCY",
    spec: { settings: { format: "short", decimals: 2 } },
    parts: "amountMicros currencyCode",
    writes: [
      [
        { amountMicros: "1500000", currencyCode: "eur" },
        { amountMicros: "1500000", currencyCode: "EUR" },
      ],
      [{ amountMicros: 2_000_000 }, { amountMicros: "2000000", currencyCode: null }],
    ],
    onNull: { amountMicros: null, currencyCode: null },
    finds: [{ amountMicros: { gte: "1" }, currencyCode: { eq: "EUR" } }, { currencyCode: { in: ["EUR", "USD"] } }],
    misses: [{ amountMicros: { gte: "1" }, currencyCode: { eq: "USD" } }],
    order: [by("amountMicros"), { amountMicros: "9" }, { amountMicros: "10" }],
    partly: [[{ currencyCode: "USD" }, { amountMicros: "1500000", currencyCode: "USD" }]],
    defaults: [
      [
        { amountMicros: 0, currencyCode: "'USD'" },
        { amountMicros: "0", currencyCode: "USD" },
      ],
    ],
    badDefaults: [5, { amountMicros: "many" }, { currencyCode: "usd" }, { amountMicros: "NaN" }],
    bad: [
      [{ amountMicros: "many" }, "INVALID_VALUE", ".amountMicros"],
      [{ currencyCode: "EURO" }, "INVALID_VALUE", ".currencyCode"],
    ],
  },
  {
    type: "RICH_TEXT",
    parts: "markdown blocknote",
    writes: [
      [{ markdown: "Hello" }, { markdown: "Hello", blocknote: text("Hello") }],
      [{ blocknote: text("Hi") }, { markdown: "Hi", blocknote: text("Hi") }],
    ],
    onNull: { markdown: null, blocknote: null },
    finds: [{ markdown: { ilike: "hello" } }, { blocknote: { ilike: "%paragraph%" } }],
    misses: [{ markdown: { ilike: "bye" } }],
    order: [by("markdown"), { markdown: "a" }, { markdown: "b" }],
    partly: [
      [{ markdown: "*Bye*" }, { markdown: "*Bye*", blocknote: expect.stringContaining('"italic":true') }],
      [{ blocknote: text("Bye") }, { markdown: "Bye", blocknote: text("Bye") }],
    ],
    defaults: [[{ markdown: "New" }, { markdown: "New", blocknote: null }]],
    badDefaults: ["New", { html: "x" }],
    bad: [
      [{ blocknote: "not JSON" }, "INVALID_VALUE", ".blocknote"],
      [{ blocknote: "{}" }, "INVALID_VALUE", ".blocknote"],
    ],
  },
];
