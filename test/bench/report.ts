/** What a scenario found: tables for people (Markdown) and machines (JSON), and the bars it was held to. */

type Cell = string | number;
export type Row = Record<string, Cell>;
/** `columns` as `key|title|digits; …`: without digits a column is text. */
export type Table = { title: string; columns: string; rows: Row[]; note?: string };
export type Bar = { what: string; bar: string; value: number; unit: string; isMet: boolean };
export type Report = { scenario: string; tables: Table[]; bars: Bar[] };

/** How a run is to be: shorter for a try, or with other sizes than the issue's. */
export type Options = { isQuick: boolean; withPeers?: boolean; rounds?: number; seconds?: number; count?: number; stages?: number[] };

const show = (cell: Cell | undefined, digits = 0): string =>
  cell === undefined ? "" : typeof cell === "number" ? (Number.isFinite(cell) ? cell.toFixed(digits) : "–") : cell;

const line = (cells: string[]) => `| ${cells.join(" | ")} |`;

function tableToMarkdown({ title, columns: texts, rows, note }: Table): string {
  const columns = texts.split("; ").map((text) => text.split("|") as [key: string, name: string, digits?: string]);
  const head = [line(columns.map(([, name]) => name)), line(columns.map(([, , digits]) => (digits ? "--:" : "---")))];
  const body = rows.map((row) => line(columns.map(([key, , digits]) => show(row[key], Number(digits ?? 0)))));
  return [`### ${title}`, "", ...head, ...body, ...(note ? ["", note] : [])].join("\n");
}

const barsTable = (bars: Bar[]): Table => ({
  title: "Bars",
  columns: "what|what; bar|bar; value|measured|2; unit|unit; met|met",
  rows: bars.map(({ what, bar, value, unit, isMet }) => ({ what, bar, value, unit, met: isMet ? "yes" : "**no**" })),
});

export const toMarkdown = ({ scenario, tables, bars }: Report): string =>
  [`## ${scenario}`, ...[...tables, ...(bars.length ? [barsTable(bars)] : [])].map(tableToMarkdown)].join("\n\n");

export const atMost = (what: string, value: number, limit: number, unit: string): Bar => ({
  what,
  bar: `< ${limit}`,
  value,
  unit,
  isMet: value < limit,
});

export const atLeast = (what: string, value: number, limit: number, unit: string): Bar => ({
  what,
  bar: `≥ ${limit}`,
  value,
  unit,
  isMet: value >= limit,
});

/** The value below which `share` of the values lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** How long something took, over all times that it was done; for the columns of TIMES. */
export const times = (what: string, values: readonly number[]): Row => ({
  what,
  p50: median(values),
  p95: percentile(values, 0.95),
  max: Math.max(...values),
});
export const TIMES = "what|what; p50|median ms|1; p95|p95 ms|1; max|max ms|1";

/** Says how far a run is, beside its results. */
export const progress = (text: string): void => void process.stderr.write(`${text}\n`);
