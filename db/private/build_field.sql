-- A field's row becomes columns. Identifiers go through %I and values through %L;
-- the only bare SQL is what db/field_types/ declares.

create or replace function private.is_relation_shown(_relation core.relations) returns boolean
language sql stable
begin atomic
  select bool_and(o.is_active) and (select f.is_active from core.fields f where f.id = _relation.from_field_id)
  from core.objects o where o.id in (_relation.from_object_id, _relation.to_object_id, _relation.junction_object_id);
end;

comment on function private.is_relation_shown(core.relations) is
  'Whether the API shows a relation: the field that has its key is active, and all its objects are.';

create or replace function private.is_shown(_field core.fields) returns boolean
language sql stable
begin atomic
  select _field.is_active
    and (select o.is_active from core.objects o where o.id = _field.object_id)
    and (_field.type not in ('RELATION', 'MORPH_RELATION') or exists (
      select from core.relations r
      where _field.id in (r.from_field_id, r.to_field_id) and private.is_relation_shown(r)));
end;

comment on function private.is_shown(core.fields) is
  'Whether the API shows a field: it and its object are active, and what it relates to.';

create or replace function private.field_columns(_field core.fields)
returns table (column_name text, definition text, is_writable boolean)
language plpgsql stable
as $$
declare
  _type core.field_types;
  _check text;
begin
  select * into strict _type from core.field_types t where t.name = _field.type;

  if _field.settings ? 'generatedFrom' then
    -- A read-only text made of other text fields, with one space between.
    return query
      select _field.column_name,
             format('%I text generated always as (nullif(btrim(%s), '''')) stored',
               _field.column_name,
               string_agg(format('coalesce(%I, '''')', f.column_name), ' || '' '' || ' order by g.n)),
             false
      from jsonb_array_elements_text(_field.settings -> 'generatedFrom') with ordinality g (name, n)
      join core.fields f on f.object_id = _field.object_id and f.name = g.name;
    return;
  end if;

  return query
    select c.name,
           concat_ws(' ',
             format('%I', c.name),
             c.type,
             case
               when _field.default_value is not null then 'default ' || private.default_sql(_field, c.type)
               when c.spec ? 'default' then 'default ' || (c.spec ->> 'default')
             end,
             case when not _field.is_nullable then 'not null' end,
             case when _type.check_sql is not null then
               format('constraint %I check (%s)',
                 -- Named by its column, so that an error leads back to the field.
                 c.name || '_check',
                 format(_type.check_sql, format('%I', c.name), private.option_list(_field)))
             end),
           not _type.is_system or _field.type = 'POSITION'
    from (
      select s.spec,
             _field.column_name || coalesce(s.spec ->> 'suffix', '') as name,
             coalesce(s.spec -> 'variants' ->> (_field.settings ->> 'dataType'), s.spec ->> 'type') as type
      from jsonb_array_elements(_type.columns) s (spec)
    ) c
    where _type.name not in ('RELATION', 'TS_VECTOR');
end
$$;

comment on function private.field_columns(core.fields) is
  'The columns a field becomes, each with its definition, and whether members write it.';

create or replace function private.option_list(_field core.fields) returns text
language sql stable
return (
  select string_agg(quote_literal(o ->> 'value'), ', ' order by (o ->> 'position')::int)
  from jsonb_array_elements(_field.options) o
);

comment on function private.option_list(core.fields) is
  'The values of a field''s options, quoted, in their order.';

create or replace function private.default_sql(_field core.fields, type text) returns text
language plpgsql stable
as $$
declare
  _value text := _field.default_value #>> '{}';
begin
  if _field.type = 'UUID' and _value = 'uuid' then
    return 'authz.uuid_v7()';
  elsif _field.type in ('DATE', 'DATE_TIME') and _value = 'now' then
    return 'now()';
  end if;
  -- PostgreSQL keeps the default of the rows there are in a catalog without TOAST. A day
  -- told by a word (tomorrow) would stay the day it was written.
  if octet_length(_value) > 1000
    or _field.type in ('DATE', 'DATE_TIME') and _value !~ '^\d{4,6}-\d\d-\d\d' then
    perform private.fail('DEFLT', format('The default value does not fit the type %s.', _field.type), 'data.defaultValue');
  end if;
  -- Cast once here, so that a bad value is this field's fault and not a broken table.
  execute format('select %L::%s', _value, type);
  return format('%L::%s', _value, type);
exception when data_exception then
  perform private.fail('DEFLT', format('The default value does not fit the type %s.', _field.type), 'data.defaultValue');
end
$$;

comment on function private.default_sql(core.fields, text) is
  'A field''s default as a literal of its column''s type; DEFAULT_INVALID when it does not fit.';

create or replace function private.build_field(field_id uuid) returns void
language plpgsql
as $$
declare
  _field core.fields;
  _tbl text;
  _column record;
begin
  select * into strict _field from core.fields where id = build_field.field_id;
  _tbl := private.table_of(_field.object_id);
  for _column in select * from private.field_columns(_field) loop
    perform private.run(format('alter table %s add column %s', _tbl, _column.definition));
    if _column.is_writable then
      perform private.grant_columns(_tbl, array[_column.column_name]);
    end if;
  end loop;
  perform private.comment_field(_field);
  perform private.index_field(_field);
end
$$;

comment on function private.build_field(uuid) is
  'Adds a field''s columns to its object''s table, with grants, comments and its unique index.';

create or replace function private.table_of(object_id uuid) returns text
language sql stable
return (
  select format('%I.%I', w.schema_name, o.table_name)
  from core.objects o join core.workspaces w on w.id = o.workspace_id
  where o.id = table_of.object_id
);

comment on function private.table_of(uuid) is
  'An object''s table, qualified and quoted.';

create or replace function private.comment_field(_field core.fields) returns void
language plpgsql
as $$
declare
  _column record;
begin
  for _column in
    select a.attname from pg_attribute a
    where a.attrelid = private.table_of(_field.object_id)::regclass
      and a.attname in (
        select _field.column_name || coalesce(s ->> 'suffix', '')
        from core.field_types t, jsonb_array_elements(t.columns) s
        where t.name = _field.type)
  loop
    -- Smart tags: PostGraphile reads the name, the type and the options from here.
    perform private.run(format('comment on column %s.%I is %L',
      private.table_of(_field.object_id), _column.attname,
      private.smart_comment(
        array['@field ' || _field.name,
              '@type ' || _field.type,
              case when not private.is_shown(_field) then '@hidden' end,
              case when _field.options is not null then
                '@options ' || (select string_agg(o ->> 'value', ' ' order by (o ->> 'position')::int)
                                from jsonb_array_elements(_field.options) o) end],
        _field.description)));
  end loop;
end
$$;

comment on function private.comment_field(core.fields) is
  'Writes what PostGraphile needs to know of a field as comments on its columns.';

create or replace function private.index_field(_field core.fields) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_field.object_id);
  _name text := _field.column_name || '_key_' || right(_field.object_id::text, 8);
begin
  if _field.is_unique then
    -- Indexes and tables share their names in a schema, and an object may be called anything.
    if to_regclass(split_part(_tbl, '.', 1) || '.' || quote_ident(_name)) is not null then
      perform private.fail('NAMEX', 'That name is taken.', 'data.name');
    end if;
    -- Among living rows only: a deleted record must not hold its address.
    -- Named by its column, so that an error leads back to the field.
    perform private.run(format('create unique index %I on %s (%s) where deleted_at is null',
      _name, _tbl,
      case when coalesce((_field.settings ->> 'isCaseInsensitive')::boolean, false)
        then format('lower(%I)', _field.column_name) else format('%I', _field.column_name) end));
  end if;
end
$$;

comment on function private.index_field(core.fields) is
  'Makes a unique field unique, among the records that are not deleted.';
