-- The shape of a workspace: a hash of all that decides its GraphQL schema, and of
-- nothing else. It names no id, so workspaces alike have one shape.

create or replace function private.workspace_shape(workspace_id uuid) returns text
language sql stable
return (
  select encode(sha256(convert_to(coalesce(string_agg(shape.line, E'\n' order by shape.line), ''), 'UTF8')), 'hex')
  from (
    select jsonb_build_array('object', o.name_singular, o.name_plural, o.table_name, o.description,
                             o.label_field, o.search_fields, o.image_field, o.is_searchable)::text as line
    from core.objects o
    where o.workspace_id = workspace_shape.workspace_id and o.is_active
    union all
    select jsonb_build_array('field', o.name_singular, f.name, f.type, f.column_name, f.description,
                             f.is_nullable or 'REQUIRED' = any (f.building),
                             f.default_value is null, f.is_unique,
                             (select jsonb_agg(x -> 'value' order by (x ->> 'position')::int) from jsonb_array_elements(f.options) x),
                             -- What only tells how to show a value makes no other API.
                             f.settings - array(select r.key from jsonb_each(t.settings) r where not r.value ? 'decidesApi') - '{formula,rollup}'::text[],
                             f.settings ?| '{formula,rollup}')::text
    from core.fields f join core.objects o on o.id = f.object_id join core.field_types t on t.name = f.type
    where f.workspace_id = workspace_shape.workspace_id and f.is_active and not private.is_filling(f)
    union all
    select jsonb_build_array('unique', o.name_singular, private.unique_keys(o.id))::text
    from core.objects o
    where o.workspace_id = workspace_shape.workspace_id and exists (select from core.indexes i where i.object_id = o.id and i.is_unique)
    union all
    select jsonb_build_array('relation', r.type, o.name_singular, f.name, r.column_name, p.name_singular, g.name,
                             (select j.name_singular from core.objects j where j.id = r.junction_object_id))::text
    from core.relations r
    join core.objects o on o.id = r.from_object_id
    join core.fields f on f.id = r.from_field_id
    join core.objects p on p.id = r.to_object_id
    join core.fields g on g.id = r.to_field_id
    where r.workspace_id = workspace_shape.workspace_id
    union all
    -- Lists that an index has in order are asked for in another form (src/records/seek.ts).
    select jsonb_build_array('sorted', o.name_singular, k.key)::text
    from core.indexes i join core.objects o on o.id = i.object_id, private.index_keys(i) k
    where i.workspace_id = workspace_shape.workspace_id and i.type = 'BTREE' and not i.is_unique and i.status = 'READY' and k.place = 1
    union all
    select jsonb_build_array('function', f.table_name, f.name, f.result, f.description)::text
    from core.workspaces w, private.functions_in(w.schema_name) f
    where w.id = workspace_shape.workspace_id and f.why_not is null
  ) shape
);

comment on function private.workspace_shape(uuid) is
  'The SHA-256, in hex, of all that decides a workspace''s GraphQL schema.';

create or replace function private.touch_metadata(workspace_id uuid, takes_away boolean default false) returns void
language plpgsql
as $$
begin
  update core.workspaces w
    set metadata_version = w.metadata_version + 1,
        compatible_from = case when takes_away then w.metadata_version + 1 else w.compatible_from end,
        shape = private.workspace_shape(w.id)
    where w.id = touch_metadata.workspace_id;
  -- Who is held back from some fields is granted new ones by name.
  if exists (select from private.field_limits l where l.workspace_id = touch_metadata.workspace_id)
    or exists (select from private.bi_logins l where l.workspace_id = touch_metadata.workspace_id) then
    perform private.build_access(touch_metadata.workspace_id);
  end if;
end
$$;

comment on function private.touch_metadata(uuid, boolean) is
  'Counts a change of the data model; when it takes something away, schemas compiled before it may not answer any more.';

create or replace function private.lock_metadata(workspace_id uuid) returns void
language plpgsql
as $$
begin
  -- An autovacuum leaves a table to whoever has waited for it for so long: DDL must not have given up by then.
  if has_parameter_privilege('deadlock_timeout', 'set') then
    perform set_config('deadlock_timeout', '50ms', true);
  end if;
  perform pg_advisory_xact_lock(hashtextextended('relata.metadata.' || workspace_id, 0));
end
$$;

comment on function private.lock_metadata(uuid) is
  'Lets one transaction at a time change a workspace''s data model.';
