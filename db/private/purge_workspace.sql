-- What was deleted and not reopened in time is taken away with all that it holds, step
-- by step: a workspace of many tables would need more locks than there are at once.

create or replace function authz.workspaces_to_purge(grace_days int) returns setof uuid
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select c.workspace_id from private.closed_workspaces c
  where c.closed_at <= now() - make_interval(days => grace_days)
  order by c.closed_at;
end;

comment on function authz.workspaces_to_purge(int) is
  'The workspaces that were deleted so many days ago or more. For the worker alone.';
grant execute on function authz.workspaces_to_purge(int) to relata_worker;

create or replace function authz.purge_workspace(workspace_id uuid, grace_days int) returns boolean
language plpgsql
security definer set search_path = pg_catalog, pg_temp set lock_timeout = '200ms'
as $$
declare
  _schema text;
  _tables text[];
  _tbl text;
  _object_id uuid;
begin
  perform set_config('relata.workspace_id', purge_workspace.workspace_id::text, true);
  -- It may have been reopened meanwhile; from here on it cannot be.
  perform from private.closed_workspaces c
    where c.workspace_id = purge_workspace.workspace_id and c.closed_at <= now() - make_interval(days => grace_days)
    for update;
  if not found then
    return true;
  end if;
  select w.schema_name into strict _schema from core.workspaces w where w.id = purge_workspace.workspace_id;

  select array_agg(t.tbl) into _tables from (
    select format('%I.%I', n.nspname, c.relname) as tbl
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = _schema and c.relkind in ('r', 'p')
    union all
    select format('trash.%I', c.relname)
    from core.trash t join pg_class c on c.relname = t.id::text and c.relnamespace = 'trash'::regnamespace
    where t.workspace_id = purge_workspace.workspace_id
    limit 20
  ) t;
  foreach _tbl in array coalesce(_tables, '{}') loop
    perform private.run(format('drop table %s cascade', _tbl));
  end loop;
  if _tables is not null then
    return false;
  end if;

  for _object_id in
    select o.id from core.objects o where o.workspace_id = purge_workspace.workspace_id
    union select t.object_id from core.trash t where t.workspace_id = purge_workspace.workspace_id
  loop
    perform private.run(format('drop function if exists %s() cascade', private.kept_formulas_name(_object_id)));
  end loop;
  perform private.run(format('drop schema if exists %I cascade', _schema));
  delete from core.workspaces w where w.id = purge_workspace.workspace_id;
  return true;
end
$$;

comment on function authz.purge_workspace(uuid, int) is
  'Takes away a workspace that was deleted so many days ago: some of its tables in one call (false), and when none is left its schema, its rows and its secrets (true). For the worker alone.';
grant execute on function authz.purge_workspace(uuid, int) to relata_worker;
