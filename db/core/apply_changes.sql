-- The doors by which an admin shapes the workspace. Each is one transaction over
-- metadata, tables, policies and grants. DDL waits at most 100 ms for its locks,
-- lest every reader queue behind it (DESIGN §3); src/ tries again.

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

create or replace function core.create_object(data jsonb) returns uuid
language sql
return (core.apply_changes(jsonb_build_array(jsonb_build_object('kind', 'createObject', 'data', data))) #>> '{changes,0,id}')::uuid;

comment on function core.create_object(jsonb) is
  'Creates an object ({nameSingular, namePlural, labelSingular, labelPlural, description, icon, fields}) in the caller''s workspace and answers its id. Needs data_model. Errors: NAME_INVALID, NAME_RESERVED, NAME_TAKEN, LABEL_INVALID, LIMIT_EXCEEDED.';
grant execute on function core.create_object(jsonb) to relata_admin;

create or replace function core.create_field(data jsonb) returns uuid
language sql
return (core.apply_changes(jsonb_build_array(jsonb_build_object('kind', 'createField', 'data', data))) #>> '{changes,0,id}')::uuid;

comment on function core.create_field(jsonb) is
  'Creates a field ({objectId, name, label, type, description, icon, isNullable, isUnique, defaultValue, options, settings, relation}) and answers its id. Needs data_model. Errors: NAME_INVALID, NAME_RESERVED, NAME_TAKEN, LABEL_INVALID, LIMIT_EXCEEDED, FIELD_TYPE_INVALID, OPTIONS_INVALID, DEFAULT_INVALID, SETTINGS_INVALID, RELATION_INVALID, NOT_FOUND.';
grant execute on function core.create_field(jsonb) to relata_admin;
