/** Samples to filter: with lists, JSON and composites besides their fields, joined to companies and people. */
import type { Api } from "../helpers/server.ts";
import { makeSamples } from "./samples.ts";

export const CHOICES = ["LOW", "MEDIUM", "HIGH", "ALL"];
const WORDS = ["red", "Green", "blu%", "", "ä"];

/** Creates samples (samples.ts), the rest of their fields, and whom they are joined to; some of all are deleted. */
export async function makeFilteredSamples(api: Api, count: number, random: (below: number) => number): Promise<void> {
  await makeSamples(api, count);
  const FIND = "{ objects(first: 100) { nodes { id nameSingular } } }";
  const { data } = await api.metadata<{ objects: { nodes: { id: string; nameSingular: string }[] } }>(FIND);
  const idOf = (name: string) => data!.objects.nodes.find(({ nameSingular }) => nameSingular === name)!.id;
  const options = CHOICES.map((value) => ({ value }));
  for (const field of [
    { name: "tags", type: "MULTI_SELECT", options },
    { name: "words", type: "ARRAY" },
    { name: "details", type: "RAW_JSON" },
    { name: "emails", type: "EMAILS" },
    { name: "amount", type: "CURRENCY" },
    { name: "people", type: "RELATION", relation: { type: "MANY_TO_MANY", targetObjectId: idOf("person"), targetFieldName: "samples" } },
  ]) {
    const CREATE = "mutation ($data: CreateFieldInput!) { createOneField(data: $data) { id } }";
    const { errors } = await api.metadata(CREATE, { data: { objectId: idOf("sample"), ...field } });
    if (errors) throw new Error(JSON.stringify({ field, errors }));
  }
  const some = <T>(list: readonly T[]): T[] => list.filter(() => random(3) === 0);
  const maybe = <T>(value: T): T | null => (random(4) === 0 ? null : value);
  const ids = await api.sql<{ id: string }>("select id from sample order by id");
  const rows = ids.map(({ id }) => ({
    id,
    tags: maybe(some(CHOICES)),
    words: maybe(some(WORDS)),
    details: maybe({ a: random(3), b: some(WORDS) }),
    email: maybe(`${["ann", "bob"][random(2)]}${random(20)}@a.test`),
    micros: maybe(random(4) * 1_000_000),
    currency: maybe(["EUR", "USD"][random(2)]),
    deleted: random(8) === 0 ? "2026-01-01" : null,
  }));
  await api.sql(
    `update sample s set tags = r.tags, words = r.words, details = r.details, emails_primary_email = r.email,
       amount_amount_micros = r.micros, amount_currency_code = r.currency, deleted_at = r.deleted
     from jsonb_to_recordset($1) as r
       (id uuid, tags text[], words text[], details jsonb, email text, micros numeric, currency text, deleted timestamptz)
     where s.id = r.id`,
    [JSON.stringify(rows)],
  );
  await api.sql(`insert into sample_person (sample_id, person_id, deleted_at)
    select s.id, p.id, case when hashtext(s.id::text || p.n) % 7 = 0 then now() end
    from sample s, (select id, row_number() over (order by id) as n from person order by id limit 6) p where hashtext(p.n || s.id::text) % 4 = 0`);
  await api.sql("update person set deleted_at = now() where id = (select id from person order by id limit 1)");
  await api.sql(
    "update company set deleted_at = now() where id = (select company_id from sample where company_id is not null order by id limit 1)",
  );
  // As autovacuum would: plans of nested lists go wrong without it.
  await api.sql("analyze");
}
