-- The columns of a field, as its type declares them (db/field_types/): one for most,
-- one for each part of a composite.

create or replace function private.field_parts(_field core.fields)
returns table (column_name text, path text, part text, type text, is_required boolean, is_unique boolean, spec jsonb)
language sql stable
begin atomic
  select _field.column_name || coalesce('_' || private.snake_case(c.spec ->> 'part'), ''),
         -- Constraints are named by it, so that an error leads back to the field.
         _field.column_name || coalesce('.' || private.snake_case(c.spec ->> 'part'), ''),
         c.spec ->> 'part',
         coalesce(c.spec -> 'variants' ->> (_field.settings ->> 'dataType'), c.spec ->> 'type'),
         not _field.is_nullable and coalesce((c.spec ->> 'isRequired')::boolean, not c.spec ? 'part'),
         coalesce((c.spec ->> 'isUnique')::boolean, not c.spec ? 'part'),
         c.spec
  from core.field_types t, jsonb_array_elements(t.columns) with ordinality c (spec, n)
  where t.name = _field.type and _field.column_name is not null
  order by c.n;
end;

comment on function private.field_parts(core.fields) is
  'The columns of a field, each with its path (emails.primary_email), the part it holds, its type, and what the field type declares of it.';

create or replace function private.check_sql(_field core.fields, spec jsonb, subject text) returns text
language plpgsql stable
as $$
declare
  _check text := coalesce(spec ->> 'check', case when spec ? 'options' then '{column} = any ({options})' end);
  _setting record;
begin
  if _check is null then
    return null;
  end if;
  for _setting in
    select r.key, coalesce(_field.settings -> r.key, r.value -> 'default') as value
    from core.field_types t, jsonb_each(t.settings) r
    where t.name = _field.type and jsonb_typeof(coalesce(_field.settings -> r.key, r.value -> 'default')) = 'number'
  loop
    _check := replace(_check, '{' || _setting.key || '}', (_setting.value #>> '{}')::numeric::text);
  end loop;
  _check := replace(_check, '{options}', format('array[%s]::text[]', coalesce(
    (select string_agg(quote_literal(o), ', ' order by n) from jsonb_array_elements_text(spec -> 'options') with ordinality x (o, n)),
    private.option_list(_field))));
  -- Last, as what stands for the column may be an admin's words.
  return replace(_check, '{column}', subject);
end
$$;

comment on function private.check_sql(core.fields, jsonb, text) is
  'What a column of a field has to fulfil, with the field''s settings and options filled in and `subject` for the column; null for nothing.';

create or replace function private.option_list(_field core.fields) returns text
language sql stable
return (
  select string_agg(quote_literal(o ->> 'value'), ', ' order by (o ->> 'position')::int)
  from jsonb_array_elements(_field.options) o
);

comment on function private.option_list(core.fields) is
  'The values of a field''s options, quoted, in their order.';

create or replace function private.check_columns(_field core.fields, path text) returns void
language plpgsql
as $$
declare
  _clash text;
  _taken int;
begin
  -- A column belongs to one field: emails with its emails_primary_email leaves no room for emailsPrimaryEmail.
  select f.name into _clash
    from core.fields f, private.field_parts(f) theirs, private.field_parts(_field) ours
    where f.object_id = _field.object_id and f.id <> _field.id and theirs.column_name = ours.column_name
    limit 1;
  if found then
    perform private.fail('NAMEX', format('This object already has a field %s.', _clash), path);
  end if;
  -- PostgreSQL cuts names off at 63 bytes: those of the columns, their checks and the unique index.
  if exists (select from private.field_parts(_field) p
             where _field.type <> 'RELATION' and length(p.path || '_check') > 63 or _field.is_unique and p.is_unique and length(p.path || '_key_01234567') > 63) then
    perform private.fail('NAMEV', format('That name is too long for a field of the type %s.', _field.type), path);
  end if;
  -- PostgreSQL allows 1,600 columns, those that were dropped among them.
  select coalesce(max(a.attnum), 0) into _taken
    from pg_attribute a where a.attrelid = to_regclass(private.table_of(_field.object_id));
  if _taken + (select count(*) from private.field_parts(_field)) > 1500 then
    perform private.fail('LIMIT', 'An object''s fields make at most 1500 columns.', 'data');
  end if;
end
$$;

comment on function private.check_columns(core.fields, text) is
  'Nothing when a field''s columns find room in the table; NAME_TAKEN, NAME_INVALID or LIMIT_EXCEEDED otherwise.';

create or replace function private.check_type_name(name text, path text) returns void
language plpgsql
as $$
begin
  -- The API makes a type of an object's singular name, as it does of composites.
  if exists (select from core.field_types t
             where lower(replace(t.name, '_', '')) = lower(check_type_name.name)
               and (t.columns @? '$[*].part' or t.name = 'POSITION')) or lower(name) = 'fileoutput' then
    perform private.fail('NAMER', format('The name %s is reserved.', name), path);
  end if;
end
$$;

comment on function private.check_type_name(text, text) is
  'Nothing for a singular name that no type of the API has; NAME_RESERVED otherwise.';
