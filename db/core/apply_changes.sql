-- The doors by which an admin shapes the workspace. Each is one transaction over
-- metadata, tables, policies and grants. DDL waits at most 100 ms for its locks,
-- lest every reader queue behind it; src/ tries again.

create or replace function core.apply_changes(changes jsonb, plan boolean default false) returns jsonb
language plpgsql
security definer set search_path = pg_catalog, pg_temp set lock_timeout = '100ms'
as $$
declare
  _plan text;
begin
  perform authz.require_permission('data_model');
  perform private.lock_metadata(authz.workspace_id());
  if not plan then
    return private.apply_changes(changes);
  end if;
  begin
    -- For real, and then undone: what leaves this block is only the answer.
    raise sqlstate 'PLANX' using message = 'planned', detail = private.apply_changes(changes)::text;
  exception when sqlstate 'PLANX' then
    get stacked diagnostics _plan = pg_exception_detail;
  end;
  return jsonb_set(_plan::jsonb, '{isPlan}', 'true');
end
$$;

comment on function core.apply_changes(jsonb, boolean) is
  'Makes a list of changes ([{kind, data}], kinds as createField, updateObject) in the caller''s workspace, all or none, and answers {changes: [{id, kind, changeId}], report: {tables, locks, api, access, milliseconds}}. A plan does it for real and takes it back. Needs data_model. Errors: those of the data model, each with the path changes.<n>.data.<field>.';
grant execute on function core.apply_changes(jsonb, boolean) to relata_admin;

create or replace function core.undo_change(id uuid, plan boolean default false) returns jsonb
language plpgsql
security definer set search_path = pg_catalog, pg_temp set lock_timeout = '100ms'
as $$
declare
  _change core.changes;
  _plan text;
begin
  perform authz.require_permission('data_model');
  perform private.lock_metadata(authz.workspace_id());
  select * into _change from core.changes c where c.id = undo_change.id and c.workspace_id = authz.workspace_id();
  if not found then
    perform private.fail('NTFND', 'There is no such change.', 'id');
  elsif _change.inverse is null or _change.inverse = 'null' then
    perform private.fail('DONEX', 'That change cannot be undone.', 'id');
  elsif exists (select from core.changes c where c.workspace_id = _change.workspace_id and c.undoes_id = _change.id) then
    perform private.fail('DONEX', 'That change has been undone already.', 'id');
  end if;
  if not plan then
    return private.apply_changes(jsonb_build_array(_change.inverse), _change.id);
  end if;
  begin
    raise sqlstate 'PLANX' using message = 'planned',
      detail = private.apply_changes(jsonb_build_array(_change.inverse), _change.id)::text;
  exception when sqlstate 'PLANX' then
    get stacked diagnostics _plan = pg_exception_detail;
  end;
  return jsonb_set(_plan::jsonb, '{isPlan}', 'true');
end
$$;

comment on function core.undo_change(uuid, boolean) is
  'Undoes a change with its data, as long as the trash keeps it; answers as core.apply_changes does. Errors: NOT_FOUND, CHANGE_NOT_UNDOABLE, NAME_TAKEN.';
grant execute on function core.undo_change(uuid, boolean) to relata_admin;
