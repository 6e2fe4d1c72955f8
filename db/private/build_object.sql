-- An object's row, with the rows of its fields, becomes a table.

create or replace function private.build_object(object_id uuid) returns void
language plpgsql
as $$
declare
  _object core.objects;
  _tbl text := private.table_of(object_id);
  _field core.fields;
  _columns text[] := '{}';
  _writable text[] := '{}';
  _column record;
begin
  select * into strict _object from core.objects o where o.id = build_object.object_id;

  for _field in
    select * from core.fields f where f.object_id = build_object.object_id
    order by not (f.is_system and f.name = 'id'), f.is_system, f.id
  loop
    for _column in select * from private.field_columns(_field) loop
      _columns := _columns || array_to_string(_column.definition || _column.checks, ' ');
      if _column.is_writable and _column.column_name not in ('updated_at') then
        _writable := _writable || _column.column_name;
      end if;
    end loop;
  end loop;

  perform private.run(format('create table %s (%s, primary key (id))', _tbl, array_to_string(_columns, ', ')));
  perform private.comment_object(_object);

  perform private.build_search_vector(_object);
  for _field in select * from core.fields f where f.object_id = build_object.object_id loop
    perform private.comment_field(_field);
    perform private.index_field(_field);
  end loop;

  -- What every list sorts by, newest first or by hand; both break ties by id.
  perform private.run(format('create index on %s (created_at, id)', _tbl));
  perform private.run(format('create index on %s (position, id)', _tbl));

  perform private.run(format(
    'create trigger _100_updated before update on %s for each row execute function private.tg__record_updated()',
    _tbl));

  if _object.name_singular = 'workspaceMember' and not _object.is_custom then
    perform private.run(format(
      'create trigger _200_rule_fields before update on %s for each row execute function private.tg_workspace_member__rule_fields()',
      _tbl));
  end if;

  perform private.build_policies(object_id);
  perform private.grant_columns(_tbl, _writable);
end
$$;

comment on function private.build_object(uuid) is
  'Makes an object''s table: columns, checks, indexes, search vector, trigger, policies, grants, comments.';

create or replace function private.comment_object(_object core.objects) returns void
language plpgsql
as $$
begin
  perform private.run(format('comment on table %s is %L', private.table_of(_object.id), private.smart_comment(
    array['@singular ' || _object.name_singular, '@plural ' || _object.name_plural,
          '@label ' || _object.label_field, '@image ' || _object.image_field, case when not _object.is_active then '@hidden' end]
      || private.unique_keys(_object.id),
    _object.description)));
end
$$;

comment on function private.comment_object(core.objects) is
  'Writes what PostGraphile needs to know of an object as a comment on its table.';
