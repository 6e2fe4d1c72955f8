-- An expression as people write it; src/records/expressions.ts reads that again.

create or replace function private.print_expression(expression jsonb, is_part boolean default false) returns text
language plpgsql stable
as $$
declare
  _args text[];
  _symbol text;
begin
  if jsonb_typeof(expression) <> 'object' then
    return expression::text;
  elsif expression ? 'field' then
    return concat_ws('.', expression ->> 'field', expression ->> 'part');
  elsif expression ?| '{date,dateTime}' then
    return format('%s(%s)', (select k from jsonb_object_keys(expression) k), coalesce(expression -> 'date', expression -> 'dateTime'));
  end if;
  select o.symbol into _symbol from private.expression_operators o where o.name = expression ->> 'op' limit 1;
  select array_agg(private.print_expression(a, _symbol is not null) order by n) into _args
    from jsonb_array_elements(expression -> 'args') with ordinality x (a, n);
  return case
    when _symbol is null then format('%s(%s)', expression ->> 'op', array_to_string(_args, ', '))
    when is_part then format('(%s)', array_to_string(_args, format(' %s ', _symbol)))
    else array_to_string(_args, format(' %s ', _symbol))
  end;
end
$$;

comment on function private.print_expression(jsonb, boolean) is
  'An expression as text: amount * 0.9, if(stage = "WON", amount, 0).';
