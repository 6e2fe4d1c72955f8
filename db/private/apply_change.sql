-- A change of the data model is made by the function private.change_<kind>(data),
-- which checks, writes the metadata and runs the DDL, and answers {id, inverse}.
-- Adding a kind is adding its function. core.apply_changes is the door.

create or replace function private.apply_change(kind text, data jsonb, undoes_id uuid default null) returns jsonb
language plpgsql
as $$
declare
  _handler regprocedure := case when kind ~ '^[a-z][a-zA-Z]{0,50}$'
    then to_regprocedure(format('private.%I(jsonb)', 'change_' || private.snake_case(kind))) end;
  _done jsonb;
  _statements jsonb;
  _id uuid;
begin
  if _handler is null then
    perform private.fail('INPUT', 'There is no such kind of change.', 'kind');
  elsif jsonb_typeof(data) is distinct from 'object' then
    perform private.fail('INPUT', 'What to change is an object of values.', 'data');
  -- What only an inverse may hold: it names tables of the trash, and rows as they were.
  elsif undoes_id is null and (kind in ('restoreTrash', 'restoreView', 'makeChanges') or data ?| '{restoredValues,restoredRows,restoredViews,createdAt}') then
    perform private.fail('INPUT', 'Only undoing a change takes things out of the trash.', 'kind');
  end if;
  perform private.check_value_types(data);
  perform set_config('relata.statements', '[]', true);
  execute format('select %s($1)', _handler::regproc) using private.with_ids(data) into _done;
  _statements := current_setting('relata.statements')::jsonb;
  insert into core.changes (workspace_id, kind, data, target_id, inverse, statements, undoes_id, actor_name, member_id)
    values (authz.workspace_id(), kind, data, (_done ->> 'id')::uuid, _done -> 'inverse',
            _statements, undoes_id, authz.actor_name(), authz.member_id())
    returning id into _id;
  perform set_config('relata.statements', '', true);
  return jsonb_build_object('id', _done -> 'id', 'kind', kind, 'changeId', _id, 'statements', _statements);
end
$$;

comment on function private.apply_change(text, jsonb, uuid) is
  'Makes one change ({id, kind, changeId, statements}) and writes its row in core.changes.';

create or replace function private.jobs_of(workspace_id uuid) returns jsonb
language sql stable
begin atomic
  select coalesce(jsonb_agg(jsonb_build_object('of', x.name, 'steps', x.steps) order by x.name), '[]')
  from (
    select format('field %s.%s', o.name_singular, f.name) as name, to_jsonb(f.building) as steps
    from core.fields f join core.objects o on o.id = f.object_id
    where f.workspace_id = jobs_of.workspace_id and f.status = 'BUILDING' and f.updated_at >= now()
    union all
    select format('rule %s.%s', o.name_singular, r.name), '["CHECKS"]'
    from core.rules r join core.objects o on o.id = r.object_id
    where r.workspace_id = jobs_of.workspace_id and r.status = 'BUILDING' and r.updated_at >= now()
    union all
    select format('index %s', i.name), '["INDEXES"]'
    from core.indexes i where i.workspace_id = jobs_of.workspace_id and i.status = 'BUILDING' and i.updated_at >= now()
  ) x (name, steps);
end;

comment on function private.jobs_of(uuid) is
  'What this transaction leaves to jobs, as its tables are large: [{of, steps}].';

create or replace function private.apply_changes(changes jsonb, undoes_id uuid default null) returns jsonb
language plpgsql
as $$
declare
  _workspace_id uuid := authz.workspace_id();
  _before text[];
  _since timestamptz := clock_timestamp();
  _done jsonb := '[]';
  _report jsonb;
  _change record;
begin
  -- A whole model (npm run relata -- model) is longer than what clients send.
  if jsonb_typeof(changes) is distinct from 'array'
    or jsonb_array_length(changes) not between 1 and coalesce(nullif(current_setting('relata.max_changes', true), '')::int, 200) then
    perform private.fail('LIMIT', 'Changes are a list of 1 to 200.', 'changes');
  end if;
  _before := private.catalog_of(_workspace_id);
  for _change in select c, n from jsonb_array_elements(changes) with ordinality x (c, n) loop
    if jsonb_array_length(changes) > 1 then
      perform set_config('relata.path_prefix', format('changes.%s.', _change.n - 1), true);
    end if;
    _done := _done || private.apply_change(_change.c ->> 'kind', coalesce(_change.c -> 'data', '{}'), undoes_id);
  end loop;
  perform set_config('relata.path_prefix', '', true);

  _report := private.catalog_difference(_workspace_id, _before)
    || jsonb_build_object('jobs', private.jobs_of(_workspace_id),
                          'milliseconds', round(extract(epoch from clock_timestamp() - _since) * 1000, 1));
  perform private.touch_metadata(_workspace_id, (_report ->> 'takesAway')::boolean);
  return jsonb_build_object('changes', _done, 'report', _report - 'takesAway');
end
$$;

comment on function private.apply_changes(jsonb, uuid) is
  'Makes a list of changes ([{kind, data}]) and tells what became of the catalog: {changes, report}.';
