/** Batches as large as they may be with RELATA_ALL_CASES=1, and a tenth of it otherwise: every row is written as it was given. */
import { useApi } from "../helpers/server.ts";
import "../helpers/slow.ts";

const api = useApi();
const SIZE = process.env["RELATA_ALL_CASES"] ? 10_000 : 1000;

type Person = { id: string; email: string; city: string | null };
const MANY =
  "mutation ($data: [PersonCreateInput!]!, $upsert: Boolean) { made: createPeople(data: $data, upsert: $upsert) { id email city } }";
const person = (n: number) => ({
  email: `n${n}@large.example`,
  firstName: `First "${n}"`,
  // Every third row gives less than the others.
  ...(n % 3 && { city: `City ${n % 7}`, position: n }),
});
async function write(from: number, upsert = false): Promise<{ people: Person[]; created: string[] | undefined }> {
  const data = Array.from({ length: SIZE }, (_, n) => person(from + n));
  const answer = await api.graphql<{ made: Person[] }>(MANY, { data, upsert });
  expect(answer.errors).toBeUndefined();
  expect(answer.data!.made.map(({ email, city }) => [email, city])).toEqual(data.map(({ email, city }) => [email, city ?? null]));
  return { people: answer.data!.made, created: (answer as { extensions?: { created: string[] } }).extensions?.created };
}

it("can create as many as are allowed, and upsert as many, half of them there already", async () => {
  const first = await write(0);
  const second = await write(SIZE / 2, true);
  expect(second.people.slice(0, SIZE / 2).map(({ id }) => id)).toEqual(first.people.slice(SIZE / 2).map(({ id }) => id));
  expect(second.created).toEqual(second.people.slice(SIZE / 2).map(({ id }) => id));
  const [row] = await api.sql(
    `select count(*)::int as count, count(distinct id)::int as ids, count(*) filter (where position < 0)::int as defaults,
       count(*) filter (where first_name = format('First "%s"', substring(email from 2 for position('@' in email) - 2)))::int as named
     from person where email like '%@large.example'`,
  );
  const count = SIZE * 1.5;
  expect(row).toEqual({ count, ids: count, defaults: Math.ceil(count / 3), named: count });
});

it("can tell which of them is at fault, and writes none", async () => {
  const place = Math.floor(SIZE * 0.77);
  const data = Array.from({ length: SIZE }, (_, n) => ({
    email: `f${n}@large.example`,
    ...(n === place && { companyId: "00000000-0000-0000-0000-000000000000" }),
  }));
  for (const upsert of [false, true]) {
    const { errors } = await api.graphql(MANY, { data, upsert });
    expect(errors![0]!.extensions).toEqual({ code: "RELATED_NOT_FOUND", field: `data.${place}.companyId` });
  }
  const [row] = await api.sql("select count(*)::int as count from person where email like 'f%@large.example'");
  expect(row).toEqual({ count: 0 });
});
