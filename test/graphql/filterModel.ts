/**
 * Random filters of samples, and beside each what it means, as a WHERE written here:
 * a second author of the same conditions, who knows nothing of how the API makes its own.
 */
import { type Condition, type Kind, makeLeaves } from "./filterLeaves.ts";

/** Makes random filters of samples (filterSamples.ts). */
export function makeFilters(random: (below: number) => number): { next: () => { filter: object; sql: string } } {
  const { pick, deleted, leafOf } = makeLeaves(random);
  let aliases = 0;
  /** A list's records as a FROM and a WHERE over `many`. */
  type List = { name: string; of: Kind; rows: (alias: string, many: string) => string };
  const living = (many: string) => `${many}.deleted_at is null`;
  const LISTS: Record<Kind, List[]> = {
    sample: [
      {
        name: "people",
        of: "person",
        rows: (alias, many) =>
          `sample_person pair join person ${many} on ${many}.id = pair.person_id where pair.sample_id = ${alias}.id and pair.deleted_at is null and ${living(many)}`,
      },
    ],
    company: [
      { name: "samples", of: "sample", rows: (alias, many) => `sample ${many} where ${many}.company_id = ${alias}.id and ${living(many)}` },
      {
        name: "contacts",
        of: "person",
        rows: (alias, many) => `person ${many} where ${many}.company_id = ${alias}.id and ${living(many)}`,
      },
    ],
    person: [
      {
        name: "samples",
        of: "sample",
        rows: (alias, many) =>
          `sample_person pair join sample ${many} on ${many}.id = pair.sample_id where pair.person_id = ${alias}.id and pair.deleted_at is null and ${living(many)}`,
      },
    ],
  };
  const list = (of: Kind, depth: number): Condition => {
    const { name, of: other, rows } = pick(LISTS[of]);
    const [quantifier, condition, many] = [pick(["some", "every", "none"]), any(other, depth + 1), `m${aliases++}`];
    return (alias) => {
      const { filter, sql } = condition(many);
      const held =
        quantifier === "every"
          ? `count(*) filter (where (${sql}) is not true) = 0`
          : `count(*) filter (where ${sql}) ${quantifier === "some" ? ">" : "="} 0`;
      return { filter: { [name]: { [quantifier]: filter } }, sql: `(select ${held} from ${rows(alias, many)})` };
    };
  };
  const one = (depth: number): Condition => {
    const [condition, company] = [any("company", depth + 1), `o${aliases++}`];
    return (alias) => {
      const { filter, sql } = condition(company);
      const ids = `select ${company}.id from company ${company} where ${living(company)} and (${sql})`;
      return { filter: { company: filter }, sql: `coalesce(${alias}.company_id in (${ids}), false)` };
    };
  };
  const logic = (of: Kind, depth: number): Condition => {
    const parts = Array.from({ length: random(4) }, () => any(of, depth + 1));
    const name = pick(["and", "or", "not"] as const);
    const inner = any(of, depth + 1);
    return (alias) => {
      if (name === "not") {
        const { filter, sql } = inner(alias);
        return { filter: { not: filter }, sql: `not (${sql})` };
      }
      const all = parts.map((part) => part(alias));
      const joined = all.map(({ sql }) => `(${sql})`).join(` ${name} `);
      return { filter: { [name]: all.map(({ filter }) => filter) }, sql: joined || String(name === "and") };
    };
  };
  function any(of: Kind, depth: number): Condition {
    const turn = depth > 4 ? 9 : random(10);
    if (turn < 3) return logic(of, depth);
    if (turn === 3) return list(of, depth);
    if (turn === 4 && of !== "company") return of === "sample" ? one(depth) : list(of, depth);
    return leafOf(of);
  }
  const next = () => {
    const { filter, sql } = any("sample", 0)("s");
    // A filter that speaks of deletion sees the deleted, too.
    if (random(8) > 0) return { filter, sql: `s.deleted_at is null and (${sql})` };
    const more = deleted()("s");
    return { filter: { or: [filter, more.filter] }, sql: `(${sql}) or (${more.sql})` };
  };
  return { next };
}
