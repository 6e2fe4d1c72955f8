-- What has been in the trash for longer than the workspace keeps it is dropped for
-- good. The worker speaks for no workspace and sees none, so it is told here which
-- to visit; each visit is a transaction of its own, lest locks on one workspace's
-- tables wait for another's.

create table if not exists private.workspaces_with_trash (
  workspace_id uuid primary key references core.workspaces on delete cascade
);

comment on table private.workspaces_with_trash is
  'The workspaces whose trash may hold something: where authz.purge_trash has to look.';

create or replace function private.tg_trash__note_workspace() returns trigger
language plpgsql
as $$
begin
  insert into private.workspaces_with_trash
    select distinct n.workspace_id from new_rows n
    on conflict do nothing;
  return null;
end
$$;

comment on function private.tg_trash__note_workspace() is
  'Notes that a workspace''s trash holds something.';

create or replace trigger _500_note_workspace
  after insert on core.trash
  referencing new table as new_rows
  for each statement execute function private.tg_trash__note_workspace();

create or replace function authz.workspaces_with_trash() returns setof uuid
language sql stable
security definer set search_path = pg_catalog, pg_temp
begin atomic
  select t.workspace_id from private.workspaces_with_trash t order by t.workspace_id;
end;

comment on function authz.workspaces_with_trash() is
  'The workspaces that authz.purge_trash has to visit. For the worker alone.';
grant execute on function authz.workspaces_with_trash() to relata_worker;

create or replace function authz.purge_trash(workspace_id uuid) returns table (purged int, busy int)
language plpgsql
security definer set search_path = pg_catalog, pg_temp set lock_timeout = '200ms'
as $$
declare
  _before timestamptz;
  _time timestamptz;
begin
  purged := 0;
  busy := 0;
  perform set_config('relata.workspace_id', purge_trash.workspace_id::text, true);
  perform private.lock_metadata(purge_trash.workspace_id);
  select now() - make_interval(days => w.trash_retention_days) into _before
    from core.workspaces w where w.id = purge_trash.workspace_id;
  -- What went together can only come back together, so it is purged together.
  for _time in
    select distinct t.created_at from core.trash t
    where t.workspace_id = purge_trash.workspace_id and t.created_at <= _before order by 1
  loop
    begin
      perform private.purge_item(t)
        from core.trash t where t.workspace_id = purge_trash.workspace_id and t.created_at = _time;
      purged := purged + 1;
    exception when lock_not_available or deadlock_detected or dependent_objects_still_exist then
      busy := busy + 1; -- tomorrow, then
    end;
  end loop;
  if not exists (select from core.trash t where t.workspace_id = purge_trash.workspace_id) then
    delete from private.workspaces_with_trash t where t.workspace_id = purge_trash.workspace_id;
  end if;
  return next;
end
$$;

comment on function authz.purge_trash(uuid) is
  'Drops what a workspace''s trash has kept for longer than trash_retention_days; answers how many changes can no longer be undone, and how many have to wait as their tables are busy. For the worker alone.';
grant execute on function authz.purge_trash(uuid) to relata_worker;

create or replace function private.purge_item(_trash core.trash) returns void
language plpgsql
as $$
declare
  _column jsonb;
  _tbl text;
begin
  if _trash.kind = 'FIELD' then
    for _column in select * from jsonb_array_elements(_trash.columns) loop
      _tbl := private.table_or_trashed((_column ->> 'objectId')::uuid);
      if _tbl is not null then
        perform private.run(format('alter table %s drop column if exists %I', _tbl, _column ->> 'trashed'));
      end if;
    end loop;
  else
    perform private.run(format('drop table if exists trash.%I', _trash.id));
    if _trash.kind = 'OBJECT' and to_regprocedure(private.kept_formulas_name(_trash.object_id) || '()') is not null then
      perform private.run(format('drop function %s()', private.kept_formulas_name(_trash.object_id)));
    end if;
  end if;
  delete from core.trash t where t.id = _trash.id;
end
$$;

comment on function private.purge_item(core.trash) is
  'Drops what one row of the trash keeps: a field''s columns, an object''s table, or values that were changed.';

create or replace function private.table_or_trashed(object_id uuid) returns text
language sql stable
return coalesce(private.table_of(object_id), (
  select format('trash.%I', t.id) from core.trash t where t.kind = 'OBJECT' and t.object_id = table_or_trashed.object_id
));

comment on function private.table_or_trashed(uuid) is
  'An object''s table, wherever it is; null when it has been purged.';
