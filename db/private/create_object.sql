-- The rows of an object and of its first fields, checked, and then its table.
-- core.apply_changes is the door for admins.

create or replace function private.forget_permissions(workspace_id uuid, name_plural text) returns void
language sql
begin atomic
  update core.roles r
    set permissions = array(
      select p from unnest(r.permissions) with ordinality x (p, n) where split_part(p, '.', 1) <> forget_permissions.name_plural order by n)
    where r.workspace_id = forget_permissions.workspace_id
      and exists (select from unnest(r.permissions) p where split_part(p, '.', 1) = forget_permissions.name_plural);
end;

comment on function private.forget_permissions(uuid, text) is
  'Takes from roles what they were granted on an object that once had this name: another one is another matter.';

create or replace function private.create_object(workspace_id uuid, spec jsonb) returns uuid
language plpgsql
as $$
declare
  _singular text := spec ->> 'nameSingular';
  _plural text := spec ->> 'namePlural';
  _object core.objects;
  _field jsonb;
begin
  perform private.check_all(
    format('select private.check_name(%L, %L)', _singular, 'data.nameSingular'),
    format('select private.check_name(%L, %L)', _plural, 'data.namePlural'),
    case when spec ->> 'labelSingular' is not null then format('select private.check_label(%L, %L)', spec ->> 'labelSingular', 'data.labelSingular') end,
    case when spec ->> 'labelPlural' is not null then format('select private.check_label(%L, %L)', spec ->> 'labelPlural', 'data.labelPlural') end,
    format('select private.check_texts(%L)', spec));
  perform private.check_object_name(create_object.workspace_id, _singular, 'data.nameSingular');
  perform private.check_object_name(create_object.workspace_id, _plural, 'data.namePlural');
  perform private.check_type_name(_singular, 'data.nameSingular');
  -- Tables share their names with indexes (company_pkey).
  if to_regclass((select format('%I.%I', w.schema_name, private.snake_case(_singular))
                  from core.workspaces w where w.id = create_object.workspace_id)) is not null then
    perform private.fail('NAMEX', format('This workspace already uses the name %s.', _singular), 'data.nameSingular');
  end if;
  if lower(_singular) = lower(_plural) then
    perform private.fail('NAMEX', 'An object''s singular and plural names differ.', 'data.namePlural');
  end if;
  if (select count(*) from core.objects o where o.workspace_id = create_object.workspace_id) >= 1000 then
    perform private.fail('LIMIT', 'A workspace holds at most 1000 objects.', 'data');
  end if;

  insert into core.objects (workspace_id, name_singular, name_plural, label_singular, label_plural, description,
                            icon, color, shortcut, is_label_synced_with_name, table_name, label_field, search_fields, duplicate_criteria, is_custom, is_system)
    values (create_object.workspace_id, _singular, _plural,
            coalesce(spec ->> 'labelSingular', private.words(_singular)),
            coalesce(spec ->> 'labelPlural', private.words(_plural)),
            coalesce(spec ->> 'description', ''), coalesce(spec ->> 'icon', ''), spec ->> 'color', spec ->> 'shortcut',
            coalesce((spec ->> 'isLabelSyncedWithName')::boolean, false),
            private.snake_case(_singular),
            coalesce(spec ->> 'labelField', 'name'),
            case when spec ? 'searchFields' then array(select jsonb_array_elements_text(spec -> 'searchFields')) else array['name'] end,
            spec -> 'duplicateCriteria',
            coalesce((spec ->> 'isCustom')::boolean, true),
            coalesce((spec ->> 'isSystem')::boolean, false))
    returning * into _object;
  perform private.forget_permissions(_object.workspace_id, _object.name_plural);

  for _field in
    select f || '{"isSystem": true, "isCustom": false}' from jsonb_array_elements(private.system_fields()) f
    union all
    select f || jsonb_build_object('isCustom', _object.is_custom)
    from jsonb_array_elements(coalesce(spec -> 'fields', '[{"name": "name", "type": "TEXT"}]')) f
  loop
    perform private.add_field(_object, _field);
  end loop;
  perform private.build_object(_object.id);
  if _object.is_custom and not _object.is_system then
    perform private.create_targets(_object);
  end if;
  perform private.create_default_view(_object.id);
  return _object.id;
end
$$;

comment on function private.create_object(uuid, jsonb) is
  'Adds an object ({nameSingular, namePlural, labelSingular, labelPlural, description, icon, fields}) to a workspace: its rows, and its table.';

create or replace function private.system_fields() returns jsonb
language sql immutable
return '[
  {"name": "id",           "type": "UUID",      "isNullable": false, "defaultValue": "uuid"},
  {"name": "createdAt",    "type": "DATE_TIME", "isNullable": false, "defaultValue": "now", "label": "Creation date"},
  {"name": "updatedAt",    "type": "DATE_TIME", "isNullable": false, "defaultValue": "now", "label": "Last update"},
  {"name": "deletedAt",    "type": "DATE_TIME", "label": "Deleted at"},
  {"name": "createdBy",    "type": "ACTOR",     "label": "Created by"},
  {"name": "updatedBy",    "type": "ACTOR",     "label": "Updated by"},
  {"name": "position",     "type": "POSITION",  "isNullable": false},
  {"name": "searchVector", "type": "TS_VECTOR"}
]'::jsonb;

comment on function private.system_fields() is
  'The fields that every object has.';

create or replace function private.check_object_name(workspace_id uuid, name text, path text, except_id uuid default null) returns void
language plpgsql
as $$
begin
  -- GraphQL names are told apart by case, but people and file systems are not so careful.
  -- The types that the API makes of other objects' names, and the tables of PostgreSQL,
  -- which come first in every search_path.
  if exists (select from private.reserved_names r where lower(r.name) = lower(check_object_name.name))
    or name ~ '(Connection|Edge|Input|Filter|Enum|GroupBy)$'
    or private.snake_case(name) like 'pg\_%' then
    perform private.fail('NAMER', format('The name %s is reserved.', name), path);
  end if;
  if exists (select from core.objects o
             where o.workspace_id = check_object_name.workspace_id and o.id is distinct from except_id
               and lower(check_object_name.name) in (lower(o.name_singular), lower(o.name_plural))) then
    perform private.fail('NAMEX', format('This workspace already has an object called %s.', name), path);
  end if;
end
$$;

comment on function private.check_object_name(uuid, text, text, uuid) is
  'Nothing for a name that is free in the workspace; NAME_RESERVED or NAME_TAKEN otherwise.';
