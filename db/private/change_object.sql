-- The changes of an object: created, updated (renamed, hidden, described).

create or replace function private.object_of(id text, path text) returns core.objects
language plpgsql
as $$
declare
  _object core.objects;
begin
  select * into _object from core.objects o where o.workspace_id = authz.workspace_id() and o.id::text = lower(object_of.id);
  if not found then
    perform private.fail('NTFND', 'There is no such object.', path);
  end if;
  return _object;
end
$$;

comment on function private.object_of(text, text) is
  'The object with this id in the caller''s workspace; NOT_FOUND otherwise.';

create or replace function private.check_keys(data jsonb, allowed text[]) returns void
language plpgsql
as $$
declare
  _key text;
begin
  select k into _key from jsonb_object_keys(data) k where k <> all (allowed) limit 1;
  if found then
    perform private.fail('INPUT', format('%s cannot be set here.', _key), 'data.' || _key);
  end if;
end
$$;

comment on function private.check_keys(jsonb, text[]) is
  'Nothing when data holds only these keys; BAD_INPUT otherwise.';

create or replace function private.change_create_object(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _id uuid := private.create_object(authz.workspace_id(),
    jsonb_strip_nulls(data) - array['fields', 'isCustom', 'isSystem', 'labelField', 'searchFields', 'duplicateCriteria']);
begin
  return jsonb_build_object('id', _id, 'inverse', jsonb_build_object(
    'kind', 'deleteObject', 'data', jsonb_build_object('id', _id, 'force', true)));
end
$$;

comment on function private.change_create_object(jsonb) is
  'Creates an object ({nameSingular, namePlural, labelSingular, labelPlural, description, icon}): its rows, and its table. Errors: NAME_INVALID, NAME_RESERVED, NAME_TAKEN, LABEL_INVALID, LIMIT_EXCEEDED.';

create or replace function private.change_update_object(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _old core.objects := private.object_of(data ->> 'id', 'data.id');
  _new core.objects := _old;
  _label core.fields;
  _key text;
  _standard jsonb := case when not _old.is_custom then private.standard_object_values(_old) end;
begin
  data := private.with_overrides(data, _old.standard_overrides, _standard);
  if data ->> 'labelFieldId' is not null then
    _label := private.field_of(data ->> 'labelFieldId', 'data.labelFieldId');
    if _label.object_id <> _old.id then
      perform private.fail('NTFND', 'The label is one of the object''s fields.', 'data.labelFieldId');
    end if;
    data := data - 'labelFieldId' || jsonb_build_object('labelField', _label.name);
  end if;
  if data ->> 'imageFieldId' is not null then
    data := data - 'imageFieldId' || jsonb_build_object('imageField', (private.field_of(data ->> 'imageFieldId', 'data.imageFieldId')).name);
  end if;
  perform private.check_keys(data, array['id', 'nameSingular', 'namePlural', 'labelSingular', 'labelPlural', 'description', 'icon', 'isActive',
                                         'labelField', 'imageField', 'searchFields', 'isSearchable', 'isLabelSyncedWithName', 'shortcut',
                                         'color', 'duplicateCriteria']);
  _new := jsonb_populate_record(_old, (
    select coalesce(jsonb_object_agg(private.snake_case(k), v), '{}') from jsonb_each(data) x (k, v)
    where k <> 'id' and (v <> 'null' or k in ('imageField', 'shortcut', 'color', 'duplicateCriteria'))));
  _new.duplicate_criteria := nullif(_new.duplicate_criteria, 'null');
  if _new.is_label_synced_with_name and _new.is_custom then
    _new.name_singular := coalesce(data ->> 'nameSingular', private.camel_case(_new.label_singular));
    _new.name_plural := coalesce(data ->> 'namePlural', private.camel_case(_new.label_plural));
  end if;
  foreach _key in array array['labelSingular', 'labelPlural'] loop
    perform private.check_label(to_jsonb(_new) ->> private.snake_case(_key), 'data.' || _key);
  end loop;
  perform private.check_texts(data);
  perform private.check_searched(_new);
  if _old.is_active and not _new.is_active and (_old.is_system or _old.name_singular = 'workspaceMember') then
    perform private.fail('INPUT', 'Relata needs that object: it stays active.', 'data.isActive');
  end if;
  if (_new.name_singular, _new.name_plural) is distinct from (_old.name_singular, _old.name_plural) then
    perform private.rename_object(_old, _new);
    _new.table_name := private.snake_case(_new.name_singular);
  end if;

  update core.objects o
    set (name_singular, name_plural, table_name, label_singular, label_plural, description, icon, is_active, label_field, image_field,
         search_fields, is_searchable, is_label_synced_with_name, shortcut, color, duplicate_criteria, standard_overrides)
      = (_new.name_singular, _new.name_plural, _new.table_name, _new.label_singular, _new.label_plural, _new.description, _new.icon,
         _new.is_active, _new.label_field, _new.image_field, _new.search_fields, _new.is_searchable, _new.is_label_synced_with_name,
         _new.shortcut, _new.color, _new.duplicate_criteria,
         private.overrides(_old.standard_overrides, data, _standard))
    where o.id = _old.id;
  perform private.comment_search(_new.id);
  if _new.is_active <> _old.is_active then
    perform private.show_relations(_new.id);
  end if;
  if _new.search_fields <> _old.search_fields then
    perform private.rebuild_search_vector(_new.id);
  end if;
  if _new.name_singular <> _old.name_singular then
    perform private.rename_targets(_old, _new);
    perform private.rebuild_derived(_new.id);
  end if;
  if _new.name_plural <> _old.name_plural then
    perform private.rename_permissions(_old, _new);
  end if;
  return jsonb_build_object('id', _old.id, 'inverse', jsonb_build_object('kind', 'updateObject', 'data', (
    select jsonb_object_agg(k, case when k = 'id' then v else to_jsonb(_old) -> private.snake_case(k) end) from jsonb_each(data) x (k, v))));
end
$$;

comment on function private.change_update_object(jsonb) is
  'Changes an object ({id, nameSingular, namePlural, labelSingular, labelPlural, description, icon, isActive, labelField or labelFieldId, imageField or imageFieldId, searchFields, isSearchable, isLabelSyncedWithName, shortcut, color, duplicateCriteria, standardOverrides}); what is inactive is hidden from every API and keeps its data.';
