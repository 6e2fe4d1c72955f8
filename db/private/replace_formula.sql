-- A generated column takes another expression: from PostgreSQL 17 on in one
-- statement, before that by making the column anew with all that hung on it.

create or replace function private.replace_formula(_field core.fields) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_field.object_id);
  _again text[];
  _statement text;
begin
  if _field.is_kept or private.is_large(_field.object_id) then
    perform private.keep_formula(_field);
    return;
  elsif current_setting('server_version_num')::int >= 170000 then
    perform private.run(format('alter table %s alter column %I set expression as (%s)', _tbl, _field.column_name,
      private.formula_sql(_field)));
    return;
  end if;
  _again := private.column_dependents(_tbl::regclass, _field.column_name);
  perform private.drop_row_policies(_field.object_id);
  perform private.run(format('alter table %s drop column %I', _tbl, _field.column_name));
  perform private.run(format('alter table %s add column %s', _tbl, array_to_string(c.definition || c.checks, ' '))) from private.derived_columns(_field) c;
  foreach _statement in array _again loop
    perform private.run(_statement);
  end loop;
  perform private.rebuild_row_policies(_field.object_id);
  perform private.comment_field(_field);
end
$$;

comment on function private.replace_formula(core.fields) is
  'Makes a formula''s column follow its formula; indexes, checks, grants and comments stay.';

create or replace function private.column_dependents(tbl regclass, column_name text) returns text[]
language sql stable
begin atomic
  with _column as (
    select a.attnum, a.attacl from pg_attribute a
    where a.attrelid = column_dependents.tbl and a.attname = column_dependents.column_name and not a.attisdropped
  ), _statements (place, statement) as (
    select 1, pg_get_indexdef(i.indexrelid)
    from _column c join pg_index i on i.indrelid = column_dependents.tbl
    where exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
                    and d.refobjid = i.indrelid and d.refobjsubid = c.attnum)
    union all
    -- Its own check comes with the column.
    select 2, format('alter table %s add constraint %I %s', column_dependents.tbl, k.conname, pg_get_constraintdef(k.oid))
    from _column c join pg_constraint k on k.conrelid = column_dependents.tbl and k.contype = 'c' and c.attnum = any (k.conkey)
    where k.conname <> column_dependents.column_name || '_check'
    union all
    select 3, format('grant %s (%I) on %s to %s', g.privilege_type, column_dependents.column_name, column_dependents.tbl, g.grantee::regrole)
    from _column c, aclexplode(c.attacl) g
  )
  select coalesce(array_agg(s.statement order by s.place), '{}') from _statements s;
end;

comment on function private.column_dependents(regclass, text) is
  'The statements that make anew what goes with a column when it is dropped: indexes, checks, grants.';
