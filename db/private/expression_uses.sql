-- Who uses a field, and what becomes of expressions when one is renamed.


create or replace function private.uses_of_field(field_id uuid) returns table (kind text, id uuid, name text)
language sql stable
begin atomic
  select 'formula', f.id, f.name
  from core.fields u join core.fields f on f.object_id = u.object_id
  where u.id = uses_of_field.field_id and u.name in (select private.expression_fields(f.settings -> 'formula'))
  union
  -- What a rollup adds up, asks for, and goes along.
  select 'rollup', r.id, r.name
  from core.fields u
  join core.relations l on l.from_object_id = u.object_id or u.id in (l.from_field_id, l.to_field_id)
  join core.fields t on t.id = l.to_field_id
  join core.fields r on r.object_id = l.to_object_id and r.settings -> 'rollup' ->> 'relation' = t.name
  where u.id = uses_of_field.field_id
    and (u.id in (l.from_field_id, l.to_field_id)
      or u.object_id = l.from_object_id
        and (u.name = r.settings -> 'rollup' ->> 'field'
          or u.name in (select private.expression_fields(r.settings -> 'rollup' -> 'filter'))))
  union
  select 'rule', r.id, r.name
  from core.fields u join core.rules r on r.object_id = u.object_id
  where u.id = uses_of_field.field_id and u.name in (select private.expression_fields(r.expression))
  union
  select 'index', i.id, i.name
  from core.fields u join core.indexes i on i.object_id = u.object_id
  where u.id = uses_of_field.field_id and i.fields @> jsonb_build_array(jsonb_build_object('fieldId', u.id))
  union
  select 'rowRule', r.id, r.name from private.row_rules_with(uses_of_field.field_id) r
  union
  -- What its records are called by, shown with and told apart by.
  select 'object', o.id, o.name_singular
  from core.fields u join core.objects o on o.id = u.object_id
  where u.id = uses_of_field.field_id
    and (u.name in (o.label_field, o.image_field) or jsonb_path_exists(o.duplicate_criteria, '$[*][*] ? (@ == $name)', jsonb_build_object('name', u.name)));
end;

comment on function private.uses_of_field(uuid) is
  'The formulas, rollups, rules, rules of rows and indexes that a field is part of, and the object whose labelField or imageField it is, or in whose duplicateCriteria it stands; it is not deleted before they let it go.';

create or replace function private.rename_in_expression(expression jsonb, old_name text, new_name text) returns jsonb
language plpgsql immutable
as $$
begin
  if expression ->> 'field' = old_name then
    return expression || jsonb_build_object('field', new_name);
  elsif jsonb_typeof(expression -> 'args') = 'array' then
    return expression || jsonb_build_object('args', (
      select coalesce(jsonb_agg(private.rename_in_expression(a, old_name, new_name) order by n), '[]')
      from jsonb_array_elements(expression -> 'args') with ordinality x (a, n)));
  end if;
  return expression;
end
$$;

comment on function private.rename_in_expression(jsonb, text, text) is
  'An expression in which a field has another name.';

create or replace function private.rename_in_expressions(object_id uuid, old_name text, new_name text) returns void
language plpgsql
as $$
declare
  _relation_id uuid;
begin
  update core.fields f
    set settings = f.settings || jsonb_build_object('formula',
          private.rename_in_expression(f.settings -> 'formula', old_name, new_name))
    where f.object_id = rename_in_expressions.object_id
      and old_name in (select private.expression_fields(f.settings -> 'formula'));
  update core.rules r
    set expression = private.rename_in_expression(r.expression, old_name, new_name)
    where r.object_id = rename_in_expressions.object_id
      and old_name in (select private.expression_fields(r.expression));
  -- Rollups of this object along the field, and rollups elsewhere over this object's records.
  update core.fields f
    set settings = jsonb_set(f.settings, '{rollup,relation}', to_jsonb(new_name))
    where f.object_id = rename_in_expressions.object_id and f.settings -> 'rollup' ->> 'relation' = old_name;
  update core.fields f
    set settings = f.settings || jsonb_build_object('rollup', jsonb_strip_nulls(f.settings -> 'rollup'
          || jsonb_build_object(
               'field', case f.settings -> 'rollup' ->> 'field' when old_name then new_name else f.settings -> 'rollup' ->> 'field' end))
          || case when f.settings -> 'rollup' ? 'filter' then jsonb_build_object(
               'filter', private.rename_in_expression(f.settings -> 'rollup' -> 'filter', old_name, new_name)) else '{}' end)
    from core.relations l join core.fields t on t.id = l.to_field_id
    where l.from_object_id = rename_in_expressions.object_id
      and f.object_id = l.to_object_id and f.settings -> 'rollup' ->> 'relation' = t.name;
  perform private.rename_in_row_rules(object_id, old_name, new_name);
  perform private.rebuild_derived(object_id);
end
$$;

comment on function private.rename_in_expressions(uuid, text, text) is
  'Lets formulas, rollups and rules follow a field''s new name, once its row and its column have it; columns and checks follow by themselves.';

create or replace function private.rebuild_derived(object_id uuid) returns void
language plpgsql
as $$
begin
  perform private.build_rollups(l.id) from core.relations l
    where rebuild_derived.object_id in (l.from_object_id, l.to_object_id);
  perform private.build_kept_formulas(object_id);
  perform private.rename_index(i.id) from core.indexes i where i.object_id = rebuild_derived.object_id;
end
$$;

comment on function private.rebuild_derived(uuid) is
  'Makes what is kept by name follow an object: the triggers of rollups into it and out of it, and the names of its indexes. To be called after a table, a column or a field of it was renamed or dropped.';
