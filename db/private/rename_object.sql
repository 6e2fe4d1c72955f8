-- An object's table, keys, relations and permissions follow its names.

create or replace function private.show_relations(object_id uuid) returns void
language plpgsql
as $$
begin
  perform private.comment_relation(r)
    from core.relations r
    where show_relations.object_id in (r.from_object_id, r.to_object_id) and r.column_name is not null
       or r.from_object_id in (select m.junction_object_id from core.relations m
                               where show_relations.object_id in (m.from_object_id, m.to_object_id));
end
$$;

comment on function private.show_relations(uuid) is
  'Shows or hides an object''s relations, after it has become active or inactive.';

create or replace function private.rename_object(_old core.objects, _new core.objects) returns void
language plpgsql
as $$
declare
  _schema text := (select w.schema_name from core.workspaces w where w.id = _old.workspace_id);
begin
  if not _old.is_custom then
    perform private.fail('NAMER', 'A standard object keeps its names; its labels may change.', 'data.nameSingular');
  end if;
  perform private.check_name(_new.name_singular, 'data.nameSingular');
  perform private.check_name(_new.name_plural, 'data.namePlural');
  if lower(_new.name_singular) = lower(_new.name_plural) then
    perform private.fail('NAMEX', 'An object''s singular and plural names differ.', 'data.namePlural');
  end if;
  perform private.check_type_name(_new.name_singular, 'data.nameSingular');
  perform private.check_object_name(_old.workspace_id, _new.name_singular, 'data.nameSingular', _old.id);
  perform private.check_object_name(_old.workspace_id, _new.name_plural, 'data.namePlural', _old.id);
  if private.snake_case(_new.name_singular) <> _old.table_name then
    if to_regclass(format('%I.%I', _schema, private.snake_case(_new.name_singular))) is not null then
      perform private.fail('NAMEX', format('This workspace already uses the name %s.', _new.name_singular), 'data.nameSingular');
    end if;
    perform private.run(format('alter table %I.%I rename to %I', _schema, _old.table_name, private.snake_case(_new.name_singular)));
    perform private.rename_morph_keys(_old, private.snake_case(_new.name_singular));
  end if;
end
$$;

comment on function private.rename_object(core.objects, core.objects) is
  'Checks an object''s new names, and renames its table.';

create or replace function private.rename_morph_keys(_old core.objects, table_name text) returns void
language plpgsql
as $$
declare
  _relation record;
  _column text;
begin
  for _relation in
    select r.*, f.column_name as begins from core.relations r join core.fields f on f.id = r.from_field_id
    where r.to_object_id = _old.id and f.type = 'MORPH_RELATION'
  loop
    _column := _relation.begins || '_' || rename_morph_keys.table_name || '_id';
    perform private.rename_column(private.table_of(_relation.from_object_id), _relation.column_name, _column);
    update core.relations r set column_name = _column where r.id = _relation.id;
  end loop;
end
$$;

comment on function private.rename_morph_keys(core.objects, text) is
  'Lets the keys of morph fields that point at an object follow its new name (target_rocket_id).';

create or replace function private.rename_targets(_old core.objects, _new core.objects) returns void
language plpgsql
as $$
declare
  _field core.fields;
  _name text := 'target' || private.upper_first(_new.name_singular);
begin
  for _field in
    select f.* from core.relations r join core.fields f on f.id = r.from_field_id
    where r.to_object_id = _new.id and f.is_system and f.name = 'target' || private.upper_first(_old.name_singular)
  loop
    perform private.check_field_name(o, _name, 'RELATION', 'data.nameSingular', _field.id) from core.objects o where o.id = _field.object_id;
    update core.fields f set name = _name, label = private.words(_name), column_name = private.rename_field(_field, _name) where f.id = _field.id;
  end loop;
  perform private.comment_relation(r) from core.relations r where r.to_object_id = _new.id and r.column_name is not null;
end
$$;

comment on function private.rename_targets(core.objects, core.objects) is
  'Lets what notes, tasks and files know an object by (targetRocket) follow its new name.';

create or replace function private.rename_permissions(_old core.objects, _new core.objects) returns void
language plpgsql
as $$
begin
  perform private.drop_policies(_new.id);
  perform private.build_policies(_new.id);
  perform private.forget_permissions(_old.workspace_id, _new.name_plural);
  -- A role that named the object goes on meaning it.
  update core.roles r
    set permissions = array(
      select case when split_part(p, '.', 1) = _old.name_plural then _new.name_plural || substr(p, length(_old.name_plural) + 1) else p end
      from unnest(r.permissions) with ordinality x (p, n) order by n)
    where r.workspace_id = _old.workspace_id
      and exists (select from unnest(r.permissions) p where split_part(p, '.', 1) = _old.name_plural);
  perform private.limit_rows(_old.workspace_id);
end
$$;

comment on function private.rename_permissions(core.objects, core.objects) is
  'Lets an object''s policies and the roles'' permissions (rockets.read) follow its new name.';

create or replace function private.drop_policies(object_id uuid) returns void
language plpgsql
as $$
declare
  _tbl text := private.table_of(object_id);
begin
  perform private.run(format('drop policy %I on %s', p.polname, _tbl)) from pg_policy p where p.polrelid = _tbl::regclass;
end
$$;

comment on function private.drop_policies(uuid) is
  'Takes all policies off an object''s table; build_policies makes them anew.';
