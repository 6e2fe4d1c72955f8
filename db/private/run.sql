-- The one way metadata becomes DDL: the statement runs, and is noted for the change
-- that it is part of. A workspace is built with nobody noting.

create or replace function private.run(statement text) returns void
language plpgsql
as $$
declare
  _noted text := nullif(current_setting('relata.statements', true), '');
begin
  -- Else private.notice_ddl would take it for somebody else's.
  perform set_config('relata.own_ddl', 'on', true);
  execute statement;
  perform set_config('relata.own_ddl', '', true);
  if _noted is not null then
    perform set_config('relata.statements', (_noted::jsonb || to_jsonb(statement))::text, true);
  end if;
end
$$;

comment on function private.run(text) is
  'Executes a statement of DDL, and notes it for the change that it is part of.';
