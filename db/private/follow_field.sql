-- The columns, checks, indexes and comments of a field follow its row.

create or replace function private.follow_field(_old core.fields, _new core.fields) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_new.object_id);
  _bound core.fields := _new;
begin
  -- A hidden field is nobody's to fill in.
  _bound.is_nullable := _new.is_nullable or not _new.is_active;
  if _new.type not in ('RELATION', 'MORPH_RELATION') and not _new.settings ?| '{formula,rollup}' then
    if _new.default_value is distinct from _old.default_value then
      perform private.set_default(_tbl, _new, p.column_name, p.spec, p.type) from private.field_parts(_new) p;
    end if;
    if _bound.is_nullable <> (_old.is_nullable or not _old.is_active) then
      perform private.set_required(_tbl, _bound);
    elsif _new.settings is distinct from _old.settings then
      perform private.rebuild_checks(_bound);
    end if;
  end if;
  if _new.is_unique and not _old.is_unique then
    perform private.index_field(_new);
  elsif _old.is_unique and not _new.is_unique then
    perform private.build_no_more(_new.id, 'UNIQUE');
    perform private.drop_unique(_new);
  end if;
  if _old.is_active and not _new.is_active then
    perform private.forget_field_in_views(_new.id);
  end if;
  perform private.comment_field(_new);
  perform private.comment_relation(r) from core.relations r where r.column_name is not null and _new.id in (r.from_field_id, r.to_field_id);
end
$$;

comment on function private.follow_field(core.fields, core.fields) is
  'Makes the columns, indexes and comments what a changed field''s row says.';

create or replace function private.drop_unique(_field core.fields) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_field.object_id);
begin
  perform private.run(format('drop index %s.%I', split_part(_tbl, '.', 1), c.relname))
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = _tbl::regclass and c.relname in (
      select x || '_key_' || right(_field.object_id::text, 8) from private.field_parts(_field) p, unnest(array[p.path, _field.column_name]) x);
end
$$;

comment on function private.drop_unique(core.fields) is
  'Drops the index of a field that is not unique any more.';

create or replace function private.set_default(tbl text, _field core.fields, column_name text, spec jsonb, type text) returns void
language plpgsql
as $$
declare
  _default text := private.default_sql(_field, spec, type);
begin
  perform private.run(format('alter table %s alter column %I %s', tbl, column_name, coalesce('set default ' || _default, 'drop default')));
end
$$;

comment on function private.set_default(text, core.fields, text, jsonb, text) is
  'Gives a column the default of its field; records that there are keep what they have.';

create or replace function private.set_required(tbl text, _field core.fields) returns void
language plpgsql
as $$
declare
  _part record;
  _empty bigint;
  _is_large boolean := private.is_large(_field.object_id);
begin
  perform private.build_no_more(_field.id, 'REQUIRED');
  for _part in select * from private.field_parts(_field) loop
    if _part.is_required and not _is_large then
      execute format('select count(*) from %s where %I is null', tbl, _part.column_name) into _empty;
      if _empty > 0 then
        perform private.fail('23502', format('%s records have no value: fill them in first.', _empty), 'data.isNullable');
      end if;
    end if;
    if _part.part is null and not (_is_large and _part.is_required) then
      perform private.run(format('alter table %s alter column %I %s not null', tbl, _part.column_name, case when _part.is_required then 'set' else 'drop' end));
    end if;
  end loop;
  perform private.rebuild_checks(_field);
  if _is_large and not _field.is_nullable then
    perform private.require_later(_field);
  end if;
end
$$;

comment on function private.set_required(text, core.fields) is
  'Makes a field required, or no longer, as its row says; VALUE_REQUIRED tells how many records have no value, on a large table by the field''s status.';
