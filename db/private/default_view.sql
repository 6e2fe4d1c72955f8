-- The view that an object opens with: all its fields, as they come.

create or replace function private.create_default_view(object_id uuid) returns void
language plpgsql
as $$
declare
  _object core.objects;
  _view_id uuid;
begin
  select * into strict _object from core.objects o where o.id = create_default_view.object_id;
  -- What is made for other objects is not offered to people as such.
  if _object.is_system then
    return;
  end if;
  insert into core.views (workspace_id, object_id, creator_id, name, key, icon)
    values (_object.workspace_id, _object.id, null, left('All ' || _object.label_plural, 255), 'INDEX', _object.icon)
    returning id into _view_id;
  insert into core.view_fields (workspace_id, view_id, field_id, is_visible, position)
    select _object.workspace_id, _view_id, f.id, f.place <= 30, f.place - 1
    from (
      -- What a record is called comes first, and when it was made last.
      select f.id, row_number() over (order by f.name <> _object.label_field, f.name = 'createdAt', f.id) as place
      from core.fields f
      where f.object_id = _object.id and (not f.is_system or f.name in ('createdAt', _object.label_field))
    ) f;
end
$$;

comment on function private.create_default_view(uuid) is
  'Makes the view that an object opens with: all its records in a table. Objects made for others have none.';

create or replace function private.show_in_index_view(field_id uuid) returns void
language sql
begin atomic
  -- A relation brings a field on each side.
  insert into core.view_fields (workspace_id, view_id, field_id, is_visible, position)
  select f.workspace_id, v.id, f.id,
         -- Both, when a relation is an object's to itself.
         (select count(*) from core.view_fields g where g.view_id = v.id and g.is_visible and g.deleted_at is null)
           + row_number() over (partition by v.id order by f.id) <= 30,
         (select coalesce(max(g.position), -1) from core.view_fields g where g.view_id = v.id)
           + row_number() over (partition by v.id order by f.id)
  from core.fields f
  join core.views v on v.object_id = f.object_id and v.key = 'INDEX'
  where not f.is_system
    and f.id in (
      select show_in_index_view.field_id
      union select r.to_field_id from core.relations r where r.from_field_id = show_in_index_view.field_id
      union select r.from_field_id from core.relations r where r.to_field_id = show_in_index_view.field_id)
    and not exists (select from core.view_fields g where g.view_id = v.id and g.field_id = f.id);
end;

comment on function private.show_in_index_view(uuid) is
  'Appends a new field, and the other side of a relation, to the index view of its object; shown while there is room.';
