-- DDL that somebody types in psql is noticed: the workspace's version grows, so that
-- servers look at it again. db/event_triggers.sql hangs this on the database, where the
-- administrator may do that.

create or replace function private.workspace_of(schema_name text) returns uuid
language sql stable
begin atomic
  -- As the rows themselves are bound to it. core.workspaces shows itself to who knows the id only.
  select substring(pg_get_expr(p.polqual, p.polrelid) from '''([0-9a-f]{8}-[0-9a-f-]{27})''')::uuid
  from pg_policy p
  join pg_class c on c.oid = p.polrelid
  join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = workspace_of.schema_name and p.polname = 'in_workspace'
  order by c.relname = 'workspace_member' desc
  limit 1;
end;

comment on function private.workspace_of(text) is
  'The id of the workspace whose records a schema holds, as its policies tell it; null when there is none.';

create or replace function private.workspaces() returns table (id uuid, subdomain text, schema_name text)
language plpgsql
as $$
declare
  _was text := current_setting('relata.workspace_id', true);
  _id uuid;
begin
  for _id in select private.workspace_of(n.nspname) from pg_namespace n where n.nspname like 'workspace\_%' order by n.nspname loop
    perform set_config('relata.workspace_id', _id::text, true);
    return query select w.id, w.subdomain, w.schema_name from core.workspaces w where w.id = _id;
  end loop;
  perform set_config('relata.workspace_id', coalesce(_was, ''), true);
end
$$;

comment on function private.workspaces() is
  'Every workspace, for commands that an administrator types; row security shows one at a time.';

create or replace function private.touch_if_moved(workspace_id uuid) returns void
language sql
begin atomic
  select private.touch_metadata(w.id, true)
  from core.workspaces w
  where w.id = touch_if_moved.workspace_id and w.shape is distinct from private.workspace_shape(w.id);
end;

comment on function private.touch_if_moved(uuid) is
  'Counts what was done to a workspace where no event trigger tells of it: its shape is not the one that is known.';

create or replace function private.notice_ddl() returns event_trigger
language plpgsql
security definer set search_path = pg_catalog, pg_temp
as $$
declare
  _was text := current_setting('relata.workspace_id', true);
  _schemas text[];
  _id uuid;
begin
  if current_setting('relata.own_ddl', true) = 'on' then
    return;
  elsif tg_event = 'sql_drop' then
    _schemas := array(select distinct d.schema_name from pg_event_trigger_dropped_objects() d where d.schema_name like 'workspace\_%');
  elsif tg_tag in ('GRANT', 'REVOKE') then
    -- Of whose objects, PostgreSQL does not say. The API asks it of functions.
    _schemas := array(select distinct n.nspname from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname like 'workspace\_%');
  else
    _schemas := array(select distinct d.schema_name from pg_event_trigger_ddl_commands() d where d.schema_name like 'workspace\_%');
  end if;
  for _id in select private.workspace_of(s) from unnest(_schemas) s loop
    perform set_config('relata.workspace_id', _id::text, true);
    if tg_tag in ('GRANT', 'REVOKE') then
      perform private.touch_if_moved(_id);
    else
      perform private.touch_metadata(_id, true);
    end if;
  end loop;
  if _schemas <> '{}' then
    perform set_config('relata.workspace_id', coalesce(_was, ''), true);
  end if;
end
$$;

comment on function private.notice_ddl() is
  'Counts DDL in a workspace''s schema, when it is not Relata''s own, as a change of its data model: schemas compiled before may not answer any more.';
