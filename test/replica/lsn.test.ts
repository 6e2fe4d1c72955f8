/** What is done with an address in PostgreSQL's log. */
import { lsnOf } from "../../src/replica.ts";

it.each([
  ["0/0", 0n],
  ["0/3000060", 0x3000060n],
  ["1/0000A128", 0x10000a128n],
  ["16/B374D848", 0x16b374d848n],
])("can read %s", (text, lsn) => {
  expect(lsnOf(text)).toBe(lsn);
});

it.each(["0/3002018", "0/3002000", "0/3002028"])(
  "can tell that nothing is written between a page's start and %s, behind its head",
  (text) => {
    expect(lsnOf(text)).toBe(0x3002000n);
  },
);
