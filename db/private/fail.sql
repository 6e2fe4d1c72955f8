-- The one way SQL reports bad input: a code that src/errors.ts knows, a sentence
-- for people, and the path of the field at fault (sent as the error's column).

create or replace function private.fail(code text, message text, path text default '')
returns void
language plpgsql
as $$
begin
  raise exception using errcode = code, message = message, 
    column = case when path = '' then '' else coalesce(current_setting('relata.path_prefix', true), '') || path end;
end
$$;

comment on function private.fail(text, text, text) is
  'Raises an error declared in src/errors.ts: its five-letter SQLSTATE, a sentence, and the field''s path (data.nameSingular; changes.3.data.nameSingular within a list).';
