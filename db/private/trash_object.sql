-- An object goes to the trash, and comes back: first its relations to other
-- objects, each as a field does, then its table, which moves to the schema trash.

create or replace function private.trash_object(object_id uuid) returns uuid[]
language plpgsql
as $$
declare
  _trash core.trash;
  _trashed uuid[] := '{}';
  _object core.objects;
  _relation uuid;
begin
  select * into strict _object from core.objects o where o.id = trash_object.object_id;
  perform private.drop_rollups(r.id) from core.relations r where _object.id in (r.from_object_id, r.to_object_id);
  loop
    -- The other side's field, or of a morph field only this target.
    select case when r.from_object_id = _object.id or f.type = 'MORPH_RELATION' then r.to_field_id else r.from_field_id end into _relation
      from core.relations r join core.fields f on f.id = r.from_field_id
      where (r.from_object_id = _object.id) <> (r.to_object_id = _object.id)
      order by r.id limit 1;
    exit when not found;
    _trashed := _trashed || private.trash_field(_relation);
  end loop;
  insert into core.trash (workspace_id, kind, name, object_id, rows)
    values (_object.workspace_id, 'OBJECT', _object.name_singular, _object.id, private.rows_below('core.objects', array[_object.id]))
    returning * into _trash;
  perform private.run(format('revoke all on %s from relata_guest, relata_member', private.table_of(_object.id)));
  update core.trash t set columns = private.trash_indexes(private.table_of(_object.id), _trash.id) where t.id = _trash.id;
  perform private.move_table(private.table_of(_object.id), 'trash', _trash.id::text);
  delete from core.objects o where o.id = _object.id;
  return _trashed || _trash.id;
end
$$;

comment on function private.trash_object(uuid) is
  'Takes an object with its table out of the workspace and keeps all of it in the trash; answers the trash''s ids, in the order it went.';

create or replace function private.trash_indexes(tbl text, trash_id uuid) returns jsonb
language plpgsql
as $$
declare
  _index record;
  _names jsonb := '[]';
begin
  for _index in
    select c.relname as old, format('trash:%s:%s', right(trash_id::text, 12), row_number() over (order by c.relname)) as new
    from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = tbl::regclass
  loop
    perform private.run(format('alter index %s.%I rename to %I', split_part(tbl, '.', 1), _index.old, _index.new));
    _names := _names || jsonb_build_object('index', _index.old, 'trashed', _index.new);
  end loop;
  return _names;
end
$$;

comment on function private.trash_indexes(text, uuid) is
  'Gives a table''s indexes names that are theirs alone in the trash, and answers what they were.';

create or replace function private.move_table(tbl text, schema_name text, table_name text) returns void
language plpgsql
as $$
declare
  _schema text := (select relnamespace::regnamespace::text from pg_class where oid = tbl::regclass);
  _name text := (select relname from pg_class where oid = tbl::regclass);
begin
  -- By way of a name that neither schema has.
  perform private.run(format('alter table %s rename to %I', tbl, 'trash:' || _name));
  perform private.run(format('alter table %s.%I set schema %I', _schema, 'trash:' || _name, schema_name));
  perform private.run(format('alter table %I.%I rename to %I', schema_name, 'trash:' || _name, table_name));
end
$$;

comment on function private.move_table(text, text, text) is
  'Moves a table, qualified and quoted, to another schema under another name.';

create or replace function private.restore_object(_trash core.trash) returns void
language plpgsql
as $$
declare
  _object core.objects := jsonb_populate_record(null::core.objects, _trash.rows -> 0 -> 'row');
  _schema text := (select w.schema_name from core.workspaces w where w.id = _object.workspace_id);
begin
  perform private.check_object_name(_object.workspace_id, _object.name_singular, 'id');
  perform private.check_object_name(_object.workspace_id, _object.name_plural, 'id');
  if to_regclass(format('%I.%I', _schema, _object.table_name)) is not null then
    perform private.fail('NAMEX', format('This workspace already uses the name %s.', _object.name_singular), 'id');
  end if;
  perform private.move_table(format('trash.%I', _trash.id), _schema, _object.table_name);
  perform private.run(format('alter index %I.%I rename to %I', _schema, i ->> 'trashed', i ->> 'index'))
    from jsonb_array_elements(_trash.columns) i;
  perform private.restore_rows(_trash.rows);
  perform private.comment_object(_object);
  perform private.grant_object(_object.id);
  -- Roles and their rules have gone or changed since.
  perform private.rebuild_row_policies(_object.id);
end
$$;

comment on function private.restore_object(core.trash) is
  'Takes an object out of the trash; NAME_TAKEN when another has its name by now.';

create or replace function private.grant_object(object_id uuid) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(object_id);
begin
  perform private.grant_table(_tbl);
  perform private.grant_columns(_tbl, array(
    select private.writable_columns(f) from core.fields f where f.object_id = grant_object.object_id));
end
$$;

comment on function private.grant_object(uuid) is
  'Lets guests read an object''s records, and members write them.';

create or replace function private.change_restore_trash(data jsonb) returns jsonb
language plpgsql
as $$
declare
  _trash core.trash;
  _trashed text;
begin
  for _trashed in select x from jsonb_array_elements_text(data -> 'ids') with ordinality t (x, n) order by n desc loop
    select * into _trash from core.trash t where t.id::text = _trashed and t.workspace_id = authz.workspace_id();
    if not found then
      perform private.fail('NTFND', 'The trash does not have that any more.', 'id');
    elsif _trash.kind = 'OBJECT' then
      perform private.restore_object(_trash);
    else
      perform private.restore_field(_trash);
    end if;
    delete from core.trash t where t.id = _trash.id;
  end loop;
  return jsonb_build_object('id', data -> 'targetId', 'inverse', jsonb_build_object(
    'kind', data ->> 'deletedBy', 'data', coalesce(data -> 'deletedWith', jsonb_build_object('id', data -> 'targetId')) || '{"force": true}'));
end
$$;

comment on function private.change_restore_trash(jsonb) is
  'The inverse of deleting ({ids, targetId, deletedBy, deletedWith}): takes what went to the trash out of it again, the last first.';
