-- The changes of a field: created, updated (renamed, hidden, made required, its
-- options and default changed).

create or replace function private.field_of(id text, path text) returns core.fields
language plpgsql
as $$
declare
  _field core.fields;
begin
  select * into _field from core.fields f where f.workspace_id = authz.workspace_id() and f.id::text = lower(field_of.id);
  if not found then
    perform private.fail('NTFND', 'There is no such field.', path);
  end if;
  return _field;
end
$$;

comment on function private.field_of(text, text) is
  'The field with this id in the caller''s workspace; NOT_FOUND otherwise.';

create or replace function private.change_create_field(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _object core.objects := private.object_of(data ->> 'objectId', 'data.objectId');
  _id uuid;
begin
  if exists (select from core.field_types t where t.name = data ->> 'type' and t.is_system) then
    perform private.fail('FTYPE', 'Relata keeps fields of this type itself.', 'data.type');
  end if;
  _id := private.create_field(_object, private.without_nulls(data) - array['isCustom', 'isSystem', 'isInverse', 'onEmptyTable']);
  return jsonb_build_object('id', _id, 'inverse', jsonb_build_object(
    'kind', 'deleteField', 'data', jsonb_build_object('id', _id, 'force', true)));
end
$$;

comment on function private.change_create_field(jsonb) is
  'Creates a field ({objectId, name, label, type, description, icon, isNullable, isUnique, defaultValue, options, settings, relation}): its rows, and its columns. Errors: NAME_INVALID, NAME_RESERVED, NAME_TAKEN, LABEL_INVALID, LIMIT_EXCEEDED, FIELD_TYPE_INVALID, OPTIONS_INVALID, DEFAULT_INVALID, SETTINGS_INVALID, RELATION_INVALID, NOT_FOUND.';

create or replace function private.change_update_field(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _old core.fields := private.field_of(data ->> 'id', 'data.id');
  _new core.fields;
  _saved uuid;
  _inverse jsonb;
  _views jsonb;
  _standard jsonb := case when not _old.is_custom then private.standard_field_values(_old) end;
begin
  data := private.with_overrides(data, _old.standard_overrides, _standard);
  perform private.check_keys(data, array['id', 'type', 'name', 'label', 'description', 'icon', 'isActive', 'isNullable', 'isUnique',
                                         'defaultValue', 'options', 'settings', 'isUiEditable', 'isLabelSyncedWithName', 'removedOptions',
                                         'restoredValues', 'restoredViews', 'relation', 'force']);
  if data ->> 'type' <> _old.type then
    perform private.fail('TYPEX', 'A field keeps its type: make a new field, and copy what fits.', 'data.type');
  end if;
  _new := jsonb_populate_record(_old, (
    select coalesce(jsonb_object_agg(private.snake_case(k), v), '{}') from jsonb_each(data) x (k, v)
    where k not in ('id', 'type', 'removedOptions', 'restoredValues', 'restoredViews', 'relation', 'force') and (v <> 'null' or k = 'defaultValue')));
  if data ? 'defaultValue' then
    _new.default_value := nullif(case when _new.type = 'RAW_JSON' then data -> 'defaultValue' else private.unquoted(data -> 'defaultValue') end, 'null');
  end if;
  if _new.is_label_synced_with_name and _new.is_custom then
    _new.name := coalesce(data ->> 'name', private.camel_case(_new.label));
  end if;
  perform private.check_texts(data);
  perform private.check_updated_field(_old, _new, data);

  if _new.options is distinct from _old.options or _old.is_active and not _new.is_active then
    _views := private.view_rows_of(_old.id);
  end if;
  if _new.options is distinct from _old.options then
    _new.options := private.kept_options(_old.options, _new.options);
    _saved := private.change_options(_old, _new, data);
  end if;
  if _new.name <> _old.name then
    _new.column_name := private.rename_field(_old, _new.name);
  end if;
  update core.fields f
    set (name, column_name, label, description, icon, is_active, is_nullable, is_unique, default_value, options, settings,
         is_ui_editable, is_label_synced_with_name, standard_overrides, status, status_reason)
      = (_new.name, _new.column_name, _new.label, _new.description, _new.icon, _new.is_active, _new.is_nullable, _new.is_unique,
         _new.default_value, _new.options,
         -- What it is made of is changed with its column, below.
         private.without_derived(_new.settings) || (_old.settings - array(select jsonb_object_keys(private.without_derived(_old.settings)))),
         _new.is_ui_editable, _new.is_label_synced_with_name,
         private.overrides(_old.standard_overrides, data, _standard),
         -- What could not be done has been read by now.
         case when f.building = '{}' then 'READY' else f.status end, case when f.building <> '{}' then f.status_reason end)
    where f.id = _old.id;
  if _new.options is distinct from _old.options then
    perform private.follow_options_in_views(_old.id, _old.options, _new.options, not data ? 'restoredViews');
  end if;
  perform private.follow_field(_old, _new);
  if _new.name <> _old.name then
    perform private.rename_in_expressions(_old.object_id, _old.name, _new.name);
    perform private.comment_search(_old.object_id);
  end if;
  if _new.settings -> 'formula' is distinct from _old.settings -> 'formula' then
    perform private.set_formula(_old.id, _new.settings -> 'formula');
  elsif _new.settings -> 'rollup' is distinct from _old.settings -> 'rollup' then
    perform private.set_rollup(_old.id, _new.settings -> 'rollup');
  end if;

  -- What became of removed options is said again when this is undone, and that undone too.
  _inverse := (select jsonb_object_agg(k, case when k in ('id', 'removedOptions') then v else to_jsonb(_old) -> private.snake_case(k) end)
               from jsonb_each(data) x (k, v) where k not in ('restoredValues', 'restoredViews', 'relation', 'force'));
  if data ? 'restoredViews' then
    perform private.restore_rows(data -> 'restoredViews');
  end if;
  _views := nullif(private.lost_rows(_views), '[]');
  if _views is not null then
    _inverse := _inverse || jsonb_build_object('restoredViews', _views);
  end if;
  if _saved is not null then
    _inverse := _inverse || jsonb_build_object('restoredValues', _saved);
  end if;
  return jsonb_build_object('id', _old.id, 'inverse', private.list_of_inverses(
    jsonb_build_array(jsonb_build_object('kind', 'updateField', 'data', _inverse))
      || case when data ->> 'relation' is not null
              then private.update_relations(_new, data -> 'relation', coalesce((data ->> 'force')::boolean, false)) else '[]' end));
end
$$;

comment on function private.change_update_field(jsonb) is
  'Changes a field ({id, name, label, description, icon, isActive, isNullable, isUnique, defaultValue, options, settings, relation, standardOverrides}). relation ({onDelete, targets}) says what becomes of records when others are destroyed, and all that a morph field points at. removedOptions ({OLD: "NEW" or null}) says what becomes of records that have an option that goes.';
