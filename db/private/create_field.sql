-- The rows of a field, checked. core.apply_changes is the door for admins.

create or replace function private.add_field(
  _object core.objects, spec jsonb, path text default 'data.name', label_path text default 'data.label'
) returns core.fields
language plpgsql
as $$
declare
  _name text := spec ->> 'name';
  _type text := spec ->> 'type';
  _is_inverse boolean := coalesce((spec ->> 'isInverse')::boolean, false);
  _column text;
  _own_type core.field_types;
  _field core.fields;
begin
  select * into _own_type from core.field_types t where t.name = _type;
  perform private.check_all(
    -- Names of system fields follow from an object's, and may be longer.
    case when not coalesce((spec ->> 'isSystem')::boolean, false) then format('select private.check_name(%L, %L)', _name, path) end,
    -- A label that is made of the name is as good as the name.
    case when spec ->> 'label' is not null then format('select private.check_label(%L, %L)', spec ->> 'label', label_path) end,
    format('select private.check_texts(%L)', spec),
    case when _own_type.name is null then $fault$select private.fail('FTYPE', 'There is no such field type.', 'data.type')$fault$ else
      -- Formulas and rollups are checked as their columns are made, when all fields are there.
      format('select private.check_settings(%L, %L)', _type, private.without_derived(coalesce(spec -> 'settings', '{}'))) end,
    case when _own_type.name is not null then
      format('select private.check_options(t, %L) from core.field_types t where t.name = %L', spec, _type) end);
  _column := private.snake_case(_name) || coalesce(_own_type.columns #>> '{0,suffix}', '');
  perform private.check_field_name(_object, _name, _type, path, null, _is_inverse);
  -- PostgreSQL allows 1,600 columns, and far fewer wide ones in a row.
  if (select count(*) from core.fields f where f.object_id = _object.id) >= 500 then
    perform private.fail('LIMIT', 'An object holds at most 500 fields.', 'data');
  end if;

  insert into core.fields (workspace_id, object_id, name, label, description, icon, type, column_name,
                           is_nullable, is_unique, default_value, options, settings, is_custom, is_system)
    values (_object.workspace_id, _object.id, _name,
            coalesce(spec ->> 'label', private.words(_name)),
            coalesce(spec ->> 'description', ''), coalesce(spec ->> 'icon', ''),
            _type, case when not _is_inverse then _column end,
            coalesce((spec ->> 'isNullable')::boolean, true),
            coalesce((spec ->> 'isUnique')::boolean, false),
            -- What is JSON itself keeps its quotes.
            nullif(case when _type = 'RAW_JSON' then spec -> 'defaultValue' else private.unquoted(spec -> 'defaultValue') end, 'null'),
            private.numbered_options(case when _own_type.options = '[]' then spec -> 'options' else _own_type.options end),
            coalesce(nullif(spec -> 'settings', 'null'), '{}'),
            coalesce((spec ->> 'isCustom')::boolean, true),
            coalesce((spec ->> 'isSystem')::boolean, false))
    returning * into _field;
  perform private.check_columns(_field, path);
  return _field;
end
$$;

comment on function private.add_field(core.objects, jsonb, text, text) is
  'Writes a field''s row from what was asked for ({name, label, type, …}) after checking it. The table does not follow yet.';

create or replace function private.check_field_name(
  _object core.objects, name text, type text, path text, except_id uuid default null, is_inverse boolean default false
) returns void
language plpgsql
as $$
declare
  _column text := private.snake_case(name) || case type when 'RELATION' then '_id' else '' end;
  _clash text;
begin
  -- Words of filters, columns that PostgreSQL has on every table, and what every object of
  -- JavaScript has: graphql-js would find it in each input that does not give the field.
  if name in ('and', 'or', 'not', 'typename', 'ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid',
              'constructor', 'hasOwnProperty', 'isPrototypeOf', 'propertyIsEnumerable', 'toLocaleString', 'toString', 'valueOf') then
    perform private.fail('NAMER', 'That name is reserved.', path);
  end if;

  -- A relation called company also takes the name companyId, and a column belongs to one field.
  select f.name into _clash from core.fields f
    where f.object_id = _object.id and f.id is distinct from except_id
      and (lower(f.name) = lower(check_field_name.name)
        or (not is_inverse and f.column_name = _column)
        or (check_field_name.type = 'RELATION' and not is_inverse and lower(f.name) = lower(check_field_name.name || 'Id'))
        or (f.type = 'RELATION' and f.column_name is not null and lower(f.name || 'Id') = lower(check_field_name.name))
        or private.morph_takes(f, check_field_name.name, case when not is_inverse then _column end))
    limit 1;
  if found then
    perform private.fail('NAMEX', format('This object already has a field %s.', _clash), path);
  end if;
  -- The API names an enum by object and field, run together: project.taskStatus, projectTask.status.
  if exists (select from core.field_types t where t.name = check_field_name.type and t.options is not null) and exists (
    select from core.fields f join core.objects o on o.id = f.object_id
    where f.workspace_id = _object.workspace_id and f.options is not null and f.object_id <> _object.id
      and lower(o.name_singular || f.name) = lower(_object.name_singular || check_field_name.name)) then
    perform private.fail('NAMEX', 'Another object''s field has the same enum in the API.', path);
  end if;
end
$$;

comment on function private.check_field_name(core.objects, text, text, text, uuid, boolean) is
  'Nothing for a name that a field of the object may have; NAME_INVALID, NAME_RESERVED or NAME_TAKEN otherwise.';

create or replace function private.create_field(_object core.objects, spec jsonb) returns uuid
language plpgsql
as $$
declare
  _id uuid := case spec ->> 'type'
    when 'RELATION' then private.create_relation_field(_object, spec)
    when 'MORPH_RELATION' then private.create_morph_field(_object, spec)
    else private.create_value_field(_object, spec)
  end;
begin
  perform private.show_in_index_view(_id);
  return _id;
end
$$;

comment on function private.create_field(core.objects, jsonb) is
  'Adds a field to an object that stands: its rows, its columns, and for a relation the other side too.';

create or replace function private.create_value_field(_object core.objects, spec jsonb) returns uuid
language plpgsql
as $$
declare
  _field core.fields := private.add_field(_object, spec);
begin
  if not _field.is_nullable and not _field.is_system and not coalesce((spec ->> 'onEmptyTable')::boolean, false)
    and exists (select from private.field_parts(_field) p
                where p.is_required and private.default_sql(_field, p.spec, p.type) is null) then
    perform private.fail('DEFLT', 'A field that may not be empty needs a default value, for the records there are.', 'data.defaultValue');
  elsif _field.is_unique and not exists (select from private.field_parts(_field) p where p.is_unique) then
    perform private.fail('FTYPE', format('A field of the type %s cannot be unique.', _field.type), 'data.isUnique');
  elsif _field.is_unique and _field.default_value is not null and _field.type <> 'UUID' then
    perform private.fail('DEFLT', 'A unique field has no default value: two records would share it.', 'data.defaultValue');
  end if;
  perform private.build_field(_field.id);
  return _field.id;
end
$$;

comment on function private.create_value_field(core.objects, jsonb) is
  'Adds a field that holds values of its own: its row, and its columns.';
