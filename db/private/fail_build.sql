-- What becomes of a field or a rule when records are in the way of what a job had to
-- do for it: that is taken back, and the reason says how many there are.

create or replace function private.fail_build(kind text, id uuid, step text, reason text) returns void
language plpgsql
set lock_timeout = '100ms'
as $$
begin
  perform private.lock_metadata(authz.workspace_id());
  if kind = 'RULE' then
    perform private.fail_rule(r) from core.rules r where r.id = fail_build.id and r.status = 'BUILDING';
  else
    perform private.fail_field(f, step, reason) from core.fields f where f.id = fail_build.id and f.building[1] = step;
  end if;
end
$$;

comment on function private.fail_build(text, uuid, text, text) is
  'Gives up a step of a FIELD or a RULE, which records are in the way of: it is FAILED, and what was asked for is taken back.';

create or replace function private.fail_field(_field core.fields, step text, reason text) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_field.object_id);
  _part record;
  _empty bigint := 0;
begin
  if private.is_filling(_field) then
    -- It stays hidden, and nobody is kept from writing, until it gets another formula.
    update core.fields f set status = 'FAILED', status_reason = 'The formula cannot be computed for every record: ' || reason where f.id = _field.id;
    perform private.build_kept_formulas(_field.object_id);
    return;
  elsif step in ('CHECKS', 'REQUIRED') and 'REQUIRED' = any (_field.building) then
    for _part in select * from private.field_parts(_field) p where p.is_required loop
      execute format('select count(*) from %s where %I is null', _tbl, _part.column_name) into _empty;
      exit when _empty > 0;
    end loop;
    for _part in select * from private.field_parts(_field) loop
      perform private.run(format('alter table %s drop constraint if exists %I', _tbl, _part.path || '_given'));
    end loop;
    update core.fields f
      set is_nullable = true, status_reason = format('It cannot be required: %s records have no value. Fill them in first.', _empty)
      where f.id = _field.id;
    perform private.end_field_step(_field.id, '{REQUIRED,CHECKS}');
  elsif step = 'UNIQUE' then
    perform private.drop_unique(_field);
    update core.fields f set is_unique = false, status_reason = format('It cannot be unique: %s', private.twice_the_same(_field)) where f.id = _field.id;
    perform private.end_field_step(_field.id, '{UNIQUE}');
  else
    update core.fields f set status_reason = case step
        when 'CHECKS' then 'Records from before do not fit what it may hold; they stay as they are until they are written again.'
        else reason end
      where f.id = _field.id;
    perform private.end_field_step(_field.id, array[step]);
  end if;
end
$$;

comment on function private.fail_field(core.fields, text, text) is
  'Takes back what cannot be done of a field, and says why.';

create or replace function private.twice_the_same(_field core.fields) returns text
language plpgsql stable
as $$
declare
  _count bigint;
begin
  execute (select format('select coalesce(sum(n), 0) from (select count(*) as n from %s where %s and %s is not null group by %s having count(*) > 1) twice',
                         private.table_of(_field.object_id), u.condition, u.keys[1], array_to_string(u.keys, ', '))
           from private.unique_index(_field) u) into _count;
  return format('%s records have the same value as another.', _count);
end
$$;

comment on function private.twice_the_same(core.fields) is
  'How many living records have the same value of a field as another, in words.';

create or replace function private.fail_rule(_rule core.rules) returns void
language plpgsql
as $$
declare
  _words text := (select b.words from private.compile_expression(_rule.object_id, _rule.expression) m, private.rule_breakers(_rule, m.sql) b);
begin
  perform private.drop_rule(_rule);
  update core.rules r set status = 'FAILED', status_reason = _words where r.id = _rule.id;
end
$$;

comment on function private.fail_rule(core.rules) is
  'Lets go of a rule that records break, and says how many do.';
