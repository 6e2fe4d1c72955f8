-- The changes of an object: created, updated (renamed, hidden, described), deleted.

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
  'Creates an object ({nameSingular, namePlural, labelSingular, labelPlural, description, icon}): its rows, and its table.';

create or replace function private.change_update_object(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _old core.objects := private.object_of(data ->> 'id', 'data.id');
  _new core.objects := _old;
  _label core.fields;
  _key text;
begin
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
         private.overrides(_old.is_custom, _old.standard_overrides, data, '{labelSingular,labelPlural,description,icon}'))
    where o.id = _old.id;
  perform private.comment_object(_new);
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
  'Changes an object ({id, nameSingular, namePlural, labelSingular, labelPlural, description, icon, isActive, labelField or labelFieldId, imageField or imageFieldId, searchFields, isSearchable, isLabelSyncedWithName, shortcut, color, duplicateCriteria}); what is inactive is hidden from every API and keeps its data.';

create or replace function private.overrides(is_custom boolean, _old jsonb, data jsonb, keys text[]) returns jsonb
language sql immutable
return case when is_custom then null else nullif(
  coalesce(_old, '{}') || coalesce((select jsonb_object_agg(k, v) from jsonb_each(data) x (k, v) where k = any(keys)), '{}'), '{}') end;

comment on function private.overrides(boolean, jsonb, jsonb, text[]) is
  'What a workspace calls a standard object or field, after another change; null for custom ones.';

create or replace function private.check_searched(_object core.objects) returns void
language plpgsql
as $$
begin
  if not exists (select from core.fields f where f.object_id = _object.id and f.name = _object.label_field and f.is_active) then
    perform private.fail('NTFND', 'The label is one of the object''s fields.', 'data.labelField');
  elsif exists (
    select from unnest(_object.search_fields) n
    where not exists (select from core.fields f where f.object_id = _object.id and f.name = n and f.type = 'TEXT')) then
    perform private.fail('NTFND', 'Search looks through text fields of the object.', 'data.searchFields');
  elsif _object.image_field is not null
    and not exists (select from core.fields f where f.object_id = _object.id and f.name = _object.image_field) then
    perform private.fail('NTFND', 'The picture is one of the object''s fields.', 'data.imageField');
  elsif _object.duplicate_criteria is not null and (
    jsonb_typeof(_object.duplicate_criteria) <> 'array' or _object.duplicate_criteria @? '$[*] ? (@.type() != "array")'
    or exists (
      select from jsonb_path_query(_object.duplicate_criteria, 'lax $[*][*]') n
      where not exists (select from core.fields f where f.object_id = _object.id and f.name = n #>> '{}'))) then
    perform private.fail('INPUT', 'Duplicates are told by lists of the object''s fields.', 'data.duplicateCriteria');
  end if;
end
$$;

comment on function private.check_searched(core.objects) is
  'Nothing when an object''s label and search fields are fields of its own; NOT_FOUND otherwise.';

create or replace function private.show_relations(object_id uuid) returns void
language plpgsql
as $$
begin
  perform private.comment_relation(r)
    from core.relations r
    where show_relations.object_id in (r.from_object_id, r.to_object_id) and r.column_name is not null
       or r.from_object_id in (select m.junction_object_id from core.relations m
                               where show_relations.object_id in (m.from_object_id, m.to_object_id));
end
$$;

comment on function private.show_relations(uuid) is
  'Shows or hides an object''s relations, after it has become active or inactive.';

create or replace function private.rename_object(_old core.objects, _new core.objects) returns void
language plpgsql
as $$
declare
  _schema text := (select w.schema_name from core.workspaces w where w.id = _old.workspace_id);
begin
  if not _old.is_custom then
    perform private.fail('NAMER', 'A standard object keeps its names; its labels may change.', 'data.nameSingular');
  end if;
  perform private.check_name(_new.name_singular, 'data.nameSingular');
  perform private.check_name(_new.name_plural, 'data.namePlural');
  if lower(_new.name_singular) = lower(_new.name_plural) then
    perform private.fail('NAMEX', 'An object''s singular and plural names differ.', 'data.namePlural');
  end if;
  perform private.check_type_name(_new.name_singular, 'data.nameSingular');
  perform private.check_object_name(_old.workspace_id, _new.name_singular, 'data.nameSingular', _old.id);
  perform private.check_object_name(_old.workspace_id, _new.name_plural, 'data.namePlural', _old.id);
  if private.snake_case(_new.name_singular) <> _old.table_name then
    if to_regclass(format('%I.%I', _schema, private.snake_case(_new.name_singular))) is not null then
      perform private.fail('NAMEX', format('This workspace already uses the name %s.', _new.name_singular), 'data.nameSingular');
    end if;
    perform private.run(format('alter table %I.%I rename to %I', _schema, _old.table_name, private.snake_case(_new.name_singular)));
    perform private.rename_morph_keys(_old, private.snake_case(_new.name_singular));
  end if;
end
$$;

comment on function private.rename_object(core.objects, core.objects) is
  'Checks an object''s new names, and renames its table.';

create or replace function private.rename_morph_keys(_old core.objects, table_name text) returns void
language plpgsql
as $$
declare
  _relation record;
  _column text;
begin
  for _relation in
    select r.*, f.column_name as begins from core.relations r join core.fields f on f.id = r.from_field_id
    where r.to_object_id = _old.id and f.type = 'MORPH_RELATION'
  loop
    _column := _relation.begins || '_' || rename_morph_keys.table_name || '_id';
    perform private.rename_column(private.table_of(_relation.from_object_id), _relation.column_name, _column);
    update core.relations r set column_name = _column where r.id = _relation.id;
  end loop;
end
$$;

comment on function private.rename_morph_keys(core.objects, text) is
  'Lets the keys of morph fields that point at an object follow its new name (target_rocket_id).';

create or replace function private.rename_targets(_old core.objects, _new core.objects) returns void
language plpgsql
as $$
declare
  _field core.fields;
  _name text := 'target' || private.upper_first(_new.name_singular);
begin
  for _field in
    select f.* from core.relations r join core.fields f on f.id = r.from_field_id
    where r.to_object_id = _new.id and f.is_system and f.name = 'target' || private.upper_first(_old.name_singular)
  loop
    perform private.check_field_name(o, _name, 'RELATION', 'data.nameSingular', _field.id) from core.objects o where o.id = _field.object_id;
    update core.fields f set name = _name, label = private.words(_name), column_name = private.rename_field(_field, _name) where f.id = _field.id;
  end loop;
  perform private.comment_relation(r) from core.relations r where r.to_object_id = _new.id and r.column_name is not null;
end
$$;

comment on function private.rename_targets(core.objects, core.objects) is
  'Lets what notes, tasks and files know an object by (targetRocket) follow its new name.';

create or replace function private.rename_permissions(_old core.objects, _new core.objects) returns void
language plpgsql
as $$
begin
  perform private.drop_policies(_new.id);
  perform private.build_policies(_new.id);
  -- A role that named the object goes on meaning it.
  update core.roles r
    set permissions = array(
      select case when split_part(p, '.', 1) = _old.name_plural then _new.name_plural || substr(p, length(_old.name_plural) + 1) else p end
      from unnest(r.permissions) with ordinality x (p, n) order by n)
    where r.workspace_id = _old.workspace_id
      and exists (select from unnest(r.permissions) p where split_part(p, '.', 1) = _old.name_plural);
end
$$;

comment on function private.rename_permissions(core.objects, core.objects) is
  'Lets an object''s policies and the roles'' permissions (rockets.read) follow its new name.';

create or replace function private.drop_policies(object_id uuid) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(object_id);
begin
  perform private.run(format('drop policy %I on %s', p.polname, _tbl)) from pg_policy p where p.polrelid = _tbl::regclass;
end
$$;

comment on function private.drop_policies(uuid) is
  'Takes all policies off an object''s table; build_policies makes them anew.';

create or replace function private.change_delete_object(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _object core.objects := private.object_of(data ->> 'id', 'data.id');
  _trashed uuid[];
begin
  perform private.check_keys(data, '{id,force}');
  if not _object.is_custom then
    perform private.fail('INPUT', 'A standard object cannot be deleted; make it inactive.', 'data.id');
  end if;
  -- What other objects make of its fields, and of its relations, must go first.
  perform private.check_field_unused(x, array(
      select f.id from core.fields f where f.object_id = _object.id union select r.id from core.rules r where r.object_id = _object.id
      union select i.id from core.indexes i where i.object_id = _object.id))
    from (select distinct unnest(private.with_other_sides(f.id)) from core.fields f where f.object_id = _object.id) y (x);
  _trashed := private.trash_object(_object.id);
  return jsonb_build_object('id', _object.id, 'inverse', jsonb_build_object('kind', 'restoreTrash', 'data',
    jsonb_build_object('ids', to_jsonb(_trashed), 'targetId', _object.id, 'deletedBy', 'deleteObject')));
end
$$;

comment on function private.change_delete_object(jsonb) is
  'Deletes a custom object ({id}): its table and its relations go to the trash, and can be had back until they are purged.';
