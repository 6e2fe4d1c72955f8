/** A moment as the API tells it, in microseconds. Texts have no order: PostgreSQL leaves out the zeros at their end. */
export const microsecondsOf = (text: string): number =>
  Date.parse(text.replace(/\.\d+/, "")) * 1000 + Number((/\.(\d+)/.exec(text)?.[1] ?? "").padEnd(6, "0"));
