-- The one way SQL reports bad input: a code that src/errors.ts knows, a sentence
-- for people, and the path of the field at fault (sent as the error's column).

create or replace function private.fail(code text, message text, path text default '')
returns void
language plpgsql
as $$
begin
  raise exception using errcode = code, message = message, column = path;
end
$$;

comment on function private.fail(text, text, text) is
  'Raises an error declared in src/errors.ts: its five-letter SQLSTATE, a sentence, and the field''s path (data.nameSingular).';
