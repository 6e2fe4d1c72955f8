-- What a job does of a field or a rule on a large table, a step after the other. What
-- is left is read from the catalog each time, so it may be killed and begin again.

create or replace function private.concurrent_index(tbl text, name text, definition text, is_unique boolean) returns text[]
language sql stable
return (
  select case when x.indisvalid then null else array_remove(array[
    case when x.indexrelid is not null then format('drop index concurrently if exists %s.%I', split_part(tbl, '.', 1), name) end,
    format('create %sindex concurrently %I on %s %s', case when is_unique then 'unique ' else '' end, name, tbl, definition)], null) end
  from (values (to_regclass(split_part(tbl, '.', 1) || '.' || quote_ident(name)))) v (oid)
  left join pg_index x on x.indexrelid = v.oid
);

comment on function private.concurrent_index(text, text, text, boolean) is
  'The statements that make an index beside those who write; null when it is there.';

create or replace function private.field_statements(_field core.fields) returns text[]
language plpgsql stable
as $$
declare
  _tbl text := private.table_of(_field.object_id);
begin
  return case _field.building[1]
    when 'CHECKS' then (
      select array[format('alter table %s validate constraint %I', _tbl, c.conname)]
      from pg_constraint c
      where c.conrelid = _tbl::regclass and c.contype = 'c' and not c.convalidated
        and c.conname in (select _field.column_name || '_check' union all
                          select p.path || s from private.field_parts(_field) p, unnest('{_check,_given}'::text[]) s)
      limit 1)
    when 'UNIQUE' then (select private.concurrent_index(_tbl, u.name, u.definition, true) from private.unique_index(_field) u)
    when 'KEYS' then (
      select array[private.let_go_sql(r), format('alter table %s validate constraint %I', private.table_of(r.from_object_id), c.conname)]
      from core.relations r
      join pg_constraint c on c.conrelid = private.table_of(r.from_object_id)::regclass and c.conname = private.key_constraint(r.column_name)
      where r.from_field_id = _field.id and not c.convalidated
      limit 1)
    when 'INDEXES' then (
      select s from core.relations r
      cross join private.relation_indexes(r) i
      cross join private.concurrent_index(private.table_of(r.from_object_id), i.name, i.definition, i.is_unique) s
      where r.from_field_id = _field.id and r.column_name is not null and s is not null
        -- The one that a relation got while its table was small has a name of PostgreSQL's.
        and (i.is_unique or not exists (
          select from pg_index x join pg_attribute a on a.attrelid = x.indrelid and a.attnum = x.indkey[0]
          where x.indrelid = private.table_of(r.from_object_id)::regclass and x.indisvalid and not x.indisunique
            and x.indnkeyatts = 2 and a.attname = r.column_name))
      limit 1)
    end;
end
$$;

comment on function private.field_statements(core.fields) is
  'The statements, each a transaction of its own, that are next in a field''s first step; null when only its end is left.';

create or replace function private.next_build(kind text, id uuid, out step text, out statements text[], out token text)
language plpgsql stable
as $$
declare
  _field core.fields;
begin
  if kind = 'FIELD' then
    select * into _field from core.fields f where f.id = next_build.id and f.status = 'BUILDING';
    step := _field.building[1];
    token := case when step = 'FILL' and _field.settings ? 'formula' then md5(private.formula_sql(_field)) end;
    statements := case when step is not null then private.field_statements(_field) end;
  else
    select 'CHECKS', case when not c.convalidated then array[format('alter table %s validate constraint %I', c.conrelid::regclass, c.conname)] end
      into step, statements
      from core.rules r
      join pg_constraint c on c.conrelid = private.table_of(r.object_id)::regclass and c.conname = private.rule_constraint(r.name)
      where r.id = next_build.id and r.status = 'BUILDING';
  end if;
end
$$;

comment on function private.next_build(text, uuid) is
  'What is to be done next of a FIELD or a RULE: the step, and its statements; no step when nothing is left. By its token a formula is known again.';

create or replace function private.end_build_step(kind text, id uuid, step text, token text default null) returns void
language plpgsql
set lock_timeout = '100ms'
as $$
declare
  _field core.fields;
  _part record;
begin
  perform private.lock_metadata(authz.workspace_id());
  -- Somebody may have changed it since the statements ran.
  if exists (
    select from private.next_build(kind, id) n
    where n.step is distinct from end_build_step.step or n.statements is not null or n.token is distinct from end_build_step.token) then
    return;
  elsif kind = 'RULE' then
    update core.rules r set status = 'READY', status_reason = null where r.id = end_build_step.id and r.status = 'BUILDING';
    return;
  end if;
  select * into strict _field from core.fields f where f.id = end_build_step.id for update;
  if step = 'REQUIRED' then
    for _part in select * from private.field_parts(_field) p where p.is_required and p.part is null loop
      -- Its check was validated, so that PostgreSQL reads no record here.
      perform private.run(format('alter table %s alter column %I set not null', private.table_of(_field.object_id), _part.column_name));
      perform private.run(format('alter table %s drop constraint if exists %I', private.table_of(_field.object_id), _part.path || '_given'));
    end loop;
  end if;
  perform private.end_field_step(_field.id, array[step]);
end
$$;

comment on function private.end_build_step(text, uuid, text, text) is
  'Ends a step, when its statements have all run and nothing has changed since; with the last one the FIELD or RULE is READY.';

create or replace function private.end_field_step(field_id uuid, steps text[]) returns void
language plpgsql
as $$
declare
  _field core.fields;
begin
  update core.fields f
    set building = array(select s from unnest(f.building) with ordinality x (s, n) where s <> all (steps) order by n)
    where f.id = end_field_step.field_id
    returning * into strict _field;
  if _field.building = '{}' then
    update core.fields f set status = case when f.status_reason is null then 'READY' else 'FAILED' end where f.id = _field.id;
  end if;
  perform private.comment_field(_field);
  -- A schema that was compiled before still answers right: what changes is only added.
  perform private.touch_metadata(_field.workspace_id, false);
end
$$;

comment on function private.end_field_step(uuid, text[]) is
  'Takes steps from what is left of a field; after the last one it is READY, or FAILED when there is a reason.';
