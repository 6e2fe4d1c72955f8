-- Under row security PostgreSQL asks an index only by operators that it knows to tell nobody
-- what a hidden row holds. Of those below it has not been told, though none of them fails
-- or speaks by what it is given; without this, search and pages by NUMERIC read whole tables
-- (docs/decisions/0009). Run by src/migrate.ts as the administrator, after the migrations,
-- at each start, as a dump does not hold it. Who is no superuser goes without.

do $$
declare
  _function regprocedure;
begin
  for _function in
    select p.oid::regprocedure
    from unnest(array[
      'pg_catalog.numeric_eq(numeric,numeric)', 'pg_catalog.numeric_ne(numeric,numeric)', 'pg_catalog.numeric_lt(numeric,numeric)',
      'pg_catalog.numeric_le(numeric,numeric)', 'pg_catalog.numeric_gt(numeric,numeric)', 'pg_catalog.numeric_ge(numeric,numeric)',
      'pg_catalog.lower(text)', 'pg_catalog.ts_match_vq(tsvector,tsquery)', 'pg_catalog.arrayoverlap(anyarray,anyarray)', 'pg_catalog.jsonb_contains(jsonb,jsonb)',
      'extensions.word_similarity_commutator_op(text,text)', 'authz.search_text(text[])']) f (name)
    join pg_proc p on p.oid = to_regprocedure(f.name)
    where not p.proleakproof
  loop
    execute format('alter function %s leakproof', _function);
  end loop;
exception when insufficient_privilege then
  null;
end
$$;
