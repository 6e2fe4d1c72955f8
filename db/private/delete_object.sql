-- An object is deleted: its table and its relations go to the trash.

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
      union select r.id from core.row_rules r where r.object_id = _object.id
      union select i.id from core.indexes i where i.object_id = _object.id union select _object.id))
    from (select distinct unnest(private.with_other_sides(f.id)) from core.fields f where f.object_id = _object.id) y (x);
  _trashed := private.trash_object(_object.id);
  return jsonb_build_object('id', _object.id, 'inverse', jsonb_build_object('kind', 'restoreTrash', 'data',
    jsonb_build_object('ids', to_jsonb(_trashed), 'targetId', _object.id, 'deletedBy', 'deleteObject')));
end
$$;

comment on function private.change_delete_object(jsonb) is
  'Deletes a custom object ({id}): its table and its relations go to the trash, and can be had back until they are purged.';
