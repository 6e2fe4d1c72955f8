-- A call of an operator becomes SQL, after its arguments have; and what fields are
-- to an expression.

create or replace function private.compile_call(
  object_id uuid, node jsonb, path text, depth int, is_inlined boolean, seen uuid[],
  out sql text, out type text, out size int
)
language plpgsql stable
as $$
declare
  _sqls text[] := '{}';
  _types text[] := '{}';
  _arg record;
  _part record;
  _operator record;
begin
  if jsonb_typeof(node -> 'args') <> 'array' or jsonb_typeof(node -> 'op') <> 'string' then
    perform private.fail('EXPRN', 'A call is {op: <name>, args: [<expression>, …]}.', path);
  end if;
  if not exists (select from private.expression_operators o where o.name = node ->> 'op') then
    perform private.fail('EXPRN', format('There is no operator %s.', left(node ->> 'op', 40)), path || '.op');
  end if;
  size := 1;
  for _arg in select x.value, x.n - 1 as n from jsonb_array_elements(node -> 'args') with ordinality x (value, n) loop
    select * into _part
      from private.compile_node(object_id, _arg.value, format('%s.args[%s]', path, _arg.n), depth + 1, is_inlined, seen);
    _sqls := _sqls || coalesce(_part.sql, 'null');
    _types := _types || _part.type;
    size := size + _part.size;
    if size > 200 then
      perform private.fail('EXPRN', 'An expression has at most 200 parts.', path);
    end if;
  end loop;

  select * into _operator from private.choose_operator(node ->> 'op', _types);
  if _operator.template is null then
    perform private.fail('EXPRN', format('%s takes %s, not (%s).', node ->> 'op',
      (select string_agg(distinct format('(%s%s)', array_to_string(o.arguments, ', '), case when o.is_variadic then ', …' end), ' or ')
       from private.expression_operators o where o.name = node ->> 'op'),
      array_to_string(_types, ', ')), path);
  end if;
  type := _operator.result;
  sql := private.fill_template(_operator.template, _operator.arguments, _sqls, _types);
end
$$;

comment on function private.compile_call(uuid, jsonb, text, int, boolean, uuid[]) is
  'The SQL of {op, args}, its type and its number of parts.';

create or replace function private.choose_operator(
  name text, types text[], out template text, out arguments text[], out result text
)
language sql stable
begin atomic
  with _asked as (
    -- The one type that all arguments of the type any have together.
    select o.*, x.*
    from private.expression_operators o
    cross join lateral (
      select case
               when count(distinct t) = 0 then 'text'
               when count(distinct t) = 1 and min(t) <> 'other' then min(t)
               when array_agg(distinct t) <@ '{date,dateTime}' then 'dateTime'
             end as common
      from unnest(choose_operator.types) with ordinality u (t, n)
      where o.arguments[least(n, cardinality(o.arguments))] = 'any' and t <> 'nothing'
    ) x
    where o.name = choose_operator.name
      and case when o.is_variadic then cardinality(choose_operator.types) >= cardinality(o.arguments)
               else cardinality(choose_operator.types) = cardinality(o.arguments) end
  ), _wanted as (
    select a.template, array_replace(a.arguments, 'any', a.common) as arguments,
           replace(a.result, 'any', a.common) as result
    from _asked a where a.common is not null
  )
  select w.template, w.arguments, w.result
  from _wanted w
  cross join lateral (
    select sum(private.coercion_cost(t, w.arguments[least(n, cardinality(w.arguments))])) as cost,
           bool_and(private.coercion_cost(t, w.arguments[least(n, cardinality(w.arguments))]) is not null) as fits
    from unnest(choose_operator.types) with ordinality u (t, n)
  ) c
  where c.fits
  order by c.cost, array_position(array['number', 'text', 'dateTime', 'date'], w.arguments[1])
  limit 1;
end;

comment on function private.choose_operator(text, text[]) is
  'The operator of that name whose arguments are the nearest to these types; nothing when none fits.';

create or replace function private.fill_template(template text, arguments text[], sqls text[], types text[]) returns text
language plpgsql immutable
as $$
declare
  _arity int := cardinality(arguments);
  _made text[] := array(
    select private.coerce(s, types[n], arguments[least(n, _arity)]) from unnest(sqls) with ordinality u (s, n) order by n);
  _sql text := format(template, variadic _made[1:_arity]);
begin
  for _n in _arity + 1 .. cardinality(_made) loop
    _sql := format(template, _sql, _made[_n]);
  end loop;
  return _sql;
end
$$;

comment on function private.fill_template(text, text[], text[], text[]) is
  'An operator''s SQL with its arguments in their places, each made the type that is wanted.';

create or replace function private.expression_columns(_field core.fields)
returns table (name text, part text, type text)
language sql stable
begin atomic
  select p.column_name, p.part, p.type from private.field_parts(_field) p;
end;

comment on function private.expression_columns(core.fields) is
  'The columns of a field as expressions and indexes see them: name, part of a composite, SQL type.';

create or replace function private.column_type(_field core.fields) returns text
language sql stable
return (select min(c.type) from private.expression_columns(_field) c where c.part is null);

comment on function private.column_type(core.fields) is
  'The SQL type of a field of one column.';

create or replace function private.expression_type(sql_type text) returns text
language sql immutable
return case
  when sql_type in ('float8', 'int4', 'int8', 'numeric', 'double precision', 'integer', 'bigint') then 'number'
  when sql_type in ('text', 'boolean', 'date') then sql_type
  when sql_type = 'timestamptz' then 'dateTime'
  when sql_type = 'uuid' then 'id'
  else 'other'
end;

comment on function private.expression_type(text) is
  'What a column''s SQL type is to an expression.';
