-- An expression of an admin's becomes SQL. It comes as a tree, {"op": "multiply",
-- "args": [{"field": "amount"}, 0.9]}, of whitelisted operators, the object's own
-- fields and literals; names go through %I, literals through %L, and all else is
-- ours. Whatever does not fit is EXPRESSION_INVALID, with its place in the tree.

create or replace function private.compile_expression(
  object_id uuid, expression jsonb, path text default 'data.expression', is_inlined boolean default false,
  seen uuid[] default '{}', out sql text, out type text
)
language plpgsql stable
as $$
begin
  if octet_length(expression::text) > 50000 then
    perform private.fail('EXPRN', 'An expression has at most 200 parts.', path);
  end if;
  select n.sql, n.type into compile_expression.sql, compile_expression.type
    from private.compile_node(object_id, coalesce(expression, 'null'), path, 1, is_inlined, seen) n;
end
$$;

comment on function private.compile_expression(uuid, jsonb, text, boolean, uuid[]) is
  'The SQL of an expression over an object''s fields, and its type. Inlined, formula fields are written out, as generated columns may not use each other; seen are the formulas on the way here.';

create or replace function private.compile_node(
  object_id uuid, node jsonb, path text, depth int, is_inlined boolean, seen uuid[],
  out sql text, out type text, out size int
)
language plpgsql stable
as $$
declare
  _keys text[];
begin
  if depth > 30 then
    perform private.fail('EXPRN', 'An expression is at most 30 levels deep.', path);
  end if;
  size := 1;
  if jsonb_typeof(node) <> 'object' then
    select * into sql, type from private.compile_literal(node, path);
    return;
  end if;
  _keys := array(select jsonb_object_keys(node) order by 1);
  if _keys = '{args,op}' then
    select * into sql, type, size from private.compile_call(object_id, node, path, depth, is_inlined, seen);
  elsif _keys in ('{field}', '{field,part}') then
    select * into sql, type from private.compile_field(object_id, node, path, is_inlined, seen);
  elsif _keys in ('{date}', '{dateTime}') then
    select * into sql, type from private.compile_date(node, path);
  else
    perform private.fail('EXPRN', 'A part of an expression is a literal, {op, args}, {field}, {date} or {dateTime}.', path);
  end if;
  -- What formulas are made of is written out each time.
  if length(sql) > 30000 then
    perform private.fail('EXPRN', 'This expression is too large, with the formulas that it uses.', path);
  end if;
end
$$;

comment on function private.compile_node(uuid, jsonb, text, int, boolean, uuid[]) is
  'The SQL of one part of an expression, its type and its number of parts.';

create or replace function private.compile_field(
  object_id uuid, node jsonb, path text, is_inlined boolean, seen uuid[], out sql text, out type text
)
language plpgsql stable
as $$
declare
  _field core.fields;
  _column text;
  _type text;
begin
  select * into _field from core.fields f
    where f.object_id = compile_field.object_id and f.name = node ->> 'field';
  if not found then
    perform private.fail('EXPRN', format('This object has no field %s.', left(node ->> 'field', 63)), path);
  end if;
  if is_inlined and _field.settings ? 'formula' then
    if _field.id = any (seen) then
      perform private.fail('EXPRN', format('The formula of %s would be made of itself.', _field.name), path);
    elsif cardinality(seen) > 10 then
      perform private.fail('EXPRN', 'Formulas are at most 10 deep in each other.', path);
    end if;
    sql := private.formula_sql(_field, path, seen);
    _type := private.column_type(_field);
  elsif private.is_filling(_field) then
    perform private.fail('EXPRN', format('The formula of %s is not computed yet for all records.', _field.name), path);
  else
    select c.name, c.type into _column, _type from private.expression_columns(_field) c
      where c.part is not distinct from node ->> 'part';
    if not found then
      perform private.fail('EXPRN', format('The field %s has no value of its own there; one of a composite is {field, part}.', _field.name), path);
    end if;
    sql := format('%I', _column);
  end if;
  type := private.expression_type(_type);
  if type = 'number' and _type <> 'numeric' then
    sql := sql || '::numeric';
  end if;
end
$$;

comment on function private.compile_field(uuid, jsonb, text, boolean, uuid[]) is
  'The SQL of {field} or {field, part}, and its type.';

create or replace function private.expression_fields(expression jsonb) returns setof text
language sql immutable
begin atomic
  select distinct x #>> '{}' from jsonb_path_query(expression, '$.**.field') x;
end;

comment on function private.expression_fields(jsonb) is
  'The names of the fields that an expression is made of.';
