-- The options of a SELECT or a MULTI_SELECT.

create or replace function private.check_options(_type core.field_types, spec jsonb) returns void
language plpgsql
as $$
declare
  _options jsonb := nullif(spec -> 'options', 'null');
begin
  if _type.options is distinct from '[]' then
    if _options is not null then
      perform private.fail('OPTNS', format('A field of type %s has no options of its own.', _type.name), 'data.options');
    end if;
    return;
  end if;
  if _options is null or jsonb_typeof(_options) <> 'array' or jsonb_array_length(_options) not between 1 and 500 then
    perform private.fail('OPTNS', format('A %s has a list of 1 to 500 options.', _type.name), 'data.options');
  end if;
  -- GraphQL's enums cannot begin with a digit, and keep __ for themselves.
  if exists (select from jsonb_array_elements(_options) o
             where coalesce(o ->> 'value', '') !~ '^[A-Z_][A-Z0-9_]{0,62}$' or (o ->> 'value') ~ '^__') then
    perform private.fail('OPTNS', 'An option''s value is UPPER_SNAKE_CASE, at most 63 characters, and begins with a letter.', 'data.options.value');
  end if;
  if exists (select from jsonb_array_elements(_options) o
             where jsonb_typeof(o -> 'label') <> 'string' or length(o ->> 'label') > 63 or o ->> 'label' like '%,%') then
    perform private.fail('LABEL', 'An option''s label is one line of 1 to 63 characters, without a comma.', 'data.options.label');
  end if;
  perform private.check_label(o ->> 'label', 'data.options.label')
    from jsonb_array_elements(_options) o where o ->> 'label' is not null;
  if exists (select from jsonb_array_elements(_options) o where coalesce(o ->> 'color', 'gray') !~ '^[a-zA-Z0-9#-]{1,30}$') then
    perform private.fail('OPTNS', 'An option''s color is a name or a hex code, at most 30 characters.', 'data.options.color');
  end if;
  if exists (select from jsonb_array_elements(_options) o
             where o ->> 'id' !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' or jsonb_typeof(o -> 'id') not in ('string', 'null')) then
    perform private.fail('OPTNS', 'An option''s id is a UUID.', 'data.options.id');
  end if;
  if exists (select from jsonb_array_elements(_options) o
             where jsonb_typeof(o -> 'position') not in ('number', 'null') or o ->> 'position' !~ '^[0-9]{1,9}$') then
    perform private.fail('OPTNS', 'An option''s position is a whole number.', 'data.options.position');
  end if;
  perform private.check_options_differ(_options);
end
$$;

comment on function private.check_options(core.field_types, jsonb) is
  'Nothing when the options fit the type; OPTIONS_INVALID or LABEL_INVALID otherwise.';

create or replace function private.check_options_differ(options jsonb) returns void
language plpgsql
as $$
declare
  _twice text;
begin
  select k into _twice
    from jsonb_array_elements(options) o, unnest(array['value', 'id', 'position']) with ordinality x (k, n)
    where o ->> k is not null
    group by k, n
    having count(distinct lower(o ->> k)) <> count(*)
    order by n limit 1;
  if found then
    perform private.fail('OPTNS', format('Two options have the same %s.', _twice), 'data.options.' || _twice);
  end if;
  if (select count(o ->> 'position') not in (0, count(*)) from jsonb_array_elements(options) o) then
    perform private.fail('OPTNS', 'Give every option a position, or none.', 'data.options.position');
  end if;
end
$$;

comment on function private.check_options_differ(jsonb) is
  'Nothing when no two options share a value, an id or a position; OPTIONS_INVALID otherwise.';

create or replace function private.numbered_options(options jsonb) returns jsonb
language sql
return (
  select jsonb_agg(jsonb_build_object(
           'id', coalesce(lower(o ->> 'id'), authz.uuid_v7()::text),
           'value', o ->> 'value',
           'label', coalesce(btrim(o ->> 'label'), private.words(lower(o ->> 'value'))),
           'color', coalesce(o ->> 'color', 'gray'),
           'position', n - 1) order by n)
  from (
    select o, row_number() over (order by (o ->> 'position')::int, listed) as n
    from jsonb_array_elements(nullif(options, 'null')) with ordinality x (o, listed)
  ) y
);

comment on function private.numbered_options(jsonb) is
  'The options of a field with ids, labels and colours filled in, by their positions or else in the order they were given.';
