-- The literals of expressions: numbers, texts, true, false, null, and dates.

create or replace function private.compile_literal(node jsonb, path text, out sql text, out type text)
language plpgsql immutable
as $$
begin
  case jsonb_typeof(node)
    when 'null' then
      sql := 'null';
      type := 'nothing';
    when 'boolean' then
      sql := format('%L::boolean', node::text);
      type := 'boolean';
    when 'number' then
      if length(node::text) > 50 then
        perform private.fail('EXPRN', 'A number has at most 50 digits.', path);
      end if;
      sql := format('%L::numeric', node::text);
      type := 'number';
    when 'string' then
      if length(node #>> '{}') > 1000 then
        perform private.fail('EXPRN', 'A text has at most 1000 characters.', path);
      end if;
      sql := format('%L::text', node #>> '{}');
      type := 'text';
    else
      perform private.fail('EXPRN', 'A list is no expression.', path);
  end case;
end
$$;

comment on function private.compile_literal(jsonb, text) is
  'The SQL of a literal, and its type.';

create or replace function private.compile_date(node jsonb, path text, out sql text, out type text)
language plpgsql immutable
as $$
declare
  _value text := coalesce(node ->> 'date', node ->> 'dateTime', '');
begin
  if node ? 'date' and _value ~ '^\d{4}-\d\d-\d\d$' then
    sql := format('%L::date', _value::date);
    type := 'date';
  elsif node ? 'dateTime' and _value ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)$' then
    perform _value::timestamptz;
    sql := format('%L::timestamptz', _value);
    type := 'dateTime';
  else
    perform private.fail('EXPRN', 'A date is written 2026-01-31, and a dateTime 2026-01-31T12:00:00Z.', path);
  end if;
exception when data_exception then
  perform private.fail('EXPRN', 'The calendar has no such date.', path);
end
$$;

comment on function private.compile_date(jsonb, text) is
  'The SQL of {date} or {dateTime}, and its type.';
