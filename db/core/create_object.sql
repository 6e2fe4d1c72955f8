-- The doors by which an admin shapes the workspace. Each is one transaction over
-- metadata, tables, policies and grants. DDL waits at most 200 ms for its locks,
-- lest every reader queue behind it (DESIGN §3); src/ tries again.

create or replace function core.create_object(data jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp set lock_timeout = '200ms'
as $$
declare
  _workspace_id uuid := authz.workspace_id();
  _id uuid;
begin
  perform authz.require_permission('data_model');
  perform private.lock_metadata(_workspace_id);
  _id := private.create_object(_workspace_id,
    jsonb_strip_nulls(data) - array['fields', 'isCustom', 'isSystem', 'labelField', 'searchFields']);
  perform private.touch_metadata(_workspace_id);
  return _id;
end
$$;

comment on function core.create_object(jsonb) is
  'Creates an object ({nameSingular, namePlural, labelSingular, labelPlural, description, icon}) in the caller''s workspace and answers its id. Needs data_model. Errors: NAME_INVALID, NAME_RESERVED, NAME_TAKEN, LABEL_INVALID, LIMIT_EXCEEDED.';
grant execute on function core.create_object(jsonb) to relata_admin;

create or replace function core.create_field(data jsonb) returns uuid
language plpgsql
security definer set search_path = pg_catalog, pg_temp set lock_timeout = '200ms'
as $$
declare
  _workspace_id uuid := authz.workspace_id();
  _object core.objects;
  _id uuid;
begin
  perform authz.require_permission('data_model');
  perform private.lock_metadata(_workspace_id);
  select * into _object from core.objects o
    where o.workspace_id = _workspace_id and o.id::text = lower(data ->> 'objectId');
  if not found then
    perform private.fail('NTFND', 'There is no such object.', 'data.objectId');
  end if;
  if exists (select from core.field_types t where t.name = data ->> 'type' and t.is_system) then
    perform private.fail('FTYPE', 'Relata keeps fields of this type itself.', 'data.type');
  end if;
  -- What a field is made from is for standard objects to say, until formulas come.
  if data -> 'settings' ? 'generatedFrom' then
    perform private.fail('SETNG', 'Settings are dataType and isCaseInsensitive.', 'data.settings');
  end if;
  _id := private.create_field(_object, jsonb_strip_nulls(data) - array['isCustom', 'isSystem', 'isInverse', 'onEmptyTable']);
  perform private.touch_metadata(_workspace_id);
  return _id;
end
$$;

comment on function core.create_field(jsonb) is
  'Creates a field ({objectId, name, label, type, description, icon, isNullable, isUnique, defaultValue, options, settings, relation}) and answers its id. Needs data_model. Errors: NAME_INVALID, NAME_RESERVED, NAME_TAKEN, LABEL_INVALID, LIMIT_EXCEEDED, FIELD_TYPE_INVALID, OPTIONS_INVALID, DEFAULT_INVALID, SETTINGS_INVALID, RELATION_INVALID, NOT_FOUND.';
grant execute on function core.create_field(jsonb) to relata_admin;
