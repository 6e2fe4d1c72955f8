-- A formula is a field that PostgreSQL computes from the record's other fields: a
-- generated column, so it can be read, filtered, sorted and indexed like any other.

create or replace function private.formula_sql(_field core.fields, path text default 'data.settings.formula', seen uuid[] default '{}')
returns text
language plpgsql stable
as $$
declare
  _type text := private.column_type(_field);
  _wanted text := private.expression_type(_type);
  _made record;
begin
  select * into _made
    from private.compile_expression(_field.object_id, _field.settings -> 'formula', path, true, seen || _field.id);
  if _made.type = 'nothing' or _made.type <> _wanted and not (_made.type = 'date' and _wanted = 'dateTime') then
    perform private.fail('EXPRN', format('This formula makes a %s, and a field of type %s holds a %s.', _made.type, _field.type, _wanted), path);
  end if;
  return private.cast_to(private.coerce(_made.sql, _made.type, _wanted), _wanted, _type);
end
$$;

comment on function private.formula_sql(core.fields, text, uuid[]) is
  'The SQL of a field''s formula, as its column''s type; EXPRESSION_INVALID when it does not fit.';

create or replace function private.cast_to(sql text, type text, sql_type text) returns text
language sql immutable
return case
  when type <> 'number' or sql_type = 'numeric' then format('(%s)', sql)
  when sql_type in ('int4', 'int8') then format('nullif(nullif(nullif(%s, ''NaN''), ''Infinity''), ''-Infinity'')::%s', sql, sql_type)
  else format('(%s)::%s', sql, sql_type)
end;

comment on function private.cast_to(text, text, text) is
  'An expression as a column''s type; what is no number has no place among whole ones, and becomes null.';

create or replace function private.derived_columns(_field core.fields)
returns table (column_name text, definition text, checks text[], is_writable boolean)
language plpgsql stable
as $$
declare
  _definition text;
begin
  if _field.type not in ('TEXT', 'NUMBER', 'NUMERIC', 'BOOLEAN', 'DATE', 'DATE_TIME') or _field.settings ?& '{formula,rollup}' then
    perform private.fail('SETNG', 'A TEXT, NUMBER, NUMERIC, BOOLEAN, DATE or DATE_TIME is made by a formula or by a rollup.', 'data.settings');
  elsif not _field.is_nullable or _field.default_value is not null or _field.is_unique and _field.settings ? 'rollup' then
    perform private.fail('SETNG', 'What is computed has no default, may be empty, and a rollup may be twice the same.', 'data.settings');
  end if;
  _definition := case
    when _field.is_kept then
      format('%I %s', _field.column_name, private.column_type(_field))
    when _field.settings ? 'formula' then
      format('%I %s generated always as (%s) stored', _field.column_name, private.column_type(_field), private.formula_sql(_field))
    else
      format('%I %s%s', _field.column_name, private.column_type(_field),
        case when _field.settings -> 'rollup' ->> 'function' = 'count' then ' default 0' else '' end)
    end;
  return query
    select p.column_name, _definition,
           array_remove(array[format('constraint %I check (', p.path || '_check') || private.check_sql(_field, p.spec, format('%I', p.column_name)) || ')'], null),
           false
    from private.field_parts(_field) p;
end
$$;

comment on function private.derived_columns(core.fields) is
  'The column of a formula or rollup, which members do not write.';

create or replace function private.formulas_of(field_id uuid) returns setof core.fields
language sql stable
begin atomic
  with recursive _made as (
    select f.* from core.fields f where f.id = formulas_of.field_id
    union
    select f.* from core.fields f, _made m
    where f.object_id = m.object_id and f.settings ? 'formula'
      and m.name in (select private.expression_fields(f.settings -> 'formula'))
  )
  select m.* from _made m where m.settings ? 'formula';
end;

comment on function private.formulas_of(uuid) is
  'The formulas that a field''s value goes into, through others too; itself, when it is one.';

create or replace function private.set_formula(field_id uuid, expression jsonb) returns jsonb
language plpgsql
as $$
declare
  _field core.fields;
  _old jsonb;
  _object core.objects;
begin
  select * into _field from core.fields f where f.id = set_formula.field_id for update;
  if not found or not _field.settings ? 'formula' then
    perform private.fail('SETNG', 'This field is not made by a formula.', 'data.settings.formula');
  end if;
  _old := _field.settings -> 'formula';
  update core.fields f set settings = f.settings || jsonb_build_object('formula', expression)
    where f.id = set_formula.field_id;
  perform private.check_circle(set_formula.field_id);
  for _field in select * from private.formulas_of(set_formula.field_id) loop
    perform private.replace_formula(_field);
  end loop;

  -- The search vector is made of fields, with formulas among them written out.
  select o.* into strict _object from core.objects o where o.id = _field.object_id;
  if exists (select from private.formulas_of(set_formula.field_id) f where f.name = any (_object.search_fields)) then
    perform private.run(format('alter table %s drop column search_vector', private.table_of(_object.id)));
    perform private.build_search_vector(_object);
    perform private.comment_field(f) from core.fields f where f.object_id = _object.id and f.type = 'TS_VECTOR';
  end if;
  return _old;
end
$$;

comment on function private.set_formula(uuid, jsonb) is
  'Gives a formula field another formula, in its column and in all that is made of it; answers the old one.';

create or replace function private.generating_sql(_field core.fields) returns text
language plpgsql stable
as $$
begin
  -- Generated columns may not use each other.
  return case when _field.settings ? 'formula' then private.formula_sql(_field) else format('%I', _field.column_name) end;
end
$$;

comment on function private.generating_sql(core.fields) is
  'A field as other generated columns may use it.';
