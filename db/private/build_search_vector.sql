-- What search looks through: a vector of words for those that are typed right, and
-- trigrams of the beginning for those that are not.

create or replace function private.search_columns(_object core.objects)
returns table (column_name text, sql text)
language plpgsql stable
as $$
begin
  return query
  select p.column_name::text, case when f.settings ? 'formula' then private.generating_sql(f) else format('%I', p.column_name) end
  from unnest(_object.search_fields) with ordinality s (name, n)
  join core.fields f on f.object_id = _object.id and f.name = s.name
  cross join private.field_parts(f) with ordinality
    p (column_name, path, part, type, is_required, is_unique, spec, n)
  where (p.spec ->> 'isSearched')::boolean
  order by s.n, p.n;
end
$$;

comment on function private.search_columns(core.objects) is
  'The columns that an object is found by, and their SQL for a generated column.';

create or replace function private.searched_tag(_object core.objects) returns text
language sql stable
return (select '@searched ' || string_agg(c.column_name, ' ') from private.search_columns(_object) c where _object.is_searchable);

comment on function private.searched_tag(core.objects) is
  'Tells the API by which columns a search over all objects finds records; null when it does not look here.';

create or replace function private.build_search_vector(_object core.objects) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_object.id);
  -- A word ends where a letter or digit does, so that parts of addresses and numbers are words.
  _marks constant text := (select string_agg(chr(n), '' order by n) from generate_series(33, 126) n where chr(n) !~ '[a-zA-Z0-9]');
  _text text;
  _columns text;
  _index regclass;
begin
  select string_agg(format('coalesce(%s, '''')', c.sql), ' || '' '' || '), string_agg(format('%I', c.column_name), ', ')
    into _text, _columns
    from private.search_columns(_object) c;

  -- Of another text than before, it is another column.
  if exists (select from pg_attribute a where a.attrelid = _tbl::regclass and a.attname = 'search_vector' and not a.attisdropped) then
    perform private.run(format('alter table %s drop column search_vector', _tbl));
  end if;
  for _index in
    select i.indexrelid::regclass from pg_index i
    where i.indrelid = _tbl::regclass and pg_get_expr(i.indexprs, i.indrelid) like 'authz.search_text(%'
  loop
    perform private.run(format('drop index %s', _index));
  end loop;

  perform private.run(format('alter table %s add column search_vector tsvector generated always as (to_tsvector(''authz.words'', translate(%s, %L, %L))) stored',
    _tbl, coalesce(_text, ''''''), _marks, repeat(' ', length(_marks))));
  perform private.run(format('create index on %s using gin (search_vector)', _tbl));
  if _columns is not null then
    perform private.run(format('create index on %s using gin (authz.search_text(%s) extensions.gin_trgm_ops)', _tbl, _columns));
  end if;
end
$$;

comment on function private.build_search_vector(core.objects) is
  'Adds the column that full-text search looks through, made of the object''s search fields, and its indexes.';

create or replace function private.comment_search(object_id uuid) returns void
language plpgsql
as $$
begin
  perform private.comment_object(o) from core.objects o where o.id = comment_search.object_id;
  perform private.comment_field(f) from core.fields f where f.object_id = comment_search.object_id and f.type = 'TS_VECTOR';
end
$$;

comment on function private.comment_search(uuid) is
  'Tells the API by which fields an object is called and found; to be called again when one of them changes.';
