-- What an object says of its own fields.

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
    jsonb_typeof(_object.duplicate_criteria) <> 'array' or _object.duplicate_criteria @? 'strict $[*] ? (@.type() != "array")'
    or exists (
      select from jsonb_path_query(_object.duplicate_criteria, 'lax $[*][*]') n
      where not exists (select from core.fields f where f.object_id = _object.id and f.name = n #>> '{}'))) then
    perform private.fail('INPUT', 'Duplicates are told by lists of the object''s fields.', 'data.duplicateCriteria');
  end if;
end
$$;

comment on function private.check_searched(core.objects) is
  'Nothing when an object''s label and search fields are fields of its own; NOT_FOUND otherwise.';
