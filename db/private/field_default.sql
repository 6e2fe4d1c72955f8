-- A field's default, given as JSON, becomes the defaults of its columns.

create or replace function private.unquoted(value jsonb) returns jsonb
language plpgsql immutable
as $$
declare
  _text text := value #>> '{}';
begin
  case jsonb_typeof(value)
    when 'string' then
      return case when _text ~ '^''.*''$' and length(_text) > 1 then to_jsonb(substr(_text, 2, length(_text) - 2)) else value end;
    when 'array' then
      return (select coalesce(jsonb_agg(private.unquoted(x) order by n), '[]') from jsonb_array_elements(value) with ordinality e (x, n));
    when 'object' then
      return (select coalesce(jsonb_object_agg(key, private.unquoted(x)), '{}') from jsonb_each(value) e (key, x));
    else
      return value;
  end case;
end
$$;

comment on function private.unquoted(jsonb) is
  'A default without the quotes that some clients put around text (''NEW''); lists and composites too.';

create or replace function private.json_fits(value jsonb, type text) returns boolean
language sql immutable
return case
  when type = 'boolean' then jsonb_typeof(value) = 'boolean'
  when type in ('float8', 'int4') then jsonb_typeof(value) = 'number'
  -- JSON's numbers lose digits on their way through many programs, so exact ones may come as text.
  when type in ('int8', 'numeric') then jsonb_typeof(value) = 'number' or value #>> '{}' ~ '^-?[0-9]'
  when type = 'text[]' then jsonb_typeof(value) = 'array' and not value @? '$[*] ? (@.type() != "string")'
  when type = 'jsonb' then true
  else jsonb_typeof(value) = 'string'
end;

comment on function private.json_fits(jsonb, text) is
  'Whether a JSON value is one that a column of this type takes, before its words are read.';

create or replace function private.default_sql(_field core.fields, spec jsonb, type text) returns text
language plpgsql stable
as $$
declare
  _value jsonb := nullif(case when spec ? 'part' then _field.default_value -> (spec ->> 'part') else _field.default_value end, 'null');
  _text text;
  _literal text;
  _fits boolean;
begin
  if spec ? 'part' and _field.default_value is not null and (
    jsonb_typeof(_field.default_value) <> 'object' or exists (
      select from jsonb_object_keys(_field.default_value) k
      where not exists (select from private.field_parts(_field) p where p.part = k))) then
    raise data_exception;
  end if;
  if _value is null then
    return spec ->> 'default';
  elsif jsonb_typeof(_value) = 'string' and spec -> 'functions' ? (_value #>> '{}') then
    return spec -> 'functions' ->> (_value #>> '{}');
  elsif not private.json_fits(_value, type) then
    raise data_exception;
  end if;
  _text := case type
    when 'text[]' then (select coalesce(array_agg(x order by n), '{}') from jsonb_array_elements_text(_value) with ordinality e (x, n))::text
    when 'jsonb' then _value::text
    else _value #>> '{}'
  end;
  -- PostgreSQL keeps the default of the rows there are in a catalog without TOAST.
  if octet_length(_text) > 1000 or _text !~ coalesce(spec ->> 'literal', '') then
    raise data_exception;
  end if;
  _literal := format('%L::%s', _text, type);
  -- Tried here, so that a bad value is this field's fault and not a broken table.
  execute format('select %s is not null and (%s)', _literal, coalesce(private.check_sql(_field, spec, _literal), 'true')) into _fits;
  if not _fits then
    raise data_exception;
  end if;
  return _literal;
exception when data_exception then
  perform private.fail('DEFLT', format('The default value does not fit the type %s.', _field.type), 'data.defaultValue');
end
$$;

comment on function private.default_sql(core.fields, jsonb, text) is
  'The default of one of a field''s columns as SQL, null for none; DEFAULT_INVALID when it does not fit the type and its checks.';
