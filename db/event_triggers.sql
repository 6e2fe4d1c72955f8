-- What tells Relata of DDL that somebody types in psql. Run by src/migrate.ts as the
-- administrator, after the migrations; may be run again at any time. Who may not make
-- event triggers goes without: `npm run relata -- drift` notices then.

do $$
declare
  -- What can change the API: of a function, a column, a grant, a comment.
  _tags constant text[] := '{ALTER TABLE,CREATE FUNCTION,ALTER FUNCTION,COMMENT,GRANT,REVOKE}';
  _dropping constant text[] := '{ALTER TABLE,DROP FUNCTION,DROP ROUTINE,DROP TABLE,DROP OWNED}';
begin
  if to_regproc('private.notice_ddl') is null then
    return; -- a database for commits of migrations, which has none yet
  end if;
  if not exists (select from pg_event_trigger where evtname = 'relata_ddl') then
    execute format('create event trigger relata_ddl on ddl_command_end when tag in (%s) execute function private.notice_ddl()',
      (select string_agg(quote_literal(t), ', ') from unnest(_tags) t));
  end if;
  if not exists (select from pg_event_trigger where evtname = 'relata_drop') then
    execute format('create event trigger relata_drop on sql_drop when tag in (%s) execute function private.notice_ddl()',
      (select string_agg(quote_literal(t), ', ') from unnest(_dropping) t));
  end if;
exception when insufficient_privilege then
  null;
end
$$;
