-- What would hold up everybody on a large table is left to a job (tasks/finish_build.ts):
-- the change makes what needs no row to be read, and notes the steps that are left.

create or replace function private.is_large(object_id uuid) returns boolean
language sql stable
-- Asked of the planner's statistics and of the file: counting would take as long as building.
return coalesce((
  select c.reltuples > 50000 or pg_relation_size(c.oid) > 64 * 1024 * 1024
  from pg_class c where c.oid = to_regclass(private.table_of(is_large.object_id))
), false);

comment on function private.is_large(uuid) is
  'Whether an object has so many records that nobody may wait until they are all read.';

create or replace function private.queue_build(workspace_id uuid, kind text, id uuid) returns void
language plpgsql
as $$
begin
  execute 'select graphile_worker.queue_job($1, $2, $3)' using 'finish_build',
    json_build_object('workspaceId', workspace_id, 'kind', kind, 'id', id),
    format('finish_build.%s.%s.%s', workspace_id, kind, id);
end
$$;

comment on function private.queue_build(uuid, text, uuid) is
  'Leaves the rest of a FIELD or of a RULE to a job, once this is committed.';

create or replace function private.queue_index(_index core.indexes) returns void
language plpgsql
as $$
begin
  execute 'select graphile_worker.queue_job($1, $2, $3)' using 'build_index',
    json_build_object('workspaceId', _index.workspace_id, 'indexId', _index.id, 'name', _index.name),
    format('build_index.%s.%s.%s', _index.workspace_id, _index.id, _index.name);
end
$$;

comment on function private.queue_index(core.indexes) is
  'Leaves it to a job to make an index, once this is committed.';

create or replace function private.build_later(field_id uuid, steps text[]) returns core.fields
language plpgsql
as $$
declare
  _field core.fields;
begin
  update core.fields f
    set building = array(select s from unnest('{FILL,CHECKS,REQUIRED,UNIQUE,KEYS,INDEXES}'::text[]) with ordinality x (s, n)
                         where s = any (f.building || steps) order by n),
        status = 'BUILDING', status_reason = null
    where f.id = build_later.field_id
    returning * into strict _field;
  perform private.queue_build(_field.workspace_id, 'FIELD', _field.id);
  return _field;
end
$$;

comment on function private.build_later(uuid, text[]) is
  'Adds to what a job has still to do of a field; answers the field''s row.';

create or replace function private.build_no_more(field_id uuid, step text) returns void
language sql
begin atomic
  update core.fields f
  set building = array_remove(f.building, step),
      status = case when f.building <@ array[step] then 'READY' else f.status end,
      status_reason = case when f.building <@ array[step] then null else f.status_reason end
  where f.id = build_no_more.field_id and step = any (f.building);
end;

comment on function private.build_no_more(uuid, text) is
  'Takes from what a job has still to do of a field, as it is not wanted any more.';

create or replace function private.expanded(field_id uuid) returns core.fields
language plpgsql
as $$
declare
  _field core.fields;
  _is_volatile boolean;
begin
  select * into strict _field from core.fields f where f.id = expanded.field_id;
  if not private.is_large(_field.object_id) or _field.settings ? 'rollup' then
    return _field;
  elsif _field.settings ? 'formula' then
    update core.fields f set is_kept = true where f.id = _field.id;
    return private.build_later(_field.id, '{FILL}');
  end if;
  -- A default that is another for each record would be written into each of them at once.
  select coalesce(bool_or(f.provolatile = 'v'), false) into _is_volatile
    from private.field_parts(_field) p
    join lateral (select private.default_sql(_field, p.spec, p.type) as sql) d on d.sql ~ '^[a-z_0-9.]+\(\)$'
    join pg_proc f on f.oid = to_regprocedure(d.sql);
  if _is_volatile then
    return private.build_later(_field.id, case when _field.is_nullable then '{FILL}' else '{FILL,CHECKS,REQUIRED}' end::text[]);
  end if;
  return _field;
end
$$;

comment on function private.expanded(uuid) is
  'A new field''s row; on a large table with what is left to a job, when its column cannot be there with all its values at once.';

create or replace function private.require_later(_field core.fields, steps text[] default '{CHECKS,REQUIRED}') returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_field.object_id);
  _part record;
begin
  for _part in
    select p.* from private.field_parts(_field) p
    where p.is_required and p.part is null
      and not exists (select from pg_constraint c where c.conrelid = _tbl::regclass and c.conname = p.path || '_given')
  loop
    -- It binds whoever writes from now on, and once all records pass it, NOT NULL need not read them.
    perform private.run(format('alter table %s add constraint %I check (%I is not null) not valid', _tbl, _part.path || '_given', _part.column_name));
  end loop;
  perform private.build_later(_field.id, steps);
end
$$;

comment on function private.require_later(core.fields, text[]) is
  'Requires a field of what is written from now on, and leaves it to a job to look at the records there are.';
