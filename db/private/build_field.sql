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

create or replace function private.is_filling(_field core.fields) returns boolean
language sql immutable
return _field.settings ? 'formula' and 'FILL' = any (_field.building);

comment on function private.is_filling(core.fields) is
  'Whether a formula is not yet computed for all records, so that nobody is to see it.';

create or replace function private.is_shown(_field core.fields) returns boolean
language sql stable
begin atomic
  select _field.is_active and not private.is_filling(_field)
    and (select o.is_active from core.objects o where o.id = _field.object_id)
    and (_field.type not in ('RELATION', 'MORPH_RELATION') or exists (
      select from core.relations r
      where _field.id in (r.from_field_id, r.to_field_id) and private.is_relation_shown(r)));
end;

comment on function private.is_shown(core.fields) is
  'Whether the API shows a field: it and its object are active, and what it relates to.';

create or replace function private.field_columns(_field core.fields)
returns table (column_name text, definition text, checks text[], is_writable boolean)
language plpgsql stable
as $$
declare
  _type core.field_types;
begin
  select * into strict _type from core.field_types t where t.name = _field.type;

  if _field.settings ?| '{formula,rollup}' then
    return query select * from private.derived_columns(_field);
    return;
  end if;

  return query
    select p.column_name,
           concat_ws(' ', format('%I', p.column_name), p.type,
             case when not 'FILL' = any (_field.building) then 'default ' || private.default_sql(_field, p.spec, p.type) end,
             case when p.is_required and p.part is null and not 'REQUIRED' = any (_field.building) then 'not null' end),
           array_remove(array[
             format('constraint %I check (', p.path || '_check') || private.check_sql(_field, p.spec, format('%I', p.column_name)) || ')',
             -- A part is not just not null: the name of this leads to its path, which a column's would not.
             case when p.is_required and p.part is not null then
               format('constraint %I check (%I is not null)', p.path || '_given', p.column_name) end], null),
           not _type.is_system or _field.type = 'POSITION'
    from private.field_parts(_field) p
    where _type.name not in ('RELATION', 'TS_VECTOR');
end
$$;

comment on function private.field_columns(core.fields) is
  'The columns a field becomes, each with its definition and its checks, and whether members write it.';

create or replace function private.build_field(field_id uuid) returns void
language plpgsql
as $$
declare
  _field core.fields := private.expanded(field_id);
  _tbl text := private.table_of(_field.object_id);
  _column record;
begin
  for _column in select * from private.field_columns(_field) loop
    -- What stands in the rows there are was tried with the default, and reading them all would hold up everybody.
    perform private.run(concat_ws(', add ', format('alter table %s add column %s', _tbl, _column.definition),
      (select string_agg(c || ' not valid', ', add ') from unnest(_column.checks) c)));
    if _column.is_writable then
      perform private.grant_columns(_tbl, array[_column.column_name]);
    end if;
  end loop;
  perform private.comment_field(_field);
  if _field.is_kept then
    perform private.build_kept_formulas(_field.object_id);
  elsif 'FILL' = any (_field.building) then
    perform private.set_default(_tbl, _field, p.column_name, p.spec, p.type) from private.field_parts(_field) p;
    perform private.require_later(_field, _field.building);
  end if;
  perform private.index_field(_field);
  if _field.settings ? 'rollup' then
    perform private.build_rollup(_field);
  end if;
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
  _part record;
begin
  for _part in
    select p.* from private.field_parts(_field) p
    join pg_attribute a on a.attrelid = private.table_of(_field.object_id)::regclass and a.attname = p.column_name
    where _field.type <> 'RELATION'
  loop
    -- Smart tags: PostGraphile reads the name, the type and the options from here.
    perform private.run(format('comment on column %s.%I is %L',
      private.table_of(_field.object_id), _part.column_name,
      private.smart_comment(
        array['@field ' || _field.name,
              '@type ' || _field.type,
              case when not private.is_shown(_field) then '@hidden' end,
              '@part ' || _part.part,
              case when _field.is_unique and _part.is_unique then
                '@unique' || case when (_field.settings ->> 'isCaseInsensitive')::boolean then ' lower' else '' end end,
              case when _field.type = 'TS_VECTOR' then (select private.searched_tag(o) from core.objects o where o.id = _field.object_id) end,
              '@options ' || coalesce(
                (select string_agg(o, ' ' order by n) from jsonb_array_elements_text(_part.spec -> 'options') with ordinality x (o, n)),
                (select string_agg(o ->> 'value', ' ' order by (o ->> 'position')::int) from jsonb_array_elements(_field.options) o))],
        _field.description)));
  end loop;
end
$$;

comment on function private.comment_field(core.fields) is
  'Writes what PostGraphile needs to know of a field as comments on its columns.';

create or replace function private.rebuild_checks(_field core.fields) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_field.object_id);
  _check text;
begin
  for _check in
    select format('drop constraint %I', c.conname)
    from private.field_parts(_field) p join pg_constraint c
      on c.conrelid = _tbl::regclass and c.contype = 'c' and c.conname in (p.path || '_check', p.path || '_given')
    union all
    select 'add ' || unnest(c.checks) || case when private.is_large(_field.object_id) then ' not valid' else '' end
    from private.field_columns(_field) c
  loop
    perform private.run(format('alter table %s %s', _tbl, _check));
  end loop;
  if private.is_large(_field.object_id) then
    perform private.build_later(_field.id, '{CHECKS}');
  end if;
end
$$;

comment on function private.rebuild_checks(core.fields) is
  'Makes the checks of a field follow its settings, options and nullability; 23514 when a record breaks a new one, which on a large table a job finds out.';
