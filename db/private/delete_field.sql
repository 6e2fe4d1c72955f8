-- A field is deleted, when nothing else is made of it.

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
  'Nothing when no formula, rollup, rule, index or object needs a field, but those that are going too; FIELD_IN_USE names them otherwise.';

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
