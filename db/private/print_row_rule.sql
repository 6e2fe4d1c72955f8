-- A rule of rows as people read it: accountOwner = me or accountOwner in colleagues(team).

create or replace function private.print_row_rule(node jsonb, is_part boolean default false) returns text
language plpgsql stable
as $$
declare
  _op text := node ->> 'op';
  _args text[];
  _symbol text;
begin
  if jsonb_typeof(node) <> 'object' or node ?| '{field,date,dateTime}' then
    return private.print_expression(node);
  elsif node ? 'member' then
    return case node ->> 'member' when 'id' then 'me' else 'me.' || concat_ws('.', node ->> 'member', node ->> 'part') end;
  elsif node ? 'colleagues' then
    return format('colleagues(%s)', concat_ws('.', node ->> 'colleagues', node ->> 'part'));
  elsif node ? 'now' then
    return case node ->> 'now' when 'date' then 'today' else 'now' end;
  end if;
  select o.symbol into _symbol from private.expression_operators o where o.name = _op limit 1;
  select array_agg(private.print_row_rule(a, _symbol is not null) order by n) into _args
    from jsonb_array_elements(node -> 'args') with ordinality x (a, n);
  return case
    when _op = 'in' and node -> 'args' -> 1 ? 'colleagues' then format('%s in %s', _args[1], _args[2])
    when _op = 'in' then format('%s in (%s)', _args[1], array_to_string(_args[2:], ', '))
    when _op in ('isEmpty', 'isNull') then _args[1] || ' is empty'
    when _op in ('isNotEmpty', 'isNotNull') then _args[1] || ' is not empty'
    when _op = 'not' then format('not (%s)', _args[1])
    when _symbol is null then format('%s(%s)', _op, array_to_string(_args, ', '))
    when is_part then format('(%s)', array_to_string(_args, format(' %s ', _symbol)))
    else array_to_string(_args, format(' %s ', _symbol))
  end;
end
$$;

comment on function private.print_row_rule(jsonb, boolean) is
  'A rule of rows as text: accountOwner = me or stage in ("WON", "LOST").';
