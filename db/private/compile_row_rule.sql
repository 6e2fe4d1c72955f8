-- The predicate of a rule of rows becomes SQL: a tree as private.compile_expression has it,
-- of few operators, which cannot fail whatever a record holds, and of two things more:
-- {member: "id" or a field}, of the caller's own record among the workspaceMembers, and
-- {colleagues: a field}, the members in whom that field is as in him.

create or replace function private.compile_row_rule(object_id uuid, predicate jsonb, path text) returns text
language plpgsql stable
as $$
declare
  _sql text;
  _type text;
begin
  if octet_length(predicate::text) > 20000 then
    perform private.fail('EXPRN', 'A rule has at most 100 parts.', path);
  end if;
  select n.sql, n.type into _sql, _type from private.compile_rule_node(object_id, coalesce(predicate, 'null'), path, 1) n;
  if _type <> 'boolean' then
    perform private.fail('EXPRN', 'A rule is true or false of a record.', path);
  end if;
  return _sql;
end
$$;

comment on function private.compile_row_rule(uuid, jsonb, text) is
  'The SQL of a rule''s predicate. Nothing that is not whitelisted comes through.';

create or replace function private.row_rule_operators() returns text[]
language sql immutable
return '{equals,notEquals,less,lessOrEqual,greater,greaterOrEqual,and,or,not,isNull,isNotNull,contains,startsWith,endsWith}'::text[];

comment on function private.row_rule_operators() is
  'The operators of expressions that rules of rows may use: those that cannot fail. in, has, isEmpty and isNotEmpty are rules'' own.';

create or replace function private.compile_rule_node(
  object_id uuid, node jsonb, path text, depth int, out sql text, out type text
)
language plpgsql stable
as $$
declare
  _keys text[];
  _op text := node ->> 'op';
begin
  if depth > 20 then
    perform private.fail('EXPRN', 'A rule is at most 20 levels deep.', path);
  elsif jsonb_typeof(node) <> 'object' then
    select l.sql, l.type into compile_rule_node.sql, compile_rule_node.type from private.compile_literal(node, path) l;
    return;
  end if;
  _keys := array(select jsonb_object_keys(node) order by 1);
  if _keys in ('{field}', '{field,part}') then
    select f.sql, f.type into compile_rule_node.sql, compile_rule_node.type from private.compile_field(object_id, node, path, false, '{}') f;
  elsif _keys in ('{member}', '{member,part}') then
    select m.sql, m.type into compile_rule_node.sql, compile_rule_node.type from private.compile_member(node, path) m;
  elsif _keys in ('{date}', '{dateTime}') then
    select d.sql, d.type into compile_rule_node.sql, compile_rule_node.type from private.compile_date(node, path) d;
  elsif _keys = '{now}' and node ->> 'now' = any ('{date,dateTime}') then
    type := node ->> 'now';
    sql := case type when 'date' then '(now() at time zone ''UTC'')::date' else 'now()' end;
  elsif _keys <> '{args,op}' or jsonb_typeof(node -> 'args') <> 'array' or jsonb_array_length(node -> 'args') not between 1 and 100 then
    perform private.fail('EXPRN', 'A part of a rule is a literal, {op, args}, {field}, {member}, {date}, {dateTime} or {now}.', path);
  elsif _op in ('in', 'has', 'isEmpty', 'isNotEmpty') then
    sql := private.compile_rule_test(object_id, node, path, depth);
    type := 'boolean';
  elsif _op = any (private.row_rule_operators()) then
    select c.sql, c.type into compile_rule_node.sql, compile_rule_node.type from private.compile_rule_call(object_id, node, path, depth) c;
  else
    perform private.fail('EXPRN', format('Rules have no operator %s.', left(_op, 40)), path || '.op');
  end if;
end
$$;

comment on function private.compile_rule_node(uuid, jsonb, text, int) is
  'The SQL of one part of a rule, and its type.';

create or replace function private.compile_rule_call(
  object_id uuid, node jsonb, path text, depth int, out sql text, out type text
)
language plpgsql stable
as $$
declare
  _sqls text[];
  _types text[];
  _operator record;
begin
  select array_agg(p.sql order by n), array_agg(p.type order by n) into _sqls, _types
    from jsonb_array_elements(node -> 'args') with ordinality a (arg, n),
         private.compile_rule_node(object_id, a.arg, format('%s.args[%s]', path, n - 1), depth + 1) p;
  -- Ids are written as texts.
  if 'id' = any (_types) then
    select array_agg(private.literal_id(s, t, a, path) order by n), array_agg(case when t = 'text' and jsonb_typeof(a) = 'string' then 'id' else t end order by n)
      into _sqls, _types
      from unnest(_sqls, _types) with ordinality x (s, t, n) join jsonb_array_elements(node -> 'args') with ordinality y (a, m) on m = n;
  end if;
  select * into _operator from private.choose_operator(node ->> 'op', _types);
  if _operator.template is null or exists (
      select from unnest(_types) with ordinality u (t, n)
      where not (t = _operator.arguments[least(n, cardinality(_operator.arguments))] or t in ('nothing', 'date') or _operator.arguments[1] = 'anything')) then
    perform private.fail('EXPRN', format('%s does not take (%s).', node ->> 'op', array_to_string(_types, ', ')), path);
  end if;
  type := _operator.result;
  sql := private.fill_template(_operator.template, _operator.arguments, _sqls, _types);
  if node ->> 'op' = 'equals' and '{"member": "id"}' in (node -> 'args' -> 0, node -> 'args' -> 1) then
    -- Whose records it looks for, the planner learns by the question without a sub-select: decision 0013.
    sql := format('(%s and %s)', sql, replace(sql, '(select authz.member_id())', 'authz.member_id()'));
  end if;
end
$$;

comment on function private.compile_rule_call(uuid, jsonb, text, int) is
  'The SQL of a comparison or a junction in a rule, and its type.';

create or replace function private.literal_id(sql text, type text, node jsonb, path text) returns text
language plpgsql immutable
as $$
begin
  if type <> 'text' or jsonb_typeof(node) <> 'string' then
    return sql;
  end if;
  return format('%L::uuid', (node #>> '{}')::uuid);
exception when invalid_text_representation then
  perform private.fail('EXPRN', 'A record is named by its id, which is a UUID.', path);
end
$$;

comment on function private.literal_id(text, text, jsonb, text) is
  'A text beside ids, as an id.';

create or replace function private.compile_rule_test(object_id uuid, node jsonb, path text, depth int) returns text
language plpgsql stable
as $$
declare
  _args jsonb := node -> 'args';
  _column text := private.rule_array(object_id, _args -> 0);
  _left record;
  _rest text[];
begin
  if node ->> 'op' in ('isEmpty', 'isNotEmpty') then
    if jsonb_array_length(_args) <> 1 then
      perform private.fail('EXPRN', format('%s takes one argument.', node ->> 'op'), path);
    end if;
    select * into _left from private.compile_rule_node(object_id, _args -> 0, path || '.args[0]', depth + 1);
    return format(case node ->> 'op' when 'isEmpty' then '(%s)' else '(not %s)' end, case
      when _column is not null then format('coalesce(%I = ''{}'', true)', _column)
      when _left.type = 'text' then format('(coalesce(%s, '''') = '''')', _left.sql)
      else format('(%s is null)', _left.sql) end);
  elsif node ->> 'op' = 'has' then
    if _column is null or jsonb_array_length(_args) <> 2 or jsonb_typeof(_args -> 1) <> 'string' then
      perform private.fail('EXPRN', 'has takes a field of several values and a text.', path);
    end if;
    return format('(%I @> array[%L]::text[])', _column, _args ->> 1);
  end if;

  select * into _left from private.compile_rule_node(object_id, _args -> 0, path || '.args[0]', depth + 1);
  if _args -> 1 ? 'colleagues' then
    if _left.type <> 'id' or jsonb_array_length(_args) <> 2 then
      perform private.fail('EXPRN', 'Colleagues are compared with a relation to a workspaceMember.', path);
    end if;
    -- The list twice: decision 0013.
    return format('(%1$s = any ((select %2$s)::uuid[]) and %1$s = any (%2$s))', _left.sql, private.compile_colleagues(_args -> 1, path || '.args[1]'));
  end if;
  -- As many comparisons; the planner makes one lookup of them.
  select array_agg((private.compile_rule_call(object_id, jsonb_build_object('op', 'equals', 'args', jsonb_build_array(_args -> 0, a)),
                      format('%s.args[%s]', path, n - 1), depth + 1)).sql order by n) into _rest
    from jsonb_array_elements(_args) with ordinality x (a, n) where n > 1;
  if _rest is null then
    perform private.fail('EXPRN', 'in takes a field and values.', path);
  end if;
  return format('(%s)', array_to_string(_rest, ' or '));
end
$$;

comment on function private.compile_rule_test(uuid, jsonb, text, int) is
  'The SQL of in, has, isEmpty and isNotEmpty.';

create or replace function private.rule_array(object_id uuid, node jsonb) returns text
language sql stable
return (
  select p.column_name from core.fields f, private.field_parts(f) p
  where f.object_id = rule_array.object_id and f.name = node ->> 'field' and p.part is not distinct from node ->> 'part' and p.type = 'text[]'
);

comment on function private.rule_array(uuid, jsonb) is
  'The column of a field of several texts; null for any other.';
