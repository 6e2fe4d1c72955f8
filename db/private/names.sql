-- What a name may be, and what it is called in the catalog.

create table if not exists private.reserved_names (
  name text primary key,
  why  text not null
);

comment on table private.reserved_names is
  'Names an object or field may not have: GraphQL''s own, the API''s arguments, and words of the metadata API.';

-- Objects would clash with the fixed fields and types of the API.
insert into private.reserved_names
select name, 'the API uses it'
from unnest(string_to_array(
  'query mutation subscription search object objects field fields relation relations index indexes view views '
  'role roles user users workspace workspaces member members webhook webhooks apiKey apiKeys event events job jobs '
  'type types enum input schema directive node nodes edge edges cursor pageInfo totalCount aggregate aggregates '
  'plan plans link links currency currencies fullName fullNames address addresses actor actors permission permissions '
  'featureFlag featureFlags appToken appTokens workflow workflows batch restore duplicates merge groupBy metadata '
  'openApi docs string int float boolean id uuid dateTime date bigFloat position json tsVector filterIs orderByDirection '
  'true false null bigInt', ' ')) as name
on conflict do nothing;

create or replace function private.snake_case(name text) returns text
language sql immutable
return lower(regexp_replace(name, '([A-Z])', '_\1', 'g'));

comment on function private.snake_case(text) is
  'The catalog''s form of an API name: annualRevenue becomes annual_revenue. Two API names never become one.';

create or replace function private.camel_case(label text) returns text
language sql immutable
return (
  select string_agg(case when n = 1 then lower(w) else upper(left(w, 1)) || lower(substr(w, 2)) end, '' order by n)
  from regexp_split_to_table(regexp_replace(label, '^[^a-zA-Z]+|[^a-zA-Z0-9]+$', '', 'g'), '[^a-zA-Z0-9]+') with ordinality x (w, n)
);

comment on function private.camel_case(text) is
  'A name for a label when none is given: Annual revenue becomes annualRevenue.';

create or replace function private.check_name(name text, path text) returns void
language plpgsql
as $$
begin
  if name is null or name !~ '^[a-z][a-zA-Z0-9]*$' then
    perform private.fail('NAMEV', 'A name is camelCase: it starts with a small letter and holds only letters and digits.', path);
  elsif length(name) > 63 or length(private.snake_case(name)) > 50 then
    perform private.fail('NAMEV', 'That name is too long: 63 characters, and 50 once written in snake_case.', path);
  end if;
end
$$;

comment on function private.check_name(text, text) is
  'Nothing for a name that an object or field may have; NAME_INVALID otherwise.';

create or replace function private.check_label(label text, path text) returns void
language plpgsql
as $$
begin
  if label is null or btrim(label) = '' or length(label) > 255 or label ~ '[[:cntrl:]]' then
    perform private.fail('LABEL', 'A label is one line of 1 to 255 characters.', path);
  end if;
end
$$;

comment on function private.check_label(text, text) is
  'Nothing for a label that people can read; LABEL_INVALID otherwise.';

create or replace function private.check_texts(data jsonb) returns void
language plpgsql
as $$
declare
  -- A text of any length would do, but nobody reads a description of a megabyte.
  _longest constant jsonb := '{"description": 10000, "icon": 255, "shortcut": 255, "color": 255}';
  _key text;
begin
  for _key in select jsonb_object_keys(_longest) loop
    if length(data ->> _key) > (_longest ->> _key)::int then
      perform private.fail('LIMIT', format('%s is at most %s characters long.', _key, _longest ->> _key), 'data.' || _key);
    elsif data ->> _key ~ '[\x01-\x08\x0b\x0c\x0e-\x1f]' then
      perform private.fail('LABEL', format('%s is a text that people can read.', _key), 'data.' || _key);
    end if;
  end loop;
end
$$;

comment on function private.check_texts(jsonb) is
  'Nothing for a description, an icon, a shortcut and a colour that fit; LIMIT_EXCEEDED or LABEL_INVALID otherwise.';

create or replace function private.smart_comment(tags text[], description text) returns text
language sql immutable
-- A line that is no tag ends the tags: what an admin writes must not become one.
return concat_ws(E'\n', array_to_string(tags, E'\n'), case when description like '%@%' then '' end, nullif(description, ''));

comment on function private.smart_comment(text[], text) is
  'A comment as PostGraphile reads it: smart tags, a line each, and then the description.';

create or replace function private.words(name text) returns text
language sql immutable
return upper(left(name, 1)) || lower(regexp_replace(substr(name, 2), '([A-Z])', ' \1', 'g'));

comment on function private.words(text) is
  'The label for a name when none is given: annualRevenue becomes Annual revenue.';

create or replace function private.upper_first(name text) returns text
language sql immutable
return upper(left(name, 1)) || substr(name, 2);

comment on function private.upper_first(text) is
  'A name as it stands behind another: company becomes Company, as in targetCompany.';

create or replace function private.key_constraint(column_name text) returns text
language sql immutable
-- PostgreSQL cuts names off at 63 bytes.
return left(column_name || '_fkey', 63);

comment on function private.key_constraint(text) is
  'What the foreign key of a relation''s column is called in the catalog.';

create or replace function private.without_derived(settings jsonb) returns jsonb
language sql immutable
return case when jsonb_typeof(settings) = 'object' then settings - '{formula,rollup}'::text[] else settings end;

comment on function private.without_derived(jsonb) is
  'Settings without those that say what a field is computed from.';

create or replace function private.without_nulls(data jsonb) returns jsonb
language sql immutable
-- A null within a formula is a literal, and stays.
return jsonb_strip_nulls(data - 'settings') || case coalesce(jsonb_typeof(data -> 'settings'), 'null')
  when 'null' then '{}'
  when 'object' then jsonb_build_object('settings', jsonb_strip_nulls(private.without_derived(data -> 'settings'))
    || case when data -> 'settings' ? 'formula' then jsonb_build_object('formula', data -> 'settings' -> 'formula') else '{}' end
    || case when data -> 'settings' ? 'rollup' then jsonb_build_object('rollup', data -> 'settings' -> 'rollup') else '{}' end)
  else jsonb_build_object('settings', data -> 'settings') end;

comment on function private.without_nulls(jsonb) is
  'What was asked for, without what was left open.';
