-- What is one change to who asks for it may be several inside.

create or replace function private.make_change(kind text, data jsonb) returns jsonb
language plpgsql
as $$
declare
  _done jsonb;
begin
  execute format('select private.%I($1)', 'change_' || private.snake_case(kind)) using data into _done;
  return _done;
end
$$;

comment on function private.make_change(text, jsonb) is
  'Makes a change within another one ({id, inverse}), which is the one that is written down.';

create or replace function private.list_of_inverses(inverses jsonb) returns jsonb
language sql immutable
return case when jsonb_array_length(inverses) = 1 then inverses -> 0
  else jsonb_build_object('kind', 'makeChanges', 'data', jsonb_build_object('changes', (
    select jsonb_agg(i order by n desc) from jsonb_array_elements(inverses) with ordinality x (i, n))))
end;

comment on function private.list_of_inverses(jsonb) is
  'The one change that undoes several, the last first.';

create or replace function private.change_make_changes(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _change jsonb;
  _done jsonb;
  _inverses jsonb := '[]';
begin
  for _change in select c from jsonb_array_elements(data -> 'changes') with ordinality x (c, n) order by n loop
    _done := private.make_change(_change ->> 'kind', _change -> 'data');
    _inverses := _inverses || jsonb_build_array(_done -> 'inverse');
  end loop;
  return jsonb_build_object('id', _done -> 'id', 'inverse', private.list_of_inverses(_inverses));
end
$$;

comment on function private.change_make_changes(jsonb) is
  'The inverse of a change that was several ({changes}).';
