-- The rules of rows become policies of their object's table. Each policy is about one
-- action and asks what authz.claim has put into the transaction; whose rules they are is
-- never a matter of the PostgreSQL role. Decision 0012 tells why they are written so.

create or replace function private.alternatives(predicate jsonb) returns setof jsonb
language plpgsql immutable
as $$
begin
  -- Each stands for itself, so that each can be looked up in an index of its own.
  if predicate ->> 'op' = 'or' then
    return query select private.alternatives(a) from jsonb_array_elements(predicate -> 'args') a;
  else
    return next predicate;
  end if;
end
$$;

comment on function private.alternatives(jsonb) is
  'What is or-ed together at the top of a predicate.';

create or replace function private.rows_condition(_object core.objects, action text) returns text
language sql stable
return (
  select format('id >= authz.open_from(%L)', _object.name_plural || '.' || rows_condition.action)
    || string_agg(format(' or (select authz.has_rule(%L, %L)) and %s', r.id, rows_condition.action,
         private.compile_row_rule(_object.id, a.predicate, 'predicate')), '' order by r.id, a.n)
  from core.row_rules r, private.alternatives(r.predicate) with ordinality a (predicate, n)
  where r.object_id = _object.id and rows_condition.action = any (r.actions)
  having count(*) > 0
);

comment on function private.rows_condition(core.objects, text) is
  'Which records are open for an action, as a policy asks; null when no role has a rule for it.';

create or replace function private.build_row_policies(object_id uuid, tbl text) returns void
language plpgsql
as $$
declare
  _object core.objects;
  _read text;
  _write text;
  _policy record;
begin
  select * into strict _object from core.objects o where o.id = build_row_policies.object_id;
  if not exists (select from core.row_rules r where r.object_id = _object.id) then
    return;
  end if;
  _read := private.rows_condition(_object, 'read');
  for _policy in
    select x.name, x.kind, x.condition from (values
      ('rows_read', 'select', _read),
      ('rows_created', 'insert', private.rows_condition(_object, 'create')),
      -- Nobody writes what he does not see, nor out of his own sight.
      ('rows_updated', 'update', private.both_conditions(private.rows_condition(_object, 'update'), _read)),
      ('rows_deleted', 'update', 'deleted_at is null or ' || private.rows_condition(_object, 'delete')),
      ('rows_destroyed', 'delete', private.both_conditions(private.rows_condition(_object, 'destroy'), _read))) x (name, kind, condition)
    where x.condition is not null
  loop
    perform private.run(format('create policy %I on %s as restrictive for %s to relata_reader %s (%s)', _policy.name, tbl, _policy.kind,
      case _policy.kind when 'insert' then 'with check' else 'using' end, _policy.condition));
  end loop;
end
$$;

comment on function private.build_row_policies(uuid, text) is
  'Makes the policies of an object''s rules of rows, on its table or another that stands for it.';

create or replace function private.both_conditions(one text, other text) returns text
language sql immutable
return case when one is not null and other is not null then format('(%s) and (%s)', one, other) else coalesce(one, other) end;

comment on function private.both_conditions(text, text) is
  'Two conditions, either of which may be missing, as one.';

create or replace function private.rebuild_row_policies(object_id uuid) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(object_id);
begin
  perform private.drop_row_policies(object_id);
  if to_regclass(_tbl) is not null then
    perform private.build_row_policies(object_id, _tbl);
  end if;
end
$$;

comment on function private.rebuild_row_policies(uuid) is
  'Lets the policies of an object''s table follow its rules of rows.';

create or replace function private.drop_row_policies(object_id uuid) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(object_id);
begin
  perform private.run(format('drop policy %I on %s', p.polname, _tbl))
    from pg_policy p where p.polrelid = to_regclass(_tbl) and p.polname like 'rows\_%' and not p.polpermissive;
end
$$;

comment on function private.drop_row_policies(uuid) is
  'Takes the policies of its rules of rows off an object''s table.';
