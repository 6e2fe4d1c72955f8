-- The changes of a field: created, updated (renamed, hidden, made required, its
-- options and default changed), deleted.

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
  'Creates a field ({objectId, name, label, type, description, icon, isNullable, isUnique, defaultValue, options, settings, relation}): its rows, and its columns.';

create or replace function private.change_update_field(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _old core.fields := private.field_of(data ->> 'id', 'data.id');
  _new core.fields;
  _saved uuid;
  _inverse jsonb;
begin
  perform private.check_keys(data, array['id', 'type', 'name', 'label', 'description', 'icon', 'isActive', 'isNullable', 'isUnique',
                                         'defaultValue', 'options', 'settings', 'isUiEditable', 'isLabelSyncedWithName', 'removedOptions',
                                         'restoredValues']);
  if data ->> 'type' <> _old.type then
    perform private.fail('TYPEX', 'A field keeps its type: make a new field, and copy what fits.', 'data.type');
  end if;
  _new := jsonb_populate_record(_old, (
    select coalesce(jsonb_object_agg(private.snake_case(k), v), '{}') from jsonb_each(data) x (k, v)
    where k not in ('id', 'type', 'removedOptions', 'restoredValues') and (v <> 'null' or k = 'defaultValue')));
  if data ? 'defaultValue' then
    _new.default_value := nullif(case when _new.type = 'RAW_JSON' then data -> 'defaultValue' else private.unquoted(data -> 'defaultValue') end, 'null');
  end if;
  if _new.is_label_synced_with_name and _new.is_custom then
    _new.name := coalesce(data ->> 'name', private.camel_case(_new.label));
  end if;
  perform private.check_texts(data);
  perform private.check_updated_field(_old, _new, data);

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
         private.overrides(_old.is_custom, _old.standard_overrides, data, '{label,description,icon}'),
         -- What could not be done has been read by now.
         case when f.building = '{}' then 'READY' else f.status end, case when f.building <> '{}' then f.status_reason end)
    where f.id = _old.id;
  perform private.follow_field(_old, _new);
  if _new.name <> _old.name then
    perform private.rename_in_expressions(_old.object_id, _old.name, _new.name);
  end if;
  if _new.settings -> 'formula' is distinct from _old.settings -> 'formula' then
    perform private.set_formula(_old.id, _new.settings -> 'formula');
  elsif _new.settings -> 'rollup' is distinct from _old.settings -> 'rollup' then
    perform private.set_rollup(_old.id, _new.settings -> 'rollup');
  end if;

  -- What became of removed options is said again when this is undone, and that undone too.
  _inverse := (select jsonb_object_agg(k, case when k in ('id', 'removedOptions') then v else to_jsonb(_old) -> private.snake_case(k) end)
               from jsonb_each(data) x (k, v) where k <> 'restoredValues');
  if _saved is not null then
    _inverse := _inverse || jsonb_build_object('restoredValues', _saved);
  end if;
  return jsonb_build_object('id', _old.id, 'inverse', jsonb_build_object('kind', 'updateField', 'data', _inverse));
end
$$;

comment on function private.change_update_field(jsonb) is
  'Changes a field ({id, name, label, description, icon, isActive, isNullable, isUnique, defaultValue, options, settings}). removedOptions ({OLD: "NEW" or null}) says what becomes of records that have an option that goes.';

create or replace function private.check_updated_field(_old core.fields, _new core.fields, data jsonb) returns void
language plpgsql
as $$
declare
  _object core.objects;
begin
  select * into strict _object from core.objects o where o.id = _old.object_id;
  perform private.check_label(_new.label, 'data.label');
  if _old.is_system and (data - array['id', 'label', 'description', 'icon', 'type']) <> '{}' then
    perform private.fail('INPUT', 'Relata keeps that field: only its label, description and icon may change.', 'data.id');
  elsif _old.is_active and not _new.is_active and _object.label_field = _old.name then
    perform private.fail('INUSE', 'Records are called by that field: choose another label first.', 'data.isActive');
  elsif _new.name <> _old.name and not _old.is_custom then
    perform private.fail('NAMER', 'A standard field keeps its name; its label may change.', 'data.name');
  elsif _old.type in ('RELATION', 'MORPH_RELATION') and (_new.is_nullable, _new.is_unique, _new.default_value) is distinct from (_old.is_nullable, _old.is_unique, _old.default_value) then
    perform private.fail('RELAT', 'A relation keeps its kind: neither required nor unique, and no default value.', 'data');
  elsif _new.is_unique and _new.default_value is not null and _new.type <> 'UUID' then
    perform private.fail('DEFLT', 'A unique field has no default value: two records would share it.', 'data.defaultValue');
  elsif not _new.is_nullable and _new.default_value is null and _new.type <> 'RELATION' and not _old.is_system
    and data -> 'defaultValue' = 'null' and _old.default_value is not null and not _old.is_custom then
    perform private.fail('DEFLT', 'A standard field that may not be empty keeps a default value.', 'data.defaultValue');
  end if;
  if _new.name <> _old.name then
    perform private.check_name(_new.name, 'data.name');
    perform private.check_field_name(_object, _new.name, _new.type, 'data.name', _old.id, _old.column_name is null);
    if _old.column_name is not null then
      _new.column_name := private.snake_case(_new.name) || case _new.type when 'RELATION' then '_id' else '' end;
      perform private.check_columns(_new, 'data.name');
    end if;
  end if;
  if data ? 'options' then
    perform private.check_options(t, data) from core.field_types t where t.name = _new.type;
  end if;
  if _new.settings is distinct from _old.settings then
    perform private.check_settings(_new.type, private.without_derived(_new.settings));
    if exists (select p.column_name, p.type from private.field_parts(_old) p except select p.column_name, p.type from private.field_parts(_new) p)
      or _new.settings ? 'formula' <> _old.settings ? 'formula' or _new.settings ? 'rollup' <> _old.settings ? 'rollup'
      or _new.settings -> 'isCaseInsensitive' is distinct from _old.settings -> 'isCaseInsensitive' then
      perform private.fail('TYPEX', 'That setting decides the column''s type and stays as it is.', 'data.settings');
    end if;
  end if;
end
$$;

comment on function private.check_updated_field(core.fields, core.fields, jsonb) is
  'Nothing when a field may become what was asked; an error with the path otherwise.';

create or replace function private.rename_field(_old core.fields, name text) returns text
language plpgsql
as $$
declare
  _tbl text := private.table_of(_old.object_id);
  _begin text := private.snake_case(name) || case when _old.type = 'RELATION' then '_id' else '' end;
  _column text;
begin
  if _old.column_name is not null and _begin <> _old.column_name then
    if _old.type = 'MORPH_RELATION' then
      perform private.run(format('alter table %s rename constraint %I to %I', _tbl, _old.column_name || '_check', _begin || '_check'));
    end if;
    if _old.type in ('RELATION', 'MORPH_RELATION') then
      for _column in select * from private.columns_of(_old) loop
        perform private.rename_column(_tbl, _column, _begin || substr(_column, length(_old.column_name) + 1));
      end loop;
    else
      perform private.rename_columns(_old, _begin);
    end if;
    update core.relations r set column_name = _begin || substr(r.column_name, length(_old.column_name) + 1)
      where r.from_field_id = _old.id and r.column_name is not null;
  end if;
  update core.objects o
    set label_field = case when o.label_field = _old.name then rename_field.name else o.label_field end,
        image_field = case when o.image_field = _old.name then rename_field.name else o.image_field end,
        search_fields = array_replace(o.search_fields, _old.name, rename_field.name),
        duplicate_criteria = (
          select jsonb_agg((select jsonb_agg(case when n = to_jsonb(_old.name) then to_jsonb(rename_field.name) else n end order by i)
                            from jsonb_array_elements(g) with ordinality y (n, i)) order by j)
          from jsonb_array_elements(o.duplicate_criteria) with ordinality x (g, j))
    where o.id = _old.object_id;
  return case when _old.column_name is not null then _begin end;
end
$$;

comment on function private.rename_field(core.fields, text) is
  'Renames a field''s columns and what names the field; answers what its columns begin with now.';

create or replace function private.rename_columns(_old core.fields, begin_with text) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_old.object_id);
  _new core.fields := _old;
  _name record;
begin
  _new.column_name := begin_with;
  for _name in
    select o.column_name as old, n.column_name as new, o.path as old_path, n.path as new_path
    from private.field_parts(_old) o join private.field_parts(_new) n on n.spec = o.spec
  loop
    perform private.run(format('alter table %s rename column %I to %I', _tbl, _name.old, _name.new));
    perform private.rename_parts(_tbl, 'constraint', c.conname, _name.new_path || right(c.conname, 6))
      from pg_constraint c where c.conrelid = _tbl::regclass and c.conname in (_name.old_path || '_check', _name.old_path || '_given');
    perform private.rename_parts(_tbl, 'index', c.relname, _name.new_path || right(c.relname, 13))
      from pg_index i join pg_class c on c.oid = i.indexrelid
      where i.indrelid = _tbl::regclass and c.relname = _name.old_path || '_key_' || right(_old.object_id::text, 8);
  end loop;
  -- A unique index over several parts is named by the field.
  perform private.rename_parts(_tbl, 'index', c.relname, begin_with || right(c.relname, 13))
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = _tbl::regclass and begin_with <> _old.column_name
      and c.relname = _old.column_name || '_key_' || right(_old.object_id::text, 8);
end
$$;

comment on function private.rename_columns(core.fields, text) is
  'Renames the columns of a field, and the checks and the unique index that are named by it.';

create or replace function private.follow_field(_old core.fields, _new core.fields) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_new.object_id);
  _bound core.fields := _new;
begin
  -- A hidden field is nobody's to fill in.
  _bound.is_nullable := _new.is_nullable or not _new.is_active;
  if _new.type not in ('RELATION', 'MORPH_RELATION') and not _new.settings ?| '{formula,rollup}' then
    if _new.default_value is distinct from _old.default_value then
      perform private.set_default(_tbl, _new, p.column_name, p.spec, p.type) from private.field_parts(_new) p;
    end if;
    if _bound.is_nullable <> (_old.is_nullable or not _old.is_active) then
      perform private.set_required(_tbl, _bound);
    elsif _new.settings is distinct from _old.settings then
      perform private.rebuild_checks(_bound);
    end if;
  end if;
  if _new.is_unique and not _old.is_unique then
    perform private.index_field(_new);
  elsif _old.is_unique and not _new.is_unique then
    perform private.build_no_more(_new.id, 'UNIQUE');
    perform private.drop_unique(_new);
  end if;
  if _old.is_active and not _new.is_active then
    perform private.forget_field_in_views(_new.id);
  end if;
  perform private.comment_field(_new);
  perform private.comment_relation(r) from core.relations r where r.column_name is not null and _new.id in (r.from_field_id, r.to_field_id);
end
$$;

comment on function private.follow_field(core.fields, core.fields) is
  'Makes the columns, indexes and comments what a changed field''s row says.';

create or replace function private.drop_unique(_field core.fields) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_field.object_id);
begin
  perform private.run(format('drop index %s.%I', split_part(_tbl, '.', 1), c.relname))
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = _tbl::regclass and c.relname in (
      select x || '_key_' || right(_field.object_id::text, 8) from private.field_parts(_field) p, unnest(array[p.path, _field.column_name]) x);
end
$$;

comment on function private.drop_unique(core.fields) is
  'Drops the index of a field that is not unique any more.';

create or replace function private.set_default(tbl text, _field core.fields, column_name text, spec jsonb, type text) returns void
language plpgsql
as $$
declare
  _default text := private.default_sql(_field, spec, type);
begin
  perform private.run(format('alter table %s alter column %I %s', tbl, column_name, coalesce('set default ' || _default, 'drop default')));
end
$$;

comment on function private.set_default(text, core.fields, text, jsonb, text) is
  'Gives a column the default of its field; records that there are keep what they have.';

create or replace function private.set_required(tbl text, _field core.fields) returns void
language plpgsql
as $$
declare
  _part record;
  _empty bigint;
  _is_large boolean := private.is_large(_field.object_id);
begin
  perform private.build_no_more(_field.id, 'REQUIRED');
  for _part in select * from private.field_parts(_field) loop
    if _part.is_required and not _is_large then
      execute format('select count(*) from %s where %I is null', tbl, _part.column_name) into _empty;
      if _empty > 0 then
        perform private.fail('23502', format('%s records have no value: fill them in first.', _empty), 'data.isNullable');
      end if;
    end if;
    if _part.part is null and not (_is_large and _part.is_required) then
      perform private.run(format('alter table %s alter column %I %s not null', tbl, _part.column_name, case when _part.is_required then 'set' else 'drop' end));
    end if;
  end loop;
  perform private.rebuild_checks(_field);
  if _is_large and not _field.is_nullable then
    perform private.require_later(_field);
  end if;
end
$$;

comment on function private.set_required(text, core.fields) is
  'Makes a field required, or no longer, as its row says; VALUE_REQUIRED tells how many records have no value, on a large table by the field''s status.';

create or replace function private.change_delete_field(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _field core.fields := private.field_of(data ->> 'id', 'data.id');
  _trashed uuid[];
begin
  perform private.check_keys(data, '{id,force}');
  if not _field.is_custom then
    perform private.fail('INPUT', 'A standard field cannot be deleted; make it inactive.', 'data.id');
  elsif exists (select from core.objects o where o.id = _field.object_id and o.label_field = _field.name) then
    perform private.fail('INUSE', 'Records are called by that field: choose another label first.', 'data.id');
  end if;
  perform private.check_field_unused(x, '{}') from unnest(private.with_other_sides(_field.id)) x;
  if not coalesce((data ->> 'force')::boolean, false) then
    perform private.check_relation_unused(r.*) from core.relations r where _field.id in (r.from_field_id, r.to_field_id);
  end if;
  _trashed := private.trash_field(_field.id);
  return jsonb_build_object('id', _field.id, 'inverse', jsonb_build_object('kind', 'restoreTrash', 'data',
    jsonb_build_object('ids', to_jsonb(_trashed), 'targetId', _field.id, 'deletedBy', 'deleteField')));
end
$$;

comment on function private.change_delete_field(jsonb) is
  'Deletes a custom field ({id, force}): its columns go to the trash, and can be had back until they are purged. A relation that joins records goes only by force.';

create or replace function private.check_field_unused(field_id uuid, going uuid[]) returns void
language plpgsql
as $$
declare
  _uses text;
begin
  select string_agg(u.kind || ' ' || u.name, ', ' order by u.kind, u.name) into _uses
    from private.uses_of_field(field_id) u where u.id <> all (going);
  if _uses is not null then
    perform private.fail('INUSE', format('That field is part of: %s. Change or delete these first.', _uses), 'data.id');
  end if;
end
$$;

comment on function private.check_field_unused(uuid, uuid[]) is
  'Nothing when no formula, rollup, rule or index needs a field, but those that are going too; FIELD_IN_USE names them otherwise.';

create or replace function private.check_relation_unused(_relation core.relations) returns void
language plpgsql
as $$
declare
  _used bigint;
begin
  if _relation.junction_object_id is not null then
    execute format('select count(*) from %s', private.table_of(_relation.junction_object_id)) into _used;
  else
    execute format('select count(*) from %s where %I is not null', private.table_of(_relation.from_object_id), _relation.column_name) into _used;
  end if;
  if _used > 0 then
    perform private.fail('INUSE', format('%s records are joined by that relation; with force it goes all the same.', _used), 'data.force');
  end if;
end
$$;

comment on function private.check_relation_unused(core.relations) is
  'Nothing when a relation joins no records; FIELD_IN_USE with their number otherwise.';
