-- A rollup is a field that adds up the records on the other side of a relation: a
-- column of the parent, kept right by triggers on the children's table.

create or replace function private.rollup_relation(_field core.fields) returns core.relations
language sql stable
begin atomic
  select l
  from core.fields t
  join core.relations l on l.to_field_id = t.id
  where t.object_id = _field.object_id and t.name = _field.settings -> 'rollup' ->> 'relation'
    and t.column_name is null and l.column_name is not null;
end;

comment on function private.rollup_relation(core.fields) is
  'The relation along which a rollup adds up; null when its field is no list of records.';

create or replace function private.rollup_sql(_field core.fields, _relation core.relations) returns text
language plpgsql stable
as $$
declare
  _rollup jsonb := _field.settings -> 'rollup';
  _function text := coalesce(_rollup ->> 'function', '');
  _type text := private.column_type(_field);
  _value record;
  _filter record;
  _sql text;
  _path constant text := 'data.settings.rollup';
begin
  if jsonb_typeof(_rollup) is distinct from 'object' or _rollup - '{relation,function,field,part,filter}'::text[] <> '{}' then
    perform private.fail('SETNG', 'A rollup is {relation, function, field, part, filter}.', _path);
  elsif _function <> all ('{count,sum,min,max,avg}') then
    perform private.fail('SETNG', 'A rollup''s function is count, sum, min, max or avg.', _path || '.function');
  elsif _function = 'count' and _rollup ?| '{field,part}' then
    perform private.fail('SETNG', 'A rollup counts records, by its filter, and no field.', _path || '.field');
  end if;
  if _function = 'count' then
    _sql := 'count(*)';
    select 'number' as type into _value;
  else
    select * into _value from private.compile_expression(_relation.from_object_id,
      jsonb_strip_nulls(jsonb_build_object('field', coalesce(_rollup -> 'field', '""'), 'part', _rollup -> 'part')), _path || '.field');
    if _value.type <> all (case when _function in ('sum', 'avg') then '{number}' else '{number,date,dateTime,text}' end::text[]) then
      perform private.fail('SETNG', format('There is no %s of a %s.', _function, _value.type), _path || '.function');
    end if;
    _sql := format('%s(%s)', _function, _value.sql);
  end if;
  if _value.type <> private.expression_type(_type) then
    perform private.fail('SETNG', format('This rollup makes a %s, which is not what a field of type %s holds.', _value.type, _field.type), _path);
  end if;
  if _rollup ? 'filter' then
    select * into _filter from private.compile_expression(_relation.from_object_id, _rollup -> 'filter', _path || '.filter');
    if _filter.type <> 'boolean' then
      perform private.fail('EXPRN', 'A filter says true or false.', _path || '.filter');
    end if;
    _sql := format('%s filter (where %s)', _sql, _filter.sql);
  end if;
  return case _function when 'count' then format('(%s)::%s', _sql, _type) else private.cast_to(_sql, _value.type, _type) end;
end
$$;

comment on function private.rollup_sql(core.fields, core.relations) is
  'The aggregate of a rollup, as its column''s type; SETTINGS_INVALID or EXPRESSION_INVALID when there is none.';

create or replace function private.rollups_of(relation_id uuid) returns setof core.fields
language sql stable
begin atomic
  select f.*
  from core.relations l
  join core.fields t on t.id = l.to_field_id
  join core.fields f on f.object_id = l.to_object_id and f.settings -> 'rollup' ->> 'relation' = t.name
  where l.id = rollups_of.relation_id
  order by f.id;
end;

comment on function private.rollups_of(uuid) is
  'The rollups that add up along a relation.';

create or replace function private.check_circle(field_id uuid) returns void
language plpgsql stable
as $$
begin
  -- A field leads to the formulas and the rollups that are made of it, and so on: never to itself.
  if exists (
    with recursive _made as (
      select u.id from private.uses_of_field(check_circle.field_id) u where u.kind in ('formula', 'rollup')
      union
      select u.id from _made m cross join private.uses_of_field(m.id) u where u.kind in ('formula', 'rollup')
    )
    select from _made m where m.id = check_circle.field_id
  ) then
    perform private.fail('EXPRN', 'This field would be made of itself.', 'data.settings');
  end if;
end
$$;

comment on function private.check_circle(uuid) is
  'Nothing for a field that is not made of itself, through formulas and rollups of whatever objects; EXPRESSION_INVALID otherwise.';

create or replace function private.build_rollup(_field core.fields, of_all boolean default false) returns void
language plpgsql
as $$
declare
  _relation core.relations := private.rollup_relation(_field);
begin
  if _relation.id is null then
    perform private.fail('SETNG', 'A rollup goes along a field that is a list of records.', 'data.settings.rollup.relation');
  end if;
  perform private.rollup_sql(_field, _relation);
  perform private.check_circle(_field.id);
  perform private.build_rollups(_relation.id);
  -- With its triggers the table is locked: the children there are stand still, and count at once.
  perform private.fill_rollups(_relation.id, of_all);
end
$$;

comment on function private.build_rollup(core.fields, boolean) is
  'Starts to keep a rollup, and computes it for the records there are.';

create or replace function private.set_rollup(field_id uuid, rollup jsonb) returns jsonb
language plpgsql
as $$
declare
  _old core.fields;
  _new core.fields;
  _left core.relations;
begin
  select * into _old from core.fields f where f.id = set_rollup.field_id for update;
  if not found or not _old.settings ? 'rollup' then
    perform private.fail('SETNG', 'This field is not made by a rollup.', 'data.settings.rollup');
  end if;
  update core.fields f set settings = f.settings || jsonb_build_object('rollup', rollup)
    where f.id = set_rollup.field_id returning * into _new;
  perform private.run(format('alter table %s alter column %I %s', private.table_of(_new.object_id), _new.column_name,
    case when rollup ->> 'function' = 'count' then 'set default 0' else 'drop default' end));
  perform private.build_rollup(_new, true);
  _left := private.rollup_relation(_old);
  if _left.id <> (private.rollup_relation(_new)).id then
    perform private.build_rollups(_left.id);
  end if;
  return _old.settings -> 'rollup';
end
$$;

comment on function private.set_rollup(uuid, jsonb) is
  'Lets a rollup field add up something else; answers what it did before.';
