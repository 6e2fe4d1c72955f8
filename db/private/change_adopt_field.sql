-- A column that a DBA added in psql becomes a field, and a field follows what he did to
-- its column.

create or replace function private.type_of_column(type text) returns jsonb
language sql stable
return (
  select jsonb_build_object('type', field_type, 'settings', settings)
  from (values
    ('text', 'TEXT', '{}'::jsonb), ('boolean', 'BOOLEAN', '{}'), ('uuid', 'UUID', '{}'), ('numeric', 'NUMERIC', '{}'),
    ('integer', 'NUMBER', '{"dataType": "int"}'), ('bigint', 'NUMBER', '{"dataType": "bigint"}'), ('double precision', 'NUMBER', '{}'),
    ('date', 'DATE', '{}'), ('timestamp with time zone', 'DATE_TIME', '{}'), ('text[]', 'ARRAY', '{}'), ('jsonb', 'RAW_JSON', '{}')
  ) x (sql_type, field_type, settings)
  where sql_type = type_of_column.type and exists (select from core.field_types t where t.name = field_type)
);

comment on function private.type_of_column(text) is
  'The field type and the settings for a column''s type; null when no field has such columns.';

create or replace function private.default_of_column(default_sql text, field_type text) returns jsonb
language plpgsql stable
as $$
declare
  _value jsonb;
begin
  if default_sql in ('now()', 'CURRENT_TIMESTAMP') and field_type = 'DATE_TIME' then
    return '"now"';
  elsif default_sql ~ '^(''([^'']|'''')*''(::[a-z ]+)?|-?[0-9.]+|true|false)$' then
    execute format('select to_jsonb(%s)', default_sql) into _value; -- a literal, and nothing else
  end if;
  return _value;
end
$$;

comment on function private.default_of_column(text, text) is
  'A column''s default as a field''s, when it is a plain value; null otherwise.';

create or replace function private.field_of_column(object_id uuid, column_name text) returns core.fields
language sql stable
return (
  select f from core.fields f
  where f.object_id = field_of_column.object_id and field_of_column.column_name in (select private.columns_of(f)) limit 1
);

comment on function private.field_of_column(uuid, text) is
  'The field that a column belongs to; null when it is no field''s.';

create or replace function private.check_adoptable(_column record, tbl text) returns void
language plpgsql
as $$
begin
  if _column.attgenerated <> '' or _column.attidentity <> '' then
    perform private.fail('FTYPE', 'PostgreSQL makes its values; a field''s are written, or a formula''s.', 'data.column');
  elsif private.type_of_column(_column.type) is null then
    perform private.fail('FTYPE', format('No field has columns of the type %s.', _column.type), 'data.column');
  elsif private.snake_case(private.api_name(_column.attname)) is distinct from _column.attname then
    perform private.fail('NAMEV', 'A field''s column is in snake_case: rename it.', 'data.column');
  elsif exists (select from pg_constraint k where k.conrelid = tbl::regclass and k.contype = 'f' and _column.attnum = any (k.conkey)) then
    perform private.fail('RELAT', 'It is a foreign key: drop it, and create a relation.', 'data.column');
  end if;
end
$$;

comment on function private.check_adoptable(record, text) is
  'Nothing when a column can be a field''s; an error that says why not otherwise.';

create or replace function private.change_adopt_field(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _object core.objects := private.object_of(data ->> 'objectId', 'data.objectId');
  _tbl text := private.table_of(_object.id);
  _column record;
  _field core.fields;
  _made jsonb;
begin
  perform private.check_keys(data, '{objectId,column}');
  select a.*, format_type(a.atttypid, null) as type, format_type(a.atttypid, a.atttypmod) as full_type, pg_get_expr(d.adbin, d.adrelid) as default_sql
    into _column
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = _tbl::regclass and a.attname = data ->> 'column' and a.attnum > 0 and not a.attisdropped;
  if not found then
    perform private.fail('NTFND', 'There is no such column.', 'data.column');
  end if;
  perform private.check_adoptable(_column, _tbl);
  _made := private.type_of_column(_column.type) || jsonb_build_object('isNullable', not _column.attnotnull);
  _field := private.field_of_column(_object.id, _column.attname);
  if _field.id is not null then
    return private.adopt_altered(_field, _made);
  end if;
  -- What was typed in psql is noted with what follows from it.
  perform set_config('relata.statements', (coalesce(nullif(current_setting('relata.statements', true), ''), '[]')::jsonb || to_jsonb(
    concat_ws(' ', format('alter table %s add column %I %s', _tbl, _column.attname, _column.full_type),
              'default ' || _column.default_sql, case when _column.attnotnull then 'not null' end)))::text, true);
  _field := private.add_field(_object, _made || jsonb_build_object(
    'name', private.api_name(_column.attname),
    'defaultValue', private.default_of_column(_column.default_sql, _made ->> 'type')), 'data.column');
  perform private.adopt_checks(_field);
  perform private.comment_field(_field);
  perform private.grant_columns(_tbl, array[_column.attname::text]);
  perform private.show_in_index_view(_field.id);
  return jsonb_build_object('id', _field.id, 'inverse', jsonb_build_object(
    'kind', 'deleteField', 'data', jsonb_build_object('id', _field.id, 'force', true)));
end
$$;

comment on function private.change_adopt_field(jsonb) is
  'Makes a field of a column that somebody added in psql ({objectId, column}), or lets a field follow what was done to its column.';

create or replace function private.adopt_checks(_field core.fields) returns void
language plpgsql
as $$
begin
  perform private.run(format('alter table %s add %s', private.table_of(_field.object_id), k))
    from private.field_columns(_field) c, unnest(c.checks) k;
end
$$;

comment on function private.adopt_checks(core.fields) is
  'Puts the checks of a field''s type on a column that came without.';

create or replace function private.adopt_altered(_field core.fields, made jsonb) returns jsonb
language plpgsql
as $$
declare
  _old jsonb := jsonb_build_object('isNullable', _field.is_nullable);
begin
  if _field.is_system then
    perform private.fail('INPUT', 'Relata keeps that field: give its column back what it had.', 'data.column');
  elsif made ->> 'type' <> _field.type then
    perform private.fail('TYPEX', format('A field of the type %s has no such column: alter it back.', _field.type), 'data.column');
  end if;
  update core.fields f
    set is_nullable = (made ->> 'isNullable')::boolean,
        settings = case when f.type = 'NUMBER' then f.settings - 'dataType' || (made -> 'settings') else f.settings end
    where f.id = _field.id;
  return jsonb_build_object('id', _field.id, 'inverse', null);
end
$$;

comment on function private.adopt_altered(core.fields, jsonb) is
  'Lets a field''s row follow its column: whether it is required, and the size of its numbers.';
