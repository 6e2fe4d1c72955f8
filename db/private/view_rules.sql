-- What views have in common: which field may stand where, and which operands fit
-- which types of field.

create table if not exists private.filter_operands (
  operand     text primary key,
  field_types text[]
);

comment on table private.filter_operands is
  'Which types of field a view''s filter may ask each operand of; null for any. A type that stands in no row takes every operand.';

insert into private.filter_operands values
  ('IS',                    '{TEXT,UUID,NUMBER,NUMERIC,CURRENCY,RATING,BOOLEAN,DATE,DATE_TIME,SELECT,RELATION,MORPH_RELATION,ACTOR,EMAILS,PHONES,LINKS,ADDRESS,FULL_NAME,POSITION}'),
  ('IS_NOT',                '{TEXT,UUID,NUMBER,NUMERIC,CURRENCY,RATING,BOOLEAN,DATE,DATE_TIME,SELECT,RELATION,MORPH_RELATION,ACTOR,EMAILS,PHONES,LINKS,ADDRESS,FULL_NAME,POSITION}'),
  ('CONTAINS',              '{TEXT,MULTI_SELECT,ARRAY,RAW_JSON,RICH_TEXT,FILES,ACTOR,EMAILS,PHONES,LINKS,ADDRESS,FULL_NAME,CURRENCY}'),
  ('DOES_NOT_CONTAIN',      '{TEXT,MULTI_SELECT,ARRAY,RAW_JSON,RICH_TEXT,FILES,ACTOR,EMAILS,PHONES,LINKS,ADDRESS,FULL_NAME,CURRENCY}'),
  ('GREATER_THAN_OR_EQUAL', '{NUMBER,NUMERIC,CURRENCY,RATING,POSITION,ADDRESS}'),
  ('LESS_THAN_OR_EQUAL',    '{NUMBER,NUMERIC,CURRENCY,RATING,POSITION,ADDRESS}'),
  ('IS_BEFORE',             '{DATE,DATE_TIME}'),
  ('IS_AFTER',              '{DATE,DATE_TIME}'),
  ('IS_RELATIVE',           '{DATE,DATE_TIME}'),
  ('IS_IN_PAST',            '{DATE,DATE_TIME}'),
  ('IS_IN_FUTURE',          '{DATE,DATE_TIME}'),
  ('IS_TODAY',              '{DATE,DATE_TIME}'),
  ('VECTOR_SEARCH',         '{TS_VECTOR}'),
  ('IS_NOT_NULL',           null),
  ('IS_EMPTY',              null),
  ('IS_NOT_EMPTY',          null)
on conflict (operand) do update set field_types = excluded.field_types;

create or replace function private.operand_fits(operand text, field_type text) returns boolean
language sql stable
return exists (
    select from private.filter_operands o
    where o.operand = operand_fits.operand and (o.field_types is null or field_type = any (o.field_types)))
  or not exists (select from private.filter_operands o where field_type = any (o.field_types));

comment on function private.operand_fits(text, text) is
  'Whether a view''s filter may ask this operand of a field of this type.';

create or replace function private.object_of_view(view_id uuid) returns uuid
language plpgsql
as $$
declare
  _object_id uuid;
begin
  -- Locked, as what a view may hold is counted: two at once would each see room for one more.
  select v.object_id into _object_id from core.views v where v.id = object_of_view.view_id for no key update;
  if not found and view_id is not null then
    perform private.fail('NTFND', 'There is no such view.', 'viewId');
  end if;
  return _object_id;
end
$$;

comment on function private.object_of_view(uuid) is
  'The object that a view is of, with the view locked until the transaction ends; NOT_FOUND when there is no such view.';

create or replace function private.field_of_object(object_id uuid, field_id uuid, path text) returns core.fields
language plpgsql stable
as $$
declare
  _field core.fields;
begin
  select * into _field from core.fields f
    where f.id = field_of_object.field_id and f.object_id = field_of_object.object_id;
  if not found then
    perform private.fail('NTFND', 'The view''s object has no such field.', path);
  end if;
  return _field;
end
$$;

comment on function private.field_of_object(uuid, uuid, text) is
  'The field, when it is of this object; NOT_FOUND otherwise.';

create or replace function private.check_sub_field(_field core.fields, sub_field_name text) returns void
language plpgsql stable
as $$
declare
  _columns jsonb := (select t.columns from core.field_types t where t.name = _field.type);
begin
  if sub_field_name is null then
    return;
  end if;
  if jsonb_path_exists(_columns, '$[*].part')
    and not jsonb_path_exists(_columns, '$[*] ? (@.part == $name)', jsonb_build_object('name', sub_field_name))
    or jsonb_array_length(_columns) < 2 and not jsonb_path_exists(_columns, '$[*].part')
    or sub_field_name !~ '^[a-zA-Z0-9]{1,63}$' then
    perform private.fail('VIEWS', format('A field of type %s has no such part.', _field.type), 'subFieldName');
  end if;
end
$$;

comment on function private.check_sub_field(core.fields, text) is
  'Nothing for a part of a composite field (the amountMicros of a CURRENCY); VIEW_INVALID otherwise.';

create or replace function private.filter_values(value jsonb) returns text[]
language plpgsql immutable
as $$
declare
  _values jsonb := value;
begin
  -- ["A", "B"], or "A", or the same list as a text: "[\"A\", \"B\"]".
  if jsonb_typeof(_values) = 'string' and _values #>> '{}' ~ '^\s*\[' then
    _values := (_values #>> '{}')::jsonb;
  elsif _values in ('null', '""') then
    _values := '[]';
  elsif jsonb_typeof(_values) <> 'array' then
    _values := jsonb_build_array(_values);
  end if;
  return array(select jsonb_array_elements_text(_values));
exception when data_exception then
  return array[value #>> '{}'];
end
$$;

comment on function private.filter_values(jsonb) is
  'The values that a view''s filter names, in whichever form they were given.';
