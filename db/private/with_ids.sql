-- A change may name what others have by id: {"objectId": "rocket"}, {"id": "rocket.stage"}.
-- So a list of changes can speak of what is made earlier in it.

create or replace function private.id_of(name text) returns uuid
language sql stable
return case
  when name ~ '^[a-z][a-zA-Z0-9]*$' then (
    select o.id from core.objects o where o.workspace_id = authz.workspace_id() and o.name_singular = id_of.name)
  when name ~ '^[a-z][a-zA-Z0-9]*\.[a-z][a-zA-Z0-9]*$' then (
    select f.id from core.fields f join core.objects o on o.id = f.object_id
    where f.workspace_id = authz.workspace_id() and o.name_singular = split_part(id_of.name, '.', 1) and f.name = split_part(id_of.name, '.', 2))
end;

comment on function private.id_of(text) is
  'The id of an object (rocket) or of a field (rocket.stage) of the caller''s workspace; null for anything else.';

create or replace function private.with_ids(data jsonb) returns jsonb
language plpgsql stable
as $$
begin
  return case jsonb_typeof(data)
    when 'array' then (
      select coalesce(jsonb_agg(private.with_ids(v) order by n), '[]') from jsonb_array_elements(data) with ordinality x (v, n))
    when 'object' then (
      select coalesce(jsonb_object_agg(k, case
          -- What an admin's values hold is no name of ours.
          when k in ('defaultValue', 'settings', 'value', 'expression', 'removedOptions') then v
          when (k = 'id' or k like '%Id') and jsonb_typeof(v) = 'string' then coalesce(to_jsonb(private.id_of(v #>> '{}')), v)
          else private.with_ids(v)
        end), '{}')
      from jsonb_each(data) x (k, v))
    else data
  end;
end
$$;

comment on function private.with_ids(jsonb) is
  'What a change was given, with ids in the place of names; what names nothing stays, for whoever looks it up to say so.';
