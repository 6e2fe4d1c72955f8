-- A field's columns follow its name, with the constraints and indexes that are named by
-- them, so that errors lead back to the field.

create or replace function private.rename_parts(tbl text, kind text, old text, new text) returns void
language plpgsql
as $$
begin
  if kind = 'index' then
    perform private.run(format('alter index %s.%I rename to %I', split_part(tbl, '.', 1), old, new));
  else
    perform private.run(format('alter table %s rename constraint %I to %I', tbl, old, new));
  end if;
end
$$;

comment on function private.rename_parts(text, text, text, text) is
  'Renames a constraint or an index of a table.';

create or replace function private.rename_column(tbl text, old text, new text) returns void
language plpgsql
as $$
declare
  _name record;
begin
  perform private.run(format('alter table %s rename column %I to %I', tbl, old, new));
  -- What is named by its column, so that errors lead back to the field.
  for _name in
    select 'constraint' as kind, c.conname as name from pg_constraint c
    where c.conrelid = tbl::regclass and c.conname = private.key_constraint(old)
    union all
    select 'index', c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = tbl::regclass and c.relname ~ '_key_[0-9a-f]{8}$' and left(c.relname, -13) = old
  loop
    perform private.rename_parts(tbl, _name.kind, _name.name, left(new || substr(_name.name, length(old) + 1), 63));
  end loop;
end
$$;

comment on function private.rename_column(text, text, text) is
  'Renames the column of a relation''s key, and the constraints and indexes that are named by it.';

create or replace function private.rename_columns(_old core.fields, begin_with text) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_old.object_id);
  _new core.fields := _old;
  _name record;
begin
  _new.column_name := begin_with;
  for _name in
    select o.column_name as old, n.column_name as new, o.path as old_path, n.path as new_path
    from private.field_parts(_old) o join private.field_parts(_new) n on n.spec = o.spec
  loop
    perform private.run(format('alter table %s rename column %I to %I', _tbl, _name.old, _name.new));
    perform private.rename_parts(_tbl, 'constraint', c.conname, _name.new_path || right(c.conname, 6))
      from pg_constraint c where c.conrelid = _tbl::regclass and c.conname in (_name.old_path || '_check', _name.old_path || '_given');
    perform private.rename_parts(_tbl, 'index', c.relname, _name.new_path || right(c.relname, 13))
      from pg_index i join pg_class c on c.oid = i.indexrelid
      where i.indrelid = _tbl::regclass and c.relname = _name.old_path || '_key_' || right(_old.object_id::text, 8);
  end loop;
  -- A unique index over several parts is named by the field.
  perform private.rename_parts(_tbl, 'index', c.relname, begin_with || right(c.relname, 13))
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = _tbl::regclass and begin_with <> _old.column_name
      and c.relname = _old.column_name || '_key_' || right(_old.object_id::text, 8);
end
$$;

comment on function private.rename_columns(core.fields, text) is
  'Renames the columns of a field, and the checks and the unique index that are named by it.';

create or replace function private.rename_field(_old core.fields, name text) returns text
language plpgsql
as $$
declare
  _tbl text := private.table_of(_old.object_id);
  _begin text := private.snake_case(name) || case when _old.type = 'RELATION' then '_id' else '' end;
  _column text;
begin
  if _old.column_name is not null and _begin <> _old.column_name then
    if _old.type = 'MORPH_RELATION' then
      perform private.run(format('alter table %s rename constraint %I to %I', _tbl, _old.column_name || '_check', _begin || '_check'));
    end if;
    if _old.type in ('RELATION', 'MORPH_RELATION') then
      for _column in select * from private.columns_of(_old) loop
        perform private.rename_column(_tbl, _column, _begin || substr(_column, length(_old.column_name) + 1));
      end loop;
    else
      perform private.rename_columns(_old, _begin);
    end if;
    update core.relations r set column_name = _begin || substr(r.column_name, length(_old.column_name) + 1)
      where r.from_field_id = _old.id and r.column_name is not null;
  end if;
  update core.objects o
    set label_field = case when o.label_field = _old.name then rename_field.name else o.label_field end,
        image_field = case when o.image_field = _old.name then rename_field.name else o.image_field end,
        search_fields = array_replace(o.search_fields, _old.name, rename_field.name),
        duplicate_criteria = (
          select jsonb_agg((select jsonb_agg(case when n = to_jsonb(_old.name) then to_jsonb(rename_field.name) else n end order by i)
                            from jsonb_array_elements(g) with ordinality y (n, i)) order by j)
          from jsonb_array_elements(o.duplicate_criteria) with ordinality x (g, j))
    where o.id = _old.object_id;
  return case when _old.column_name is not null then _begin end;
end
$$;

comment on function private.rename_field(core.fields, text) is
  'Renames a field''s columns and what names the field; answers what its columns begin with now.';
