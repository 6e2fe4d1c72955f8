-- A unique field's index: among the records that are not deleted.

create or replace function private.unique_index(_field core.fields, out name text, out definition text, out keys text[], out condition text)
language plpgsql stable
as $$
declare
  _path text;
begin
  select array_agg(format('%I', p.column_name)), case when count(*) = 1 then min(p.path) else _field.column_name end
    into keys, _path
    from private.field_parts(_field) p where p.is_unique;
  -- Named by its path, so that an error leads back to the field.
  name := _path || '_key_' || right(_field.object_id::text, 8);
  if coalesce((_field.settings ->> 'isCaseInsensitive')::boolean, false) then
    keys[1] := format('lower(%s)', keys[1]);
  end if;
  -- Among living rows only: a deleted record must not hold its address. A number without
  -- its country is unique too.
  condition := 'deleted_at is null' || case when cardinality(keys) > 1 then format(' and %s is not null', keys[1]) else '' end;
  definition := format('(%s)%s where %s', array_to_string(keys, ', '),
    case when cardinality(keys) > 1 then ' nulls not distinct' else '' end, condition);
end
$$;

comment on function private.unique_index(core.fields) is
  'What the index of a unique field is called, and what it is over: its definition, and the keys and the condition in it.';

create or replace function private.index_field(_field core.fields) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(_field.object_id);
  _index record;
begin
  if not _field.is_unique then
    return;
  end if;
  select * into _index from private.unique_index(_field);
  -- Indexes and tables share their names in a schema, and an object may be called anything.
  if to_regclass(split_part(_tbl, '.', 1) || '.' || quote_ident(_index.name)) is not null then
    perform private.fail('NAMEX', 'That name is taken.', 'data.name');
  end if;
  if private.is_large(_field.object_id) then
    perform private.build_later(_field.id, '{UNIQUE}');
  else
    perform private.run(format('create unique index %I on %s %s', _index.name, _tbl, _index.definition));
  end if;
end
$$;

comment on function private.index_field(core.fields) is
  'Makes a unique field unique, among the records that are not deleted.';
