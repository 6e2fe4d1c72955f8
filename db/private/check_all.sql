-- Who sends a wrong change wants to hear all that is wrong with it, not the first.

create or replace function private.check_all(variadic checks text[]) returns void
language plpgsql
as $$
declare
  _check text;
  _message text;
  _path text;
  _faults jsonb := '[]';
begin
  foreach _check in array checks loop
    continue when _check is null;
    begin
      execute _check;
    exception when others then
      -- Ours are five letters (private.fail); anything else is nobody's input.
      if sqlstate !~ '^[A-Z]{5}$' then
        raise;
      end if;
      get stacked diagnostics _message = message_text, _path = column_name;
      _faults := _faults || jsonb_build_object('sqlstate', sqlstate, 'message', _message, 'field', _path);
    end;
  end loop;
  if jsonb_array_length(_faults) = 1 then
    raise exception using errcode = _faults #>> '{0,sqlstate}', message = _faults #>> '{0,message}', column = _faults #>> '{0,field}';
  elsif _faults <> '[]' then
    raise exception using errcode = 'METAV', message = format('%s things are wrong with this.', jsonb_array_length(_faults)), detail = _faults::text;
  end if;
end
$$;

comment on function private.check_all(text[]) is
  'Runs checks (statements made by format with %L, each of which fails by private.fail or does nothing) and raises what they found: the one fault, or METADATA_VALIDATION_FAILED with the list.';

create or replace function private.fail_listed(code text, message text, path text) returns void
language plpgsql
as $$
begin
  raise exception using errcode = 'METAV', message = message, detail = jsonb_build_array(jsonb_build_object(
    'sqlstate', code, 'message', message, 'field', coalesce(current_setting('relata.path_prefix', true), '') || path))::text;
end
$$;

comment on function private.fail_listed(text, text, text) is
  'Raises METADATA_VALIDATION_FAILED with one fault, wherever its path leads; private.fail does so only within changes of the data model.';
